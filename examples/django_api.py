"""A protected Django application, in one file.

uv run --all-extras python examples/django_api.py          serve it, with calls to try
uv run --all-extras python examples/django_api.py --check  make the calls and end
"""

import logging
import secrets
from collections.abc import Callable

from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from loopback import Call, run_wsgi

from azuread_auth import AzureAdSettings, PermissionDenied, Scope
from azuread_auth.wsgi import AzureAdAuth


class Refusals:
    """A Django middleware: Django answers for its views itself, so it has to know this error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, PermissionDenied):
            return None
        logging.getLogger("azuread_auth").warning("request refused: %s", error)
        challenge = f'Bearer error="insufficient_scope", scope="{" ".join(error.requirement.scopes)}"'
        return JsonResponse({"title": "Forbidden"}, status=403, headers={"WWW-Authenticate": challenge})


def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def files(request: HttpRequest) -> JsonResponse:
    caller = request.META["azuread_auth.principal"]
    Scope("Files.Read").check(caller)
    return JsonResponse({"owner": caller.display_name})


urlpatterns = [path("healthz", healthz), path("files", files)]


def create_app(settings: AzureAdSettings | None = None) -> AzureAdAuth:
    """The application; settings come from the environment unless given."""
    django_settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=[f"{__name__}.Refusals"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(),
    )
    return AzureAdAuth(get_wsgi_application(), settings, public_paths=("/healthz",))


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_wsgi(create_app, CALLS)
