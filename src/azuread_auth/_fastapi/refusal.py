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
from azuread_auth.errors import AzureAdError, ClaimsChallenge, PermissionDenied
from azuread_auth.requirements import Requirement

__all__ = ["AccessRefused", "StepUpRequired", "refusal", "step_up"]


class AccessRefused(PermissionDenied, HTTPException):
    """A dependency refuses the caller: 401 for an anonymous one, 403 for one who does not meet `requirement`.

    `status_code`, `detail` and `headers` are what exception handlers expect of an HTTPException; the headers hold the
    challenge, whatever the case they are asked for in. `body` is the problem document (RFC 9457) of the middleware, for
    a handler that wants to answer as it does.
    """

    def __init__(self, cause: AzureAdError, requirement: Requirement, reply: WebReply, *, is_problem: bool) -> None:
        # Not super(): PermissionDenied would hand its message to HTTPException as the status.
        HTTPException.__init__(self, reply.status, json.loads(reply.body)["detail"], _headers(reply, is_problem))
        self.requirement = requirement
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


class StepUpRequired(ClaimsChallenge, HTTPException):
    """A dependency asks the caller to sign in again with `claims`: 401 where the client can, else 403.

    `status_code`, `detail`, `headers` and `body` are as in AccessRefused.
    """

    def __init__(self, cause: ClaimsChallenge, reply: WebReply, *, is_problem: bool) -> None:
        HTTPException.__init__(self, reply.status, json.loads(reply.body)["detail"], _headers(reply, is_problem))
        self.claims: str = cause.claims
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


def _headers(reply: WebReply, is_problem: bool) -> Headers:  # noqa: FBT001 - as its callers have it
    omitted = {"content-length"} if is_problem else {"content-length", "content-type"}
    return Headers({name: value for name, value in reply.headers if name not in omitted})


def step_up(cause: ClaimsChallenge, connection: HTTPConnection) -> ClaimsChallenge:
    """The exception to raise for a challenge: an answer in the application that has the route, mounted or not."""
    if _cannot_be_answered(connection):
        return cause
    reply = _reply(cause, connection)
    return StepUpRequired(cause, reply, is_problem=_is_answered_by_fastapi(connection, reply.status, StepUpRequired))


def _cannot_be_answered(connection: HTTPConnection) -> bool:
    """A server may have no way to answer a WebSocket handshake (ASGI, "WebSocket Denial Response")."""
    scope = connection.scope
    return scope["type"] == "websocket" and "websocket.http.response" not in (scope.get("extensions") or {})


def refusal(cause: AzureAdError, requirement: Requirement, connection: HTTPConnection) -> PermissionDenied:
    """The exception to raise; why is told to the operator's log.

    Where no answer can be given, what is raised is for the middleware, which closes the connection.
    """
    if _cannot_be_answered(connection):
        return PermissionDenied(requirement)
    reply = _reply(cause, connection)
    is_problem = _is_answered_by_fastapi(connection, reply.status, AccessRefused)
    return AccessRefused(cause, requirement, reply, is_problem=is_problem)


def _reply(cause: AzureAdError, connection: HTTPConnection) -> WebReply:
    """What the middleware answers to the same cause."""
    auth = connection.scope.get("azuread_auth")
    if not isinstance(auth, RequestAuth):
        return Refusals(authorization_uri="", full_scopes=lambda scopes: scopes).reply(cause)
    method, path = connection.scope.get("method", "GET"), connection.scope["path"]
    request = WebRequest(method=method, path=path, authorization=())
    return Gate(auth.client.engine, PathRules()).reply(cause, request, auth.principal)


def _is_answered_by_fastapi(connection: HTTPConnection, status: int, kind: type[HTTPException]) -> bool:
    """Whether FastAPI's own handler writes the body, a problem document then, and none of the application's."""
    app = connection.scope.get("app")
    handlers = app.exception_handlers if isinstance(app, FastAPI) else {}
    is_default = handlers.get(StarletteHTTPException) is http_exception_handler
    return is_default and handlers.keys() & {status, *kind.__mro__} == {StarletteHTTPException}
