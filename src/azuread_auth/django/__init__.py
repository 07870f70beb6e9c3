"""Django: the middleware, the backend that makes Django's users of Entra's, and decorators for views.

MIDDLEWARE = [..., "django.contrib.auth.middleware.AuthenticationMiddleware", "azuread_auth.django.AzureAdMiddleware"]
AUTHENTICATION_BACKENDS = ["azuread_auth.django.AzureAdBackend"]
INSTALLED_APPS = [..., "azuread_auth.django"]  # for `manage.py check`
AZUREAD_AUTH = {"login": {"base_url": "https://app.example.com"}, "public_paths": ["/healthz"]}

@require_scope("Files.Read")
def files(request):
    return JsonResponse({"owner": request.azuread.principal.display_name})
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

try:
    import django  # noqa: F401  # pyright: ignore[reportUnusedImport] - only to see whether it is there
except ModuleNotFoundError as _error:
    _MISSING: Final = 'azuread_auth.django needs Django, which is not installed: pip install "azuread-auth[django]"'
    raise ImportError(_MISSING) from _error

from azuread_auth.django.caller import RequestAuth, request_auth
from azuread_auth.django.decorators import login_required, require, require_app_role, require_role, require_scope
from azuread_auth.django.tokens import aapp_token, app_token, auser_token, user_token

if TYPE_CHECKING:
    from azuread_auth.django.backend import AzureAdBackend
    from azuread_auth.django.middleware import AzureAdMiddleware

__all__ = [
    "AzureAdBackend",
    "AzureAdMiddleware",
    "RequestAuth",
    "aapp_token",
    "app_token",
    "auser_token",
    "login_required",
    "request_auth",
    "require",
    "require_app_role",
    "require_role",
    "require_scope",
    "user_token",
]

# Django imports this package to load its applications, before there may be models: what needs those is loaded later.
_NEED_MODELS: Final = {"AzureAdBackend": "backend", "AzureAdMiddleware": "middleware"}


def __getattr__(name: str) -> object:
    if name not in _NEED_MODELS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_NEED_MODELS[name]}"), name)
