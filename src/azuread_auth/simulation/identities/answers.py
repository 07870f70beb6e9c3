"""How the hosts of managed identities answer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.identities.app_service import app_service, app_service_2017, azure_ml
from azuread_auth.simulation.identities.azure_arc import azure_arc
from azuread_auth.simulation.identities.cloud_shell import cloud_shell
from azuread_auth.simulation.identities.host_request import HostRequest, json_answer, parameters_of
from azuread_auth.simulation.identities.hosts import HostKind
from azuread_auth.simulation.identities.imds import imds
from azuread_auth.simulation.identities.service_fabric import service_fabric
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["can_connect", "host_answer"]

_HOSTS: Final[Mapping[HostKind, Callable[[HostRequest], HttpResponse]]] = MappingProxyType(
    {
        "imds": imds,
        "app_service": app_service,
        "app_service_2017": app_service_2017,
        "azure_arc": azure_arc,
        "service_fabric": service_fabric,
        "azure_ml": azure_ml,
        "cloud_shell": cloud_shell,
    }
)


def can_connect(kind: HostKind, request: HttpRequest, state: TenantState) -> bool:
    """Whether a connection would come about: in process, nobody else looks at the certificate of Service Fabric."""
    if kind != "service_fabric" or state.fabric_origin is not None:
        return True
    return (request.pinned_certificate_sha1 or "").upper() == state.fabric_certificate().sha1_thumbprint


def host_answer(kind: HostKind, request: HttpRequest, state: TenantState) -> HttpResponse:
    """The answer of a host."""
    try:
        parameters = parameters_of(request)
    except Refused as refused:
        return json_answer({"error": "invalid_request", "error_description": refused.text}, status=400)
    return _HOSTS[kind](HostRequest(http=request, parameters=parameters, state=state))
