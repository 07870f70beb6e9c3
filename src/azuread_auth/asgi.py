"""Protects any ASGI application: Starlette, FastAPI, Litestar, Quart, Django and plain ones.

app.add_middleware(AzureAdAuth)
"""

import logging
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, MutableMapping
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from starlette.authentication import AuthCredentials, UnauthenticatedUser

from azuread_auth._web.gate import Gate, WebRequest
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.refusals import ANSWERED
from azuread_auth._web.replies import Problem, ProblemRenderer, WebReply
from azuread_auth.client import LOGGER_NAME, AsyncAzureAdClient, is_loop_running
from azuread_auth.errors import AzureAdError, ConfigurationError
from azuread_auth.principal import Principal
from azuread_auth.settings import AzureAdSettings

__all__ = ["AzureAdAuth", "Problem", "RequestAuth"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUESTS: Final = frozenset({"http", "websocket"})
_NO_CLAIMS: Final[Mapping[str, object]] = MappingProxyType({})


class RequestAuth(AuthCredentials):
    """What `scope["auth"]` and `scope["azuread_auth"]` are: Starlette's permissions, and ours.

    `principal` is None for an anonymous caller. `client` is the AsyncAzureAdClient of the middleware.
    """

    def __init__(self, principal: Principal | None, client: AsyncAzureAdClient) -> None:
        self.principal = principal
        self.client = client

    @property
    def claims(self) -> Mapping[str, object]:
        """The caller's claims, read-only; empty for an anonymous caller."""
        return self.principal.claims if self.principal is not None else _NO_CLAIMS

    @property
    def scopes(self) -> list[str]:  # type: ignore[override]  # Starlette keeps a list; made when asked for
        """For Starlette's `@requires`: "authenticated", each scope, `role:NAME` or `app_role:NAME`."""
        principal = self.principal
        if principal is None:
            return []
        prefix = "role" if principal.kind == "user" else "app_role"
        scopes = principal.scopes if principal.kind == "user" else frozenset[str]()
        # A scope that is named as if it were a role must not pass for one.
        plain_scopes = (scope for scope in scopes if not scope.startswith(("role:", "app_role:")))
        return ["authenticated", *plain_scopes, *(f"{prefix}:{role}" for role in principal.roles)]


class AzureAdAuth:
    """ASGI middleware: every request needs a good bearer token unless its path says otherwise.

    - `settings`: default from the environment; `client`: a client to share, which you close. Not both.
    - `public_paths`: "/healthz" exactly, "/static/*" with everything below; credentials are not looked at there.
    - `optional_paths`: the same patterns; credentials are used when present.
    - `allow_anonymous`: True makes every path optional, and each route decides.
    - `render_problem`: Problem -> (content type, bytes), the house style for refusals.

    The caller is `scope["user"]` (a Principal, or Starlette's UnauthenticatedUser), its permissions `scope["auth"]`,
    and `scope["azuread_auth"]` has `.principal`, `.claims` and `.client`.

    The application refuses a caller by raising PermissionDenied or ClaimsChallenge. Errors of token requests are
    answered too when they escape: InteractionRequired by 401 with its claims or 403 with its scopes, AssertionRefused
    by 401, Throttled and ProviderUnavailable by 503. Others are the application's own.

    A ConfigurationError is raised at once where no event loop runs. Inside one it is held, answers the server's
    lifespan start-up with failure, and each request with 500.
    """

    def __init__(
        self,
        app: AsgiApp,
        settings: AzureAdSettings | None = None,
        *,
        client: AsyncAzureAdClient | None = None,
        public_paths: Iterable[str] = (),
        optional_paths: Iterable[str] = (),
        allow_anonymous: bool = False,
        render_problem: ProblemRenderer | None = None,
    ) -> None:
        self.app = app
        self._failure: ConfigurationError | None = None
        self._owns_client = client is None
        try:
            rules = PathRules(public_paths=public_paths, optional_paths=optional_paths, allow_anonymous=allow_anonymous)
            self._wire(_client(settings, client), rules, render_problem)
        except ConfigurationError as error:
            if not is_loop_running():
                raise
            self._failure = error
            logging.getLogger(LOGGER_NAME).critical("the application cannot start: %s", error)

    def _wire(self, client: AsyncAzureAdClient, rules: PathRules, render_problem: ProblemRenderer | None) -> None:
        self._client = client
        self._gate = Gate(client.engine, rules, render_problem=render_problem)
        self._recall = self._gate.recall_digest
        self._are_all_paths_alike = rules.is_trivial

    @contextmanager
    def using(self, make_settings: Callable[[AzureAdSettings | None], AzureAdSettings]) -> Generator[None, None, None]:
        """Judge by other settings for a while: for tests. `make_settings` is given the present ones.

        Raises the ConfigurationError that was held, if there is one.
        """
        if self._failure is not None:
            raise self._failure
        client, gate = self._client, self._gate
        self._wire(client.with_settings(make_settings(client.settings)), gate.rules, gate.render_problem)
        try:
            yield
        finally:
            self._wire(client, gate.rules, gate.render_problem)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in _REQUESTS or self._failure is not None:
            await self._handle_special(scope, receive, send)
            return
        principal: Principal | None
        try:
            token = self._plain_token(scope)
            if token is not None:
                digest = sha256(token).digest()
                checked = self._recall(digest)
                principal = Principal(checked, token) if checked else await self._gate.admit_new(token, digest)
            else:
                request = _web_request(scope)
                if self._gate.is_question(request):
                    receive, send = _receiving_nothing(receive), _without_body(send)
                principal = await self._gate.admit(request)
        except AzureAdError as error:
            await _send_reply(self._gate.reply(error, _web_request(scope)), scope, send)
            return
        token = None  # what reports errors may show the locals of every frame
        scope["user"] = principal or UnauthenticatedUser()
        scope["auth"] = scope["azuread_auth"] = RequestAuth(principal, self._client)
        is_started = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal is_started
            is_started = True
            return send(message)

        try:
            await self.app(scope, receive, watched)
        except ANSWERED as error:
            if is_started:
                raise
            await _send_reply(self._gate.reply(error, _web_request(scope), principal), scope, send)

    def _plain_token(self, scope: Scope) -> bytes | None:
        """The token of a request of the usual form, where credentials count; None where the gate has to look closer."""
        authorization: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                if authorization is not None:
                    return None
                authorization = value
        if authorization is None or authorization[:7] != b"Bearer ":
            return None
        if not self._are_all_paths_alike and self._gate.rules.access(_routed_path(scope)) is Access.PUBLIC:
            return None
        return authorization[7:] if authorization[7:8] != b" " else None

    async def _handle_special(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif self._failure is not None:
            await _send_reply(_BROKEN, scope, send)
        else:
            await self.app(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._failure is not None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self._failure)})
            # As Starlette does: servers have been told, and test clients wait for the exception.
            raise self._failure

        async def watched(message: Message) -> None:
            if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed") and self._owns_client:
                await self._client.aclose()
            await send(message)

        await self.app(scope, receive, watched)


def _client(settings: AzureAdSettings | None, client: AsyncAzureAdClient | None) -> AsyncAzureAdClient:
    if client is None:
        return AsyncAzureAdClient(settings)
    if settings is not None:
        message = "settings= and client= were both given; a client has settings of its own"
        raise ConfigurationError(message)
    given: object = client
    if not isinstance(given, AsyncAzureAdClient):
        message = "client= is not an AsyncAzureAdClient; the blocking client is for the WSGI middleware"
        raise ConfigurationError(message)
    return client


def _web_request(scope: Scope) -> WebRequest:
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name, []).append(value)  # in lower case, as ASGI has it

    def first(name: bytes) -> str | None:
        values = headers.get(name)
        return values[0].decode("latin-1") if values else None

    return WebRequest(
        method=scope["method"] if scope["type"] == "http" else "GET",
        path=_routed_path(scope),
        authorization=headers.get(b"authorization", []),
        origin=first(b"origin"),
        preflight_method=first(b"access-control-request-method"),
        accept=first(b"accept") or "",
    )


def _routed_path(scope: Scope) -> str:
    """The path that the application routes by: what follows `root_path` (ASGI, "HTTP connection scope")."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    if root_path and path.startswith(root_path) and path[len(root_path) : len(root_path) + 1] in ("", "/"):
        return path[len(root_path) :]
    return path


def _receiving_nothing(receive: Receive) -> Receive:
    """Receive an empty body, and then nothing but the end of the connection."""
    is_told = False

    async def receive_nothing() -> Message:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receive_nothing


def _without_body(send: Send) -> Send:
    """Send an answer's status and headers, and of its body only the end."""

    async def send_without_body(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message.get("headers", ()) if header[0].lower() != b"content-length"]
            if message["status"] != HTTPStatus.NO_CONTENT:  # RFC 9110 8.6
                headers.append((b"content-length", b"0"))
            await send({**message, "headers": headers})
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b""})

    return send_without_body


async def _send_reply(reply: WebReply, scope: Scope, send: Send) -> None:
    """Send an answer; to a WebSocket as a denial (ASGI, "WebSocket Denial Response"), or a close before accepting."""
    prefix = "http"
    if scope["type"] == "websocket":
        # Without receiving first: the application may have taken the connect event already, and no second one comes.
        if "websocket.http.response" not in (scope.get("extensions") or ()):
            await send({"type": "websocket.close", "code": 1008})
            return
        prefix = "websocket.http"
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": f"{prefix}.response.start", "status": reply.status, "headers": headers})
    body = b"" if scope.get("method") == "HEAD" else reply.body
    await send({"type": f"{prefix}.response.body", "body": body})


_BROKEN: Final = WebReply(500, (("content-type", "text/plain"), ("content-length", "21")), b"Internal Server Error")
