"""A Django project in one file, behind the middlewares: `wsgi` and `asgi`."""

import secrets

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponseForbidden, JsonResponse
from django.urls import path

from azuread_auth import Scope
from azuread_auth import asgi as asgi_middleware
from azuread_auth import wsgi as wsgi_middleware

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY=secrets.token_hex(), ALLOWED_HOSTS=["*"], MIDDLEWARE=[])


def principal_of(request):
    """The caller, as either middleware tells it."""
    scope = getattr(request, "scope", None)
    return scope["azuread_auth"].principal if scope is not None else request.META["azuread_auth.principal"]


def whoami(request):
    """Who calls."""
    return JsonResponse({"caller": principal_of(request).object_id})


def files(request):
    """For callers with a scope; Django turns what a view raises into 500, so it says 403 itself."""
    if not Scope("Files.Read").is_met_by(principal_of(request)):
        return HttpResponseForbidden()
    return JsonResponse({"caller": principal_of(request).object_id})


urlpatterns = [path("whoami", whoami), path("files", files)]

wsgi = wsgi_middleware.AzureAdAuth(get_wsgi_application())
asgi = asgi_middleware.AzureAdAuth(get_asgi_application())
