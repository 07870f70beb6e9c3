"""The pages, Django's administration, and an API for bearer tokens."""

from collections.abc import Callable

import httpx2
import pages
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from azuread_auth import AuthContext, Principal
from azuread_auth.django import login_required, request_auth, require, require_scope

http = httpx2.Client()  # one for all users


def caller(request: HttpRequest) -> Principal:
    """Who asks, by a session or a token."""
    principal = request_auth(request).principal
    assert principal is not None  # these paths let nobody in without
    return principal


def page(make: Callable[[Principal], str]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that shows the caller something."""
    return login_required(lambda request: HttpResponse(make(caller(request))))


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(pages.home(request_auth(request).principal))


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
    azure = request_auth(request).client
    answer = http.get(settings.ORDERS_URL, auth=azure.auth_for_user(caller(request), settings.ORDERS_SCOPE))
    return HttpResponse(pages.orders(caller(request), answer.json()))


@require(AuthContext("c1"))  # not met: through a stronger sign-in, and back here
def payments(request: HttpRequest) -> HttpResponse:
    return HttpResponse(pages.payments(caller(request)))


@require_scope("Files.Read")
def files(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"owner": caller(request).display_name})


class Administration(admin.AdminSite):
    """Django's, without its form for passwords, and with a sign-out that the tenant hears of."""

    def login(self, *_: object) -> HttpResponse:
        raise PermissionDenied  # who is signed in and no administrator is sent here

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
