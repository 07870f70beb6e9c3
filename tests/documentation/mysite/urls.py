"""One view, for pages that show none."""

from django.http import HttpRequest, JsonResponse
from django.urls import path


def files(request: HttpRequest) -> JsonResponse:
    """Say who calls."""
    return JsonResponse({"owner": request.META["azuread_auth.principal"].display_name})


urlpatterns = [path("files", files)]
