"""The Django integration as projects write it, with the types it should have. Read by type checkers, not run."""

from collections.abc import Mapping
from typing import assert_type

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.views import APIView

from azuread_auth import AppRole, AsyncAzureAdClient, AzureAdClient, Principal, Scope
from azuread_auth.access_token import AccessToken
from azuread_auth.django import (
    AzureAdBackend,
    AzureAdMiddleware,
    RequestAuth,
    aapp_token,
    app_token,
    auser_token,
    login_required,
    request_auth,
    require,
    require_app_role,
    require_role,
    require_scope,
    user_token,
)
from azuread_auth.django.rest_framework import ApplicationUser, AzureAdAuthentication


@require_scope("Files.Read", "Files.Write")
def files(request: HttpRequest, name: str) -> JsonResponse:
    """A view that is a function."""
    auth = request_auth(request)
    assert_type(auth, RequestAuth)
    assert_type(auth.principal, Principal | None)
    assert_type(auth.claims, Mapping[str, object])
    assert_type(auth.client, AzureAdClient)
    assert_type(auth.async_client, AsyncAzureAdClient)
    assert_type(user_token(request, "User.Read", claims={"access_token": {}}), AccessToken)
    assert_type(app_token(request, "api://orders/.default", tenant_id="t"), AccessToken)
    return JsonResponse({"name": name})


@login_required
@require(Scope("Files.Read") | AppRole("Files.Read.All"))
async def calendar(request: HttpRequest) -> HttpResponse:
    """A view that is a coroutine."""
    assert_type(await auser_token(request, "Calendars.Read"), AccessToken)
    assert_type(await aapp_token(request, "api://orders/.default"), AccessToken)
    return HttpResponse()


@method_decorator(require_role("Admin"), name="dispatch")
class Reports(View):
    @method_decorator(require_app_role("Reports.Read.All"))
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.method)


class Api(APIView):
    authentication_classes = (AzureAdAuthentication,)


# A decorated view has the type that it had.
assert_type(files(HttpRequest(), "a"), JsonResponse)
urlpatterns = [path("files/<name>", files), path("calendar", calendar), path("reports", Reports.as_view())]


def kinds(principal: Principal) -> tuple[AzureAdBackend, type[AzureAdMiddleware], ApplicationUser]:
    """What is loaded when it is asked for."""
    return AzureAdBackend(), AzureAdMiddleware, ApplicationUser(principal)
