"""Whether a token can be had, and for which API it is tried."""

from inspect import iscoroutinefunction
from typing import Final

from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth._protocol.clouds import CLOUDS, cloud_of
from azuread_auth._settings.authority import SHARED_TENANTS
from azuread_auth.access_token import AccessToken
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials.azure_identity import AzureIdentity
from azuread_auth.credentials.base import Credential
from azuread_auth.credentials.client_assertion import ClientAssertion
from azuread_auth.errors import AzureAdError, SuspendedError, TokenRequestFailed
from azuread_auth.settings import AzureAdSettings

__all__ = ["graph_scope", "management_scope", "tried_token"]

_TOKEN: Final = "token"  # noqa: S105 - the name of a check
_WAITS: Final = "the credential waits for an event loop, and there is none here"
_HOSTS: Final = {
    "login.microsoftonline.us": ("https://graph.microsoft.us", "https://management.usgovcloudapi.net"),
    "login.partner.microsoftonline.cn": (
        "https://microsoftgraph.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
    ),
}
_PUBLIC: Final = ("https://graph.microsoft.com", "https://management.azure.com")


def graph_scope(settings: AzureAdSettings) -> str:
    """All that has been granted on Microsoft Graph, in the settings' cloud."""
    return f"{_apis(settings)[0]}/.default"


def management_scope(settings: AzureAdSettings) -> str:
    """All that has been granted on Azure itself, in the settings' cloud."""
    return f"{_apis(settings)[1]}/.default"


def _apis(settings: AzureAdSettings) -> tuple[str, str]:
    cloud = cloud_of(settings.authority_host.rpartition("://")[2])
    hosts = cloud.login_hosts if cloud is not None else CLOUDS[0].login_hosts
    return next((apis for host, apis in _HOSTS.items() if host in hosts), _PUBLIC)


def tried_token(client: AzureAdClient, scope: str, *, of_own_tenant: bool = True) -> tuple[Finding, AccessToken | None]:
    """What came of asking for an application's token, and the token where there is one.

    `of_own_tenant`: whether it is the configured tenant that is asked.
    """
    reason = _not_tried(client, of_own_tenant=of_own_tenant)
    if reason is not None:
        return skipped(_TOKEN, reason), None
    try:
        token = client.acquire_token_for_app(scope)
    except SuspendedError:
        return skipped(_TOKEN, _WAITS), None
    except TokenRequestFailed as error:
        trace = f"; trace id {error.trace_id}" if error.trace_id else ""
        return failed(_TOKEN, f"{scope}: {error}{trace}", expected="a token"), None
    except AzureAdError as error:
        return failed(_TOKEN, f"{scope}: {error}", expected="a token"), None
    return ok(_TOKEN, f"a token for {scope} was issued"), token


def _not_tried(client: AzureAdClient, *, of_own_tenant: bool) -> str | None:
    settings = client.settings
    if of_own_tenant and settings.tenant_id in SHARED_TENANTS:
        return f"{settings.tenant_id} stands for many tenants, and an application gets tokens of one"
    if of_own_tenant and client.engine.provider.authority.kind is AuthorityKind.B2C:
        return "the policies of a B2C tenant give no tokens for Microsoft Graph"
    return _WAITS if _waits(settings.credential) else None


def _waits(credential: Credential | None) -> bool:
    """Whether what the application brought along is for event loops."""
    match credential:
        case ClientAssertion():
            return iscoroutinefunction(credential.source)
        case AzureIdentity():
            names = ("get_token_info", "get_token")
            return any(iscoroutinefunction(getattr(credential.credential, name, None)) for name in names)
        case _:
            return False
