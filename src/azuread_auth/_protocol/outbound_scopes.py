"""Scopes as tokens are requested with them: one call names one API (Microsoft, "Scopes and permissions")."""

import re
from typing import Final

from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth.errors import ConfigurationError

__all__ = ["OPENID_SCOPES", "canonical", "check_scopes", "first_resource_scopes", "resource_of"]

OPENID_SCOPES: Final = frozenset({"openid", "profile", "email", "offline_access"})
"""Those of OpenID Connect Core 5.4 and 11, which belong to no API."""

_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 3.3
_APP_SUFFIX: Final = "/.default"
_GRAPH: Final = "https://graph.microsoft.com"
# Microsoft Graph in each cloud, and its application id: a bare name is Graph's wherever one is.
_GRAPH_RESOURCES: Final = frozenset(f"https://{host}" for cloud in CLOUDS for host in cloud.graph_hosts) | {
    "00000003-0000-0000-c000-000000000000"
}


def canonical(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The same scopes, each once, in the order that cache keys have them."""
    return tuple(sorted(set(scopes)))


def resource_of(scope: str) -> str | None:
    """The API that a scope belongs to; None for those of OpenID Connect."""
    if scope in OPENID_SCOPES:
        return None
    resource, slash, _ = scope.rpartition("/")
    if not slash or resource.lower() in _GRAPH_RESOURCES:
        return _GRAPH
    return resource


def check_scopes(scopes: tuple[str, ...], *, is_app: bool) -> str:
    """The one API that the scopes name. `is_app`: for the application itself, not for a user.

    Raises ConfigurationError for scopes of no API or of several, for what is no scope, and for an application's scope
    that does not end in /.default.
    """
    _check_form(scopes)
    resources = {resource.lower(): resource for resource in map(resource_of, scopes) if resource is not None}
    if len(resources) != 1 or "" in resources:
        message = (
            "the scopes belong to several APIs; ask for a token for each in a call of its own"
            if len(resources) > 1
            else 'no scope of an API was given; expected one such as "User.Read" or "api://orders/Orders.Read"'
        )
        raise ConfigurationError(message)
    if is_app and (len(set(scopes)) != 1 or not scopes[0].endswith(_APP_SUFFIX)):
        message = (
            "an application's token is for all that it has been granted on an API; expected one scope that ends in "
            "/.default, such as https://graph.microsoft.com/.default"
        )
        raise ConfigurationError(message)
    return next(iter(resources.values()))


def first_resource_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of the API that is named first, for the one token that a sign-in can bring.

    Raises ConfigurationError for what is no scope.
    """
    _check_form(scopes)
    resources = [(resource_of(scope) or "").lower() for scope in scopes]
    first = next(filter(None, resources), None)
    return tuple(scope for scope, resource in zip(scopes, resources, strict=True) if resource == first)


def _check_form(scopes: tuple[str, ...]) -> None:
    for scope in scopes:
        given: object = scope
        if not isinstance(given, str) or _SCOPE.fullmatch(given) is None:
            is_list = isinstance(given, list | tuple | set | frozenset)
            what = "is a list" if is_list else "is empty, no text, or has spaces or quotes in it"
            message = f"a scope {what}; expected texts such as User.Read, several scopes as several arguments"
            raise ConfigurationError(message)
