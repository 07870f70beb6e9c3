"""Django REST framework: the callers that the middleware lets in by a token.

REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["azuread_auth.django.rest_framework.AzureAdAuthentication"]}
"""

import json
from typing import TYPE_CHECKING, Any, Final

try:
    from rest_framework.authentication import BaseAuthentication, SessionAuthentication
    from rest_framework.exceptions import APIException, AuthenticationFailed
except ModuleNotFoundError as _error:
    _MISSING: Final = (
        "azuread_auth.django.rest_framework needs Django REST framework, which is not installed: "
        "pip install djangorestframework"
    )
    raise ImportError(_MISSING) from _error

from django.contrib.auth.models import AnonymousUser

from azuread_auth._web.gate import Gate
from azuread_auth._web.paths import PathRules
from azuread_auth.client import run_blocking
from azuread_auth.django.bearer import BearerUser
from azuread_auth.django.caller import request_auth
from azuread_auth.django.configuration import configuration
from azuread_auth.django.exchange import web_request
from azuread_auth.django.users import bearer_user
from azuread_auth.errors import AzureAdError
from azuread_auth.principal import Principal

if TYPE_CHECKING:
    from rest_framework.request import Request

__all__ = ["ApplicationUser", "AzureAdAuthentication"]

_ANYWHERE: Final = PathRules(allow_anonymous=True)
_NO_USER: Final = "there is no active user for this caller"


class ApplicationUser(AnonymousUser):
    """An application that calls for itself, as a user: authenticated, without rights of Django's, and in no table."""

    is_authenticated = True  # type: ignore[assignment]  # AnonymousUser's is a property that says False
    is_anonymous = False  # type: ignore[assignment]  # and this one True

    def __init__(self, principal: Principal) -> None:
        super().__init__()
        self.username: str = principal.identity  # type: ignore[assignment]  # AnonymousUser has none
        self.pk: str | None = principal.identity  # type: ignore[assignment]  # what REST framework counts by

    def __str__(self) -> str:
        return self.username


class AzureAdAuthentication(BaseAuthentication):
    """Authenticates by bearer tokens: `request.user` is the user, and `request.auth` the Principal.

    An application that calls for itself is an `ApplicationUser`, unless `user_for` has a user for it. Sessions are left
    to REST framework's SessionAuthentication; list it after this one. Who has a session is asked for Django's CSRF
    token here too: the decorators let it into a view that lists this class alone. On public paths, where the middleware
    does not look at credentials, the token is judged here.
    """

    def authenticate(self, request: "Request") -> tuple[Any, Principal] | None:
        """The caller; None for one without a token. Raises AuthenticationFailed, or the middleware's refusal.

        And PermissionDenied for a session's request without Django's CSRF token.
        """
        django_request = request._request  # noqa: SLF001 - documented under this name
        auth = request_auth(django_request)
        principal = auth.principal
        if principal is None and "Authorization" in request.headers:
            principal = self._judge(request)
            if principal is not None:
                django_request.azuread = auth.of(principal)  # type: ignore[attr-defined]
        if auth.is_session:
            # A view that lists this class alone is asked for no CSRF token by any other.
            SessionAuthentication().enforce_csrf(request)
            return None
        return None if principal is None else (_user(principal), principal)

    def authenticate_header(self, request: "Request") -> str:  # noqa: ARG002 - REST framework passes it
        """The challenge of a 401."""
        return "Bearer"

    def _judge(self, request: "Request") -> Principal | None:
        # With the client for threads, which these views run in over ASGI too.
        auth = request_auth(request._request)  # noqa: SLF001 - as above
        gate = Gate(auth.client.engine, _ANYWHERE, resource_metadata=auth.gate.resource_metadata)
        asked = web_request(request._request)  # noqa: SLF001 - as above
        try:
            return run_blocking(gate.admit(asked)).principal
        except AzureAdError as error:
            reply = gate.reply(error, asked, is_document=True)
            raise _Refused(reply.status, dict(reply.headers), json.loads(reply.body)) from error


def _user(principal: Principal) -> "BearerUser | ApplicationUser":
    """Raises AuthenticationFailed for a person who is no active user."""
    rules = configuration().users
    user = bearer_user(principal, rules)
    if user is not None and user.is_active:
        return BearerUser(lambda: user, principal, rules, has_rights=rules.has_bearer_rights(principal))
    if principal.kind == "user":
        raise AuthenticationFailed(_NO_USER)
    return ApplicationUser(principal)


class _Refused(APIException):
    """The middleware's answer."""

    def __init__(self, status: int, headers: dict[str, str], problem: dict[str, Any]) -> None:
        self.status_code = status
        self.auth_header = headers.get("www-authenticate")
        self.wait = int(headers.get("retry-after", "0"))
        super().__init__(problem.get("detail"))
