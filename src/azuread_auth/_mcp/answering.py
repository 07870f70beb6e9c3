"""Answers in the SDK's place for what was refused while it ran: it knows tools that fail, but no challenges."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Final

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp_types import INVALID_REQUEST

from azuread_auth._asgi.answer import send_reply
from azuread_auth._asgi.connection import AsgiApp, Message, Receive, Scope, Send
from azuread_auth._asgi.request import web_request
from azuread_auth._mcp.caller import SdkUser
from azuread_auth._web.refusals import ANSWERED, NotAuthenticated
from azuread_auth._web.replies import WebReply
from azuread_auth.asgi import RequestAuth
from azuread_auth.errors import AzureAdError, PermissionDenied, ProviderUnavailable, Throttled
from azuread_auth.requirements import Requirement

__all__ = ["NO_MIDDLEWARE", "TellsSdk", "is_told", "refusing"]

NO_MIDDLEWARE: Final = (
    "the call did not come through azuread_auth.mcp.AzureAdAuth, so nobody has judged who calls; add it to the "
    "application: server.streamable_http_app().add_middleware(AzureAdAuth)"
)


@dataclass(slots=True)
class _Call:
    """One request, and why what it called refused."""

    auth: RequestAuth
    refusal: AzureAdError | None = None


# The SDK runs what a request calls in a task of the session, with the context that the request had.
_CALL: Final[ContextVar[_Call | None]] = ContextVar("azuread_auth_call", default=None)
_IS_GUARDED: Final[ContextVar[bool]] = ContextVar("azuread_auth_is_guarded", default=False)
_TOLD: Final = "azuread_auth.mcp"


def is_told(scope: Mapping[str, object]) -> bool:
    """Whether the SDK knows whose request this is, so that sessions serve only who opened them."""
    return _TOLD in scope and scope[_TOLD] is scope.get("azuread_auth")


class TellsSdk:
    """Tells the SDK who calls, and answers what was refused while it ran, unless its own answer has begun."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        auth = scope.get("azuread_auth")
        scope[_TOLD] = auth
        if scope["type"] != "http" or not isinstance(auth, RequestAuth):
            await self.app(scope, receive, send)
            return
        user = None
        if auth.principal is not None:
            scope["user"] = user = SdkUser(auth.principal, auth.client.settings.client_id)
        call = _Call(auth)
        answer = _Answer(call, scope, send)
        sdk_token, own_token = auth_context_var.set(user), _CALL.set(call)
        try:
            await self.app(scope, receive, answer.send)
        finally:
            _CALL.reset(own_token)
            auth_context_var.reset(sdk_token)
        if call.refusal is not None and not answer.is_refusal:
            auth.gate.report(call.refusal, web_request(scope))


class _Answer:
    """The SDK's answer, or a refusal in its place."""

    def __init__(self, call: _Call, scope: Scope, send: Send) -> None:
        self._call = call
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self.is_refusal = False

    async def send(self, message: Message) -> None:
        call = self._call
        if message["type"] == "http.response.start" and call.refusal is not None:
            self._start = message  # until the body shows what became of the refusal
            return
        start, self._start = self._start, None
        if start is not None and call.refusal is not None:
            if _is_result(message.get("body", b"")):
                call.refusal = None
                await self._send(start)
            else:
                await self._refuse(call.refusal, call.auth)
        if not self.is_refusal:
            await self._send(message)

    async def _refuse(self, refusal: AzureAdError, auth: RequestAuth) -> None:
        self.is_refusal = True
        reply = auth.gate.reply(refusal, web_request(self._scope), auth.principal, is_document=True)
        await send_reply(_as_json_rpc(reply, _told(refusal, auth)), self._scope, self._send)


def _is_result(body: bytes) -> bool:
    """Whether this is a result, as JSON or as a server-sent event, so that what was refused inside has been handled."""
    lines = body.decode(errors="replace").split("\n")
    events = [line.removeprefix("data:") for line in lines if line.startswith("data:")]
    try:
        answer: object = json.loads(events[-1] if events else body)
    except ValueError:
        return False
    result: object = answer.get("result") if isinstance(answer, dict) else None
    return isinstance(result, dict) and not result.get("isError", False)


def _as_json_rpc(reply: WebReply, text: str) -> WebReply:
    """The same refusal, in the form that MCP clients show: an error of no request in particular."""
    error = {"code": INVALID_REQUEST, "message": text}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    own = {"content-type": "application/json", "content-length": str(len(body))}
    return replace(reply, headers=tuple((name, own.get(name, value)) for name, value in reply.headers), body=body)


class _CallRefused(ToolError, ResourceError):
    """Tells the SDK that this was foreseen: it goes to the caller as it is, and to the log without a traceback."""


@contextmanager
def refusing(requirement: Requirement) -> Generator[None, None, None]:
    """Judge the caller of this request, and note what is refused here or inside for the answer.

    Inside of another guarded function errors go on as they are: that one may handle them, and notes what leaves it.
    Raises RuntimeError where no middleware has judged who calls.
    """
    call = _CALL.get()
    if call is None:
        raise RuntimeError(NO_MIDDLEWARE)
    if _IS_GUARDED.get():
        _check(requirement, call.auth)
        yield
        return
    is_guarded = _IS_GUARDED.set(True)
    try:
        _check(requirement, call.auth)
        yield
    except (*ANSWERED, NotAuthenticated) as error:
        call.refusal = error
        raise _CallRefused(_told(error, call.auth)) from error
    finally:
        _IS_GUARDED.reset(is_guarded)


def _check(requirement: Requirement, auth: RequestAuth) -> None:
    if auth.principal is None:
        raise NotAuthenticated
    requirement.check(auth.principal)


def _told(error: AzureAdError, auth: RequestAuth) -> str:
    """What a caller, or a model that calls for somebody, may know."""
    if isinstance(error, ProviderUnavailable | Throttled):
        return "this cannot be done at the moment; try again later"
    if isinstance(error, NotAuthenticated):
        return "this needs an access token"
    scopes = auth.gate.engine.full_scopes(error.requirement.scopes) if isinstance(error, PermissionDenied) else ()
    if scopes:
        return f"this needs a permission that the access token does not carry: {' '.join(scopes)}"
    return "this needs a permission, a consent or a sign-in that the caller does not have"
