"""One view, for pages that show none."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from azuread_auth.django import request_auth


def files(request: HttpRequest) -> JsonResponse:
    """Say who calls."""
    return JsonResponse({"owner": request_auth(request).claims["name"]})


urlpatterns = [path("files", files)]
