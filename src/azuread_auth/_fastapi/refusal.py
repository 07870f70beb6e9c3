"""How a dependency refuses a caller: as an exception that both FastAPI and the middleware understand."""

import json

from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import http_exception_handler
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import HTTPConnection

from azuread_auth._web.gate import Gate, WebRequest
from azuread_auth._web.paths import PathRules
from azuread_auth._web.replies import Refusals, WebReply
from azuread_auth.asgi import RequestAuth
from azuread_auth.errors import AzureAdError, PermissionDenied
from azuread_auth.requirements import Requirement

__all__ = ["AccessRefused", "refusal"]


class AccessRefused(PermissionDenied, HTTPException):
    """A dependency refuses the caller: 401 for an anonymous one, 403 for one who does not meet `requirement`.

    `status_code`, `detail` and `headers` are what exception handlers expect of an HTTPException; the headers hold the
    challenge, whatever the case they are asked for in. `body` is the problem document (RFC 9457) of the middleware, for
    a handler that wants to answer as it does.
    """

    def __init__(self, cause: AzureAdError, requirement: Requirement, reply: WebReply, *, is_problem: bool) -> None:
        omitted = {"content-length"} if is_problem else {"content-length", "content-type"}
        headers = Headers({name: value for name, value in reply.headers if name not in omitted})
        # Not super(): PermissionDenied would hand its message to HTTPException as the status.
        HTTPException.__init__(self, reply.status, json.loads(reply.body)["detail"], headers)
        self.requirement = requirement
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


def refusal(cause: AzureAdError, requirement: Requirement, connection: HTTPConnection) -> PermissionDenied:
    """The exception to raise; why is told to the operator's log.

    A server may have no way to answer a WebSocket handshake (ASGI, "WebSocket Denial Response"). What is raised then is
    for the middleware, which closes the connection.
    """
    scope = connection.scope
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        return PermissionDenied(requirement)
    reply = _reply(cause, connection)
    return AccessRefused(cause, requirement, reply, is_problem=_is_answered_by_fastapi(connection, reply.status))


def _reply(cause: AzureAdError, connection: HTTPConnection) -> WebReply:
    """What the middleware answers to the same cause."""
    auth = connection.scope.get("azuread_auth")
    if not isinstance(auth, RequestAuth):
        return Refusals(authorization_uri="", full_scopes=lambda scopes: scopes).reply(cause)
    method, path = connection.scope.get("method", "GET"), connection.scope["path"]
    request = WebRequest(method=method, path=path, authorization=())
    return Gate(auth.client.engine, PathRules()).reply(cause, request, auth.principal)


def _is_answered_by_fastapi(connection: HTTPConnection, status: int) -> bool:
    """Whether FastAPI's own handler writes the body, a problem document then, and none of the application's."""
    app = connection.scope.get("app")
    handlers = app.exception_handlers if isinstance(app, FastAPI) else {}
    is_default = handlers.get(StarletteHTTPException) is http_exception_handler
    return is_default and handlers.keys() & {status, *AccessRefused.__mro__} == {StarletteHTTPException}
