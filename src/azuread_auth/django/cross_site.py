"""Which requests with a session a page of another site may have sent, where Django's own check does not look."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import is_same_domain

from azuread_auth._web.origins import is_same_site_request, origin_of
from azuread_auth._web.web_request import WebRequest
from azuread_auth.web_login import WebLogin

__all__ = ["is_own_request"]

_SUBDOMAINS: Final = "://*."


def is_own_request(request: HttpRequest, asked: WebRequest, view: Callable[..., Any], login: WebLogin | None) -> bool:
    """Whether the project's own pages may have sent this, or a page that CSRF_TRUSTED_ORIGINS names.

    Only for views that Django's CsrfViewMiddleware leaves out: it asks the others for its token itself. Here the origin
    that a browser tells is enough; who tells none needs the token.
    """
    if not getattr(view, "csrf_exempt", False) or getattr(request, "_dont_enforce_csrf_checks", False):
        return True
    origin = asked.origin
    is_own = is_same_site_request(
        asked.method,
        origin=origin,
        sec_fetch_site=asked.fetch_site,
        own_origins=_own_origins(request, login),
        trusted_origins={origin} if origin is not None and _is_trusted(origin) else (),
    )
    return is_own or _CsrfCheck.passes(request)


def _own_origins(request: HttpRequest, login: WebLogin | None) -> set[str]:
    configured = {origin_of(url) for url in login.urls} if login is not None else set[str]()
    try:
        return {*configured, f"{request.scheme}://{request.get_host()}"}
    except DisallowedHost:
        return configured


def _is_trusted(origin: str) -> bool:
    """As Django reads CSRF_TRUSTED_ORIGINS: origins, or "https://*.example.com"."""
    return any(
        origin == trusted or (_SUBDOMAINS in trusted and _is_below(origin, trusted))
        for trusted in settings.CSRF_TRUSTED_ORIGINS
    )


def _is_below(origin: str, trusted: str) -> bool:
    try:
        asked, pattern = urlsplit(origin), urlsplit(trusted)
    except ValueError:
        return False
    return asked.scheme == pattern.scheme and is_same_domain(asked.netloc, pattern.netloc.removeprefix("*"))


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, for its answer alone."""

    @classmethod
    def passes(cls, request: HttpRequest) -> bool:
        check = cls(HttpResponse)  # in place of a view, which it does not call
        check.process_request(request)
        return check.process_view(request, HttpResponse, (), {}) is None

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseForbidden:  # noqa: ARG002 - Django passes them
        return HttpResponseForbidden()
