"""A protected Django application, in one file.

uv run --all-extras python examples/django_api.py          serve it, with calls to try
uv run --all-extras python examples/django_api.py --check  make the calls and end
"""

import secrets

from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from loopback import Call, run_wsgi

from azuread_auth import AzureAdSettings
from azuread_auth.django import request_auth, require_scope


def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_scope("Files.Read")
def files(request: HttpRequest) -> JsonResponse:
    caller = request_auth(request).principal  # request.azuread.principal, for type checkers
    return JsonResponse({"owner": caller.display_name if caller is not None else None})


urlpatterns = [path("healthz", healthz), path("files", files)]


def create_app(settings: AzureAdSettings | None = None) -> WSGIHandler:
    """The application; settings come from the environment unless given."""
    django_settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        AZUREAD_AUTH={"settings": settings, "public_paths": ["/healthz"]},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "azuread_auth.django"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "azuread_auth.django.AzureAdMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(),
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",  # there is no database
    )
    return get_wsgi_application()


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_wsgi(create_app, CALLS)
