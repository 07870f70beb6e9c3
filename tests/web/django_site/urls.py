"""Views of every kind: functions, coroutines, classes, REST framework's and Django's administration."""

import copy

from django.contrib import admin
from django.contrib.auth.decorators import login_required as django_login_required
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from azuread_auth import AppRole, AuthContext, Scope
from azuread_auth.django import (
    aapp_token,
    app_token,
    auser_token,
    login_required,
    require,
    require_app_role,
    require_role,
    require_scope,
    user_token,
)
from azuread_auth.django.rest_framework import AzureAdAuthentication
from azuread_auth.errors import ClientRejected
from azuread_auth.principal import Account
from tests.web.django_site.settings import ORDERS


def me(request):
    """Who calls, as Django and as this package have it."""
    principal = request.azuread.principal
    return JsonResponse(
        {
            "user": request.user.get_username() or None,
            "principal": principal.identity if principal else None,
            "claims": sorted(request.azuread.claims),
            "staff": request.user.is_staff,
        }
    )


async def async_me(request):
    """The same without blocking."""
    user = await request.auser()
    principal = request.azuread.principal
    return JsonResponse({"user": user.get_username() or None, "principal": principal.identity if principal else None})


def rights(request):
    """What Django allows the user, and a copy of it, asked in each way."""
    user = request.user
    return JsonResponse(
        {
            "flags": [user.is_staff, user.is_superuser],
            "copies": [copy.copy(user).is_staff, copy.deepcopy(user).is_superuser],
            "may": [user.has_perm("auth.delete_user"), user.has_perms([]), user.has_module_perms("auth")],
            "all": sorted(user.get_all_permissions())[:1],
            "by_group": sorted(user.get_group_permissions()),
            "of_its_own": sorted(user.get_user_permissions()),
            "groups": [group.name for group in user.groups.all()],
            "permissions": user.user_permissions.count(),
        }
    )


async def async_rights(request):
    """The same without blocking."""
    user = await request.auser()
    return JsonResponse(
        {
            "may": [
                await user.ahas_perm("auth.delete_user"),
                await user.ahas_perms(["auth.delete_user"]),
                await user.ahas_module_perms("auth"),
            ],
            "all": sorted(await user.aget_all_permissions())[:1],
            "by_group": sorted(await user.aget_group_permissions()),
            "of_its_own": sorted(await user.aget_user_permissions()),
        }
    )


def save(request):
    """Writes the user."""
    request.user.first_name = "Saved"
    request.user.save()
    return HttpResponse("saved")


def cycle(request):
    """Gives the session another key."""
    request.session.cycle_key()
    return HttpResponse("cycled")


def text(answer):
    """A view of one word."""
    return lambda request: HttpResponse(answer)


async def slowly(request, name):
    """A coroutine with a parameter."""
    return HttpResponse(f"{name} of {request.azuread.principal.display_name}")


def orders(request):
    """A token for another API."""
    return HttpResponse(user_token(request, ORDERS).reveal()[:2])


async def async_orders(request):
    """The same, awaited."""
    return HttpResponse((await auser_token(request, ORDERS)).reveal()[:2])


def nightly(request):
    """A token of the application's own."""
    return HttpResponse(app_token(request, "api://orders/.default").reveal()[:2])


async def async_nightly(request):
    """The same, awaited."""
    return HttpResponse((await aapp_token(request, "api://orders/.default")).reveal()[:2])


def end(request, user):
    """Sign a user out everywhere."""
    request.azuread.client.end_sessions(Account(request.azuread.principal.tenant_id, user))
    return HttpResponse("ended")


async def async_end(request, user):
    """The same, awaited."""
    await request.azuread.async_client.end_sessions(Account(request.azuread.principal.tenant_id, user))
    return HttpResponse("ended")


def broken(request):
    """An error that is the application's own."""
    raise ClientRejected(error="invalid_client")


@method_decorator(require_scope("Files.Read"), name="dispatch")
class Files(View):
    def get(self, request):
        return HttpResponse(f"files of {request.azuread.principal.name}")


class AsyncFiles(View):
    @method_decorator(require_scope("Files.Read"))
    async def get(self, request):
        return HttpResponse(f"files of {request.azuread.principal.name}")


class Api(APIView):
    authentication_classes = (AzureAdAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"user": str(request.user), "auth": repr(request.auth), "azuread": repr(request.azuread)})

    def post(self, request):
        return Response({"user": str(request.user)})


class TokensAlone(Api):
    authentication_classes = (AzureAdAuthentication,)
    permission_classes = ()


@method_decorator(login_required, name="dispatch")
class Awaited(View):
    async def get(self, request):
        return HttpResponse("awaited")


urlpatterns = [
    path("rights", rights),
    path("async/rights", async_rights),
    path("save", save),
    path("cycle", cycle),
    path("exempt", csrf_exempt(text("done"))),
    path("async/exempt", csrf_exempt(async_me)),
    path("public/exempt", csrf_exempt(text("done"))),
    path("api/tokens", TokensAlone.as_view()),
    path("awaited", Awaited.as_view()),
    path("open/awaited", Awaited.as_view()),
    path("public/awaited", Awaited.as_view()),
    path("cached", cache_page(60)(require_role("Admin")(me))),
    path("", me),
    path("me", me),
    path("async/me", async_me),
    path("public/me", me),
    path("public/async/me", async_me),
    path("open/me", me),
    path("open/async/me", async_me),
    path("open/anyone", login_required(text("anyone"))),
    path("open/async/anyone", login_required(async_me)),
    path("open/admin", require_role("Admin")(text("admin"))),
    path("open/djangos", django_login_required(text("anyone"))),
    path("anyone", login_required(text("anyone"))),
    path("files", Files.as_view()),
    path("async/files", AsyncFiles.as_view()),
    path("admin-role", require_role("Admin")(text("admin"))),
    path("job", require_app_role("access_as_app")(text("job"))),
    path("either", require(Scope("Files.Read") | AppRole("access_as_app"))(text("either"))),
    path("step-up", require(AuthContext("c1"))(text("stepped up"))),
    path("slowly/<name>", require_scope("Files.Read")(slowly)),
    path("orders", orders),
    path("async/orders", async_orders),
    path("nightly", nightly),
    path("async/nightly", async_nightly),
    path("end/<user>", end),
    path("async/end/<user>", async_end),
    path("broken", broken),
    path("api", Api.as_view()),
    path("public/api", Api.as_view()),
    path("admin/", admin.site.urls),
]
