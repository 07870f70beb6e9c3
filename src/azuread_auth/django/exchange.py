"""Requests of Django's as values, and answers as its responses."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest, HttpResponse

from azuread_auth._asgi import request as asgi_request
from azuread_auth._web import wsgi_request
from azuread_auth._web.login_form import FORM_TOO_LARGE, MAX_FORM_BYTES
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import LoginFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VARY", "form_body", "http_response", "web_request"]

VARY: Final = ("Cookie", "Authorization")
"""What says who calls."""


def web_request(request: HttpRequest, platform_header: str | None = None) -> WebRequest:
    """The request, with the path that Django routes by. `platform_header`: that in which App Service passes a token."""
    scope: object = getattr(request, "scope", None)
    if isinstance(scope, dict):
        # Of ASGI's own, because there one header cannot be taken for another. Django's test client has a text as query.
        query = str(request.META.get("QUERY_STRING", "")).encode()
        asked = asgi_request.web_request({**scope, "query_string": query}, platform_header)
    else:
        asked = wsgi_request.web_request(request.META, platform_header)
    return replace(asked, method=request.method or "", path=request.path_info)


def form_body(request: HttpRequest) -> bytes:
    """The body of a form that the provider lets the browser send. Raises LoginFailed when it is larger than any."""
    meta: Mapping[str, object] = request.META
    length = str(meta.get("CONTENT_LENGTH") or "0")
    # Django refuses what is no number, and what is longer than it says.
    if not length.isascii() or not length.isdigit() or int(length[:10]) > MAX_FORM_BYTES:
        raise LoginFailed(FORM_TOO_LARGE)
    body = request.body
    if len(body) > MAX_FORM_BYTES:  # over ASGI a body may come without a length
        raise LoginFailed(FORM_TOO_LARGE)
    return body


def http_response(reply: WebReply, request: HttpRequest) -> HttpResponse:
    """The answer, for Django's own middlewares to go over."""
    response = HttpResponse(b"" if request.method == "HEAD" else reply.body, status=reply.status)
    if not any(name == "content-type" for name, _ in reply.headers):
        del response.headers["Content-Type"]
    for name, value in reply.headers:
        if name == "set-cookie":
            response.cookies.load(value)
        else:
            response.headers[name.title()] = value
    return response
