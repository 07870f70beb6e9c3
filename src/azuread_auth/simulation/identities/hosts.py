"""Where the hosts of managed identities are: at their own addresses in process, beside the tenant over HTTP."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["HostKind", "endpoint_of", "host_at"]

HostKind = Literal["imds", "app_service", "app_service_2017", "azure_arc", "service_fabric", "azure_ml", "cloud_shell"]

_METADATA_PATH: Final = "/metadata/identity/oauth2/token"
_IN_PROCESS: Final[Mapping[HostKind, str]] = MappingProxyType(
    {
        "imds": f"http://169.254.169.254{_METADATA_PATH}",
        "app_service": "http://localhost:8081/msi/token",
        "app_service_2017": "http://localhost:41741/msi/token",
        "azure_arc": f"http://localhost:40342{_METADATA_PATH}",
        "service_fabric": f"https://localhost:2377{_METADATA_PATH}",
        "azure_ml": "http://localhost:46808/msi/auth",
        "cloud_shell": "http://localhost:50342/oauth2/token",
    }
)
_LOOPBACK_PATHS: Final[Mapping[HostKind, str]] = MappingProxyType(
    {
        "imds": _METADATA_PATH,
        "app_service": "/app-service/msi/token",
        "app_service_2017": "/app-service-2017/msi/token",
        "azure_arc": f"/azure-arc{_METADATA_PATH}",
        "azure_ml": "/azure-ml/msi/auth",
        "cloud_shell": "/cloud-shell/oauth2/token",
    }
)
_KIND_IN_PROCESS: Final[Mapping[str, HostKind]] = MappingProxyType({url: kind for kind, url in _IN_PROCESS.items()})
_KIND_OVER_HTTP: Final[Mapping[str, HostKind]] = MappingProxyType(
    {path: kind for kind, path in _LOOPBACK_PATHS.items()}
)


def endpoint_of(kind: HostKind, state: TenantState) -> str:
    """The URL of a host now: a loopback address once the tenant serves."""
    if kind == "service_fabric":
        return f"{state.fabric_origin}{_METADATA_PATH}" if state.fabric_origin else _IN_PROCESS[kind]
    return f"{state.loopback_origin}{_LOOPBACK_PATHS[kind]}" if state.loopback_origin else _IN_PROCESS[kind]


def host_at(url: str, state: TenantState) -> HostKind | None:
    """The host that a URL is of; None for any other URL."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if state.loopback_origin is not None and origin == state.loopback_origin:
        return _KIND_OVER_HTTP.get(parts.path)
    if state.fabric_origin is not None and origin == state.fabric_origin:
        return "service_fabric" if parts.path == _METADATA_PATH else None
    return _KIND_IN_PROCESS.get(f"{origin}{parts.path}")
