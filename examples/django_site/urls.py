"""The pages, Django's administration, and an API for bearer tokens."""

from collections.abc import Callable

import httpx2
import pages
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from azuread_auth import AuthContext, AzureAdClient, Principal, Role, Scope

http = httpx2.Client()  # one for all users


def caller(request: HttpRequest) -> Principal:
    """Who asks, by a session or a token."""
    principal: Principal = request.META["azuread_auth.principal"]
    return principal


def page(make: Callable[[Principal], str]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that shows the caller something."""
    return lambda request: HttpResponse(make(caller(request)))


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(pages.home(request.META["azuread_auth.principal"]))


def orders(request: HttpRequest) -> HttpResponse:
    azure: AzureAdClient = request.META["azuread_auth.client"]
    # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
    answer = http.get(settings.ORDERS_URL, auth=azure.auth_for_user(caller(request), settings.ORDERS_SCOPE))
    return HttpResponse(pages.orders(caller(request), answer.json()))


def payments(request: HttpRequest) -> HttpResponse:
    AuthContext("c1").check(caller(request))  # not met: through a stronger sign-in, and back here
    return HttpResponse(pages.payments(caller(request)))


def files(request: HttpRequest) -> JsonResponse:
    Scope("Files.Read").check(caller(request))
    return JsonResponse({"owner": caller(request).display_name})


class Administration(admin.AdminSite):
    """Django's, without its form for passwords."""

    def login(self, request: HttpRequest, *_: object) -> HttpResponse:
        Role("Admin").check(caller(request))  # who is no administrator is sent here
        return HttpResponse(status=303, headers={"Location": "/admin/"})

    def logout(self, *_: object) -> HttpResponse:
        return HttpResponse(status=307, headers={"Location": "/auth/logout"})  # 307: the POST stays one


administration = Administration()
administration.register(User, UserAdmin)

urlpatterns = [
    path("", home),
    path("profile", page(pages.profile)),
    path("orders", orders),
    path("payments", payments),
    path("api/files", files),
    path("admin/", administration.urls),
]
