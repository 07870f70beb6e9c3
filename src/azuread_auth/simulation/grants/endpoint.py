"""The token endpoint: from the request to the grant, and from a refusal to its document."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.authorization_code import authorization_code
from azuread_auth.simulation.grants.client_authentication import authenticated_client
from azuread_auth.simulation.grants.client_credentials import client_credentials
from azuread_auth.simulation.grants.device_code import device_code
from azuread_auth.simulation.grants.on_behalf_of import on_behalf_of
from azuread_auth.simulation.grants.refresh import refresh
from azuread_auth.simulation.grants.token_request import GRANT_NAMES, TokenRequest
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import form_of, required
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["token_answer"]

_GRANTS: Final[Mapping[str, Callable[[TokenRequest], HttpResponse]]] = MappingProxyType(
    {
        "client_credentials": client_credentials,
        "on_behalf_of": on_behalf_of,
        "refresh_token": refresh,
        "authorization_code": authorization_code,
        "device_code": device_code,
    }
)


def token_answer(request: HttpRequest, authority: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """The answer of the token endpoint of an authority. Raises Refused."""
    form, now = form_of(request), state.now()
    grant_type = required(form, "grant_type")
    grant = _GRANTS.get(GRANT_NAMES.get(grant_type, grant_type))
    if grant is None:
        raise Refused(70003, error="unsupported_grant_type")
    client = authenticated_client(request, form, authority=authority, state=state, now=now)
    return grant(TokenRequest(http=request, form=form, authority=authority, client=client, state=state, now=now))
