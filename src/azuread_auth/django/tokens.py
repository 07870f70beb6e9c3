"""Tokens for other APIs, for the caller of a view or for the application itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from azuread_auth.access_token import AccessToken
from azuread_auth.django.caller import known_caller, request_auth
from azuread_auth.principal import Principal
from azuread_auth.requirements import IsUser

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["aapp_token", "app_token", "auser_token", "user_token"]


def user_token(request: "HttpRequest", *scopes: str, claims: str | Mapping[str, object] | None = None) -> AccessToken:
    """A token for the user who calls, for another API: `user_token(request, "User.Read")`.

    All scopes belong to one API; a bare name is Microsoft Graph's. Who has neither a token nor signed in with Entra
    gets 401 or is sent to sign in, an application that calls for itself 403. Where the user has to consent or to sign
    in more strongly, a page goes through sign-in and comes back; other callers get 401 with the claims or 403 with the
    scopes. Raises ConfigurationError for scopes that are none, or of several APIs, and what
    `AzureAdClient.acquire_token_for_user` raises.
    """
    return request_auth(request).client.acquire_token_for_user(_user(request), *scopes, claims=claims)


async def auser_token(
    request: "HttpRequest", *scopes: str, claims: str | Mapping[str, object] | None = None
) -> AccessToken:
    """`user_token` for views that are coroutines."""
    client = request_auth(request).async_client
    return await client.acquire_token_for_user(_user(request), *scopes, claims=claims)


def app_token(
    request: "HttpRequest",
    *scopes: str,
    tenant_id: str | None = None,
    claims: str | Mapping[str, object] | None = None,
) -> AccessToken:
    """A token for the application itself, whoever calls: `app_token(request, "api://orders/.default")`.

    Raises what `AzureAdClient.acquire_token_for_app` raises.
    """
    return request_auth(request).client.acquire_token_for_app(*scopes, tenant_id=tenant_id, claims=claims)


async def aapp_token(
    request: "HttpRequest",
    *scopes: str,
    tenant_id: str | None = None,
    claims: str | Mapping[str, object] | None = None,
) -> AccessToken:
    """`app_token` for views that are coroutines."""
    client = request_auth(request).async_client
    return await client.acquire_token_for_app(*scopes, tenant_id=tenant_id, claims=claims)


def _user(request: "HttpRequest") -> Principal:
    caller = known_caller(request)
    IsUser().check(caller)
    return caller
