"""Whether a token can be had, and for which API it is tried."""

from inspect import iscoroutinefunction
from typing import Final

from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth._protocol.clouds import CLOUDS, Cloud, cloud_of
from azuread_auth._settings.authority import SHARED_TENANTS
from azuread_auth.access_token import AccessToken
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials.azure_identity import AzureIdentity
from azuread_auth.credentials.base import Credential
from azuread_auth.credentials.client_assertion import ClientAssertion
from azuread_auth.errors import AzureAdError, SuspendedError, TokenRequestFailed
from azuread_auth.settings import AzureAdSettings

__all__ = ["graph_scope", "identity_scope", "tried_token"]

_TOKEN: Final = "token"  # noqa: S105 - the name of a check
_WAITS: Final = "the credential waits for an event loop, and there is none here"
_MANAGEMENT_HOSTS: Final = {
    "login.microsoftonline.com": "management.azure.com",
    "login.microsoftonline.us": "management.usgovcloudapi.net",
    "login.partner.microsoftonline.cn": "management.chinacloudapi.cn",
}


def graph_scope(settings: AzureAdSettings) -> str:
    """All that has been granted on Microsoft Graph, in the settings' cloud."""
    return f"https://{_cloud(settings).graph_hosts[0]}/.default"


def identity_scope(settings: AzureAdSettings) -> str:
    """What an identity of Azure is tried with: Azure itself, or Microsoft Graph in a cloud whose Azure is not known."""
    hosts = _cloud(settings).login_hosts
    management = next((api for host, api in _MANAGEMENT_HOSTS.items() if host in hosts), None)
    return f"https://{management}/.default" if management is not None else graph_scope(settings)


def _cloud(settings: AzureAdSettings) -> Cloud:
    return cloud_of(settings.authority_host.rpartition("://")[2]) or CLOUDS[0]


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
