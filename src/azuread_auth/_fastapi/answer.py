"""What dependencies answer with: the middleware's reply, in the terms of FastAPI's exceptions."""

import json

from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import HTTPConnection

from azuread_auth._asgi.request import web_request
from azuread_auth._web.replies import Refusals, WebReply
from azuread_auth.asgi import RequestAuth
from azuread_auth.errors import AzureAdError

__all__ = ["can_be_answered", "detail_of", "headers_of", "is_answered_by_fastapi", "reply_to"]


def can_be_answered(connection: HTTPConnection) -> bool:
    """A server may have no way to answer a WebSocket handshake (ASGI, "WebSocket Denial Response")."""
    scope = connection.scope
    return scope["type"] != "websocket" or "websocket.http.response" in (scope.get("extensions") or {})


def reply_to(cause: AzureAdError, connection: HTTPConnection) -> WebReply:
    """What the middleware answers to the same cause: a problem document, or a redirect to sign in."""
    auth = connection.scope.get("azuread_auth")
    if not isinstance(auth, RequestAuth):
        return Refusals(authorization_uri="", full_scopes=lambda scopes: scopes).reply(cause)
    request = web_request({**connection.scope, "root_path": auth.root_path})
    return auth.gate.reply(cause, request, auth.principal, is_document=True)


def detail_of(reply: WebReply) -> str:
    """For the `detail` of an HTTPException."""
    detail: str = json.loads(reply.body)["detail"] if reply.body else reply.reason_phrase
    return detail


def headers_of(reply: WebReply, *, is_problem: bool) -> Headers:
    """For the `headers` of an HTTPException, whose handler knows the body's length, and its type unless a problem."""
    omitted = {"content-length"} if is_problem else {"content-length", "content-type"}
    return Headers({name: value for name, value in reply.headers if name not in omitted})


def is_answered_by_fastapi(connection: HTTPConnection, status: int, kind: type[HTTPException]) -> bool:
    """Whether FastAPI's own handler writes the body, a problem document then, and none of the application's."""
    app = connection.scope.get("app")
    handlers = app.exception_handlers if isinstance(app, FastAPI) else {}
    is_default = handlers.get(StarletteHTTPException) is http_exception_handler
    return is_default and handlers.keys() & {status, *kind.__mro__} == {StarletteHTTPException}
