"""Protects any ASGI application: Starlette, FastAPI, Litestar, Quart, Django and plain ones.

app.add_middleware(AzureAdAuth)
"""

import logging
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from starlette.authentication import AuthCredentials, UnauthenticatedUser

from azuread_auth._asgi.answer import for_one_person, send_reply, without_body
from azuread_auth._asgi.connection import Message, Receive, Scope, Send
from azuread_auth._asgi.request import as_browsers_ask, form_body, receiving_nothing, routed_path, web_request
from azuread_auth._web.bearer import digest_of
from azuread_auth._web.gate import Gate
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.refusals import ANSWERED, NotAuthenticated
from azuread_auth._web.replies import Problem, ProblemRenderer, WebReply
from azuread_auth.client import LOGGER_NAME, AsyncAzureAdClient, is_loop_running
from azuread_auth.errors import AzureAdError, ConfigurationError
from azuread_auth.principal import Principal
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

__all__ = ["AzureAdAuth", "Problem", "RequestAuth", "refusal"]

_REQUESTS: Final[frozenset[str]] = frozenset({"http", "websocket"})
# Frameworks annotate what ASGI passes about each in its own way.
AnyAsgiApp: TypeAlias = Callable[..., Awaitable[None]]
_NO_CLAIMS: Final[Mapping[str, object]] = MappingProxyType({})


def refusal(error: Exception, scope: Mapping[str, Any]) -> tuple[bytes, int, list[tuple[str, str]]]:
    """What the middleware answers to an error of this package: body, status and headers, as Quart's handlers return it.

    For frameworks that make a 500 of an exception before any middleware sees it. `scope` is that of the connection, of
    a WebSocket too. Why the caller was refused goes to the log. An error that the middleware leaves to the application
    is raised again; so is any where no middleware has judged the caller.
    """
    auth = scope.get("azuread_auth")
    if not isinstance(error, (*ANSWERED, NotAuthenticated)) or not isinstance(auth, RequestAuth):
        raise error
    reply = auth.gate.reply(error, web_request(auth.as_it_came(scope)), auth.principal)
    return reply.body, reply.status, list(reply.headers)


class RequestAuth(AuthCredentials):
    """What `scope["auth"]` and `scope["azuread_auth"]` are: Starlette's permissions, and ours.

    `principal` is None for an anonymous caller. `client` is the AsyncAzureAdClient of the middleware. `gate` and
    `root_path` are for dependencies, which answer as the middleware does and may be mounted further in.
    """

    def __init__(self, principal: Principal | None, client: AsyncAzureAdClient, gate: Gate, scope: Scope) -> None:
        self.principal = principal
        self.client = client
        self.gate = gate
        self.root_path: str = scope.get("root_path", "")
        self._path: str = scope["path"]

    def as_it_came(self, scope: Mapping[str, Any]) -> Scope:
        """The scope with the paths it had outside: routers may write others into it."""
        return {**scope, "path": self._path, "root_path": self.root_path}

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
    - `login`: a WebLogin, for pages: its routes are always public, and people without a session are sent to sign in.
    - `resource_metadata`: a ResourceMetadata, for clients such as those of MCP: served to anybody, named in challenges.
    - `easy_auth`: "id_token" or "access_token", on App Service with its own authentication on: which of the tokens that
      it passes on says who calls. It is judged like any other. ConfigurationError anywhere else, and beside `login`.
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
        app: AnyAsgiApp,
        settings: AzureAdSettings | None = None,
        *,
        client: AsyncAzureAdClient | None = None,
        public_paths: Iterable[str] = (),
        optional_paths: Iterable[str] = (),
        allow_anonymous: bool = False,
        login: WebLogin | None = None,
        resource_metadata: ResourceMetadata | None = None,
        easy_auth: Literal["id_token", "access_token"] | None = None,
        render_problem: ProblemRenderer | None = None,
    ) -> None:
        if hasattr(app, "wsgi_app"):
            raise ConfigurationError(_FLASK)
        self.app = app
        self.web_login: Final = login
        self._failure: ConfigurationError | None = None
        self._usual: frozenset[str] = frozenset()
        self._owns_client = client is None
        try:
            rules = PathRules(public_paths=public_paths, optional_paths=optional_paths, allow_anonymous=allow_anonymous)
            client = _client(settings, client)
            gate = Gate(
                client.engine,
                rules,
                render_problem=render_problem,
                web_login=login,
                resource_metadata=resource_metadata,
                easy_auth=easy_auth,
            )
            self._wire(client, gate)
        except ConfigurationError as error:
            if not is_loop_running():
                raise
            self._failure = error
            logging.getLogger(LOGGER_NAME).critical("the application cannot start: %s", error)

    def _wire(self, client: AsyncAzureAdClient, gate: Gate) -> None:
        self._client = client
        self._gate = gate
        self._recall = gate.recall_digest
        self._are_all_paths_alike = gate.rules.is_trivial
        self._usual = _REQUESTS - {"http"} if gate.routes else _REQUESTS

    @contextmanager
    def using(self, make_settings: Callable[[AzureAdSettings | None], AzureAdSettings]) -> Generator[None, None, None]:
        """Judge by other settings for a while: for tests. `make_settings` is given the present ones.

        Raises the ConfigurationError that was held, if there is one.
        """
        if self._failure is not None:
            raise self._failure
        client, gate = self._client, self._gate
        other = client.with_settings(make_settings(client.settings))
        self._wire(other, gate.for_engine(other.engine))
        try:
            yield
        finally:
            self._wire(client, gate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in self._usual and await self._handle_apart(scope, receive, send):
            return
        principal: Principal | None
        try:
            token = self._plain_token(scope)
            if token is not None:
                digest = digest_of(token)
                checked = self._recall(digest)
                known = Principal(checked, token, "bearer", digest) if checked else None
                principal = known or await self._gate.admit_new(token, digest)
            else:
                principal, scope, receive, send = await self._look_closer(scope, receive, send)
        except AzureAdError as error:
            token = None  # what reports errors may show the locals of every frame
            await self._refuse(error, scope, send)
            return
        token = None
        if scope.get("root_path"):
            _make_unambiguous(scope)
        scope["user"] = principal or UnauthenticatedUser()
        scope["auth"] = scope["azuread_auth"] = auth = RequestAuth(principal, self._client, self._gate, scope)
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
            await self._refuse(error, auth.as_it_came(scope), send, principal)

    async def _refuse(self, error: AzureAdError, scope: Scope, send: Send, principal: Principal | None = None) -> None:
        await send_reply(self._gate.reply(error, web_request(scope), principal), scope, send)

    async def _look_closer(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Principal | None, Scope, Receive, Send]:
        """Who calls by other means than a plain bearer token, and what the application is to be called with."""
        request = web_request(scope, self._gate.platform_header)
        if self._gate.is_question(request):
            scope, receive, send = as_browsers_ask(scope), receiving_nothing(receive), without_body(send)
        admission = await self._gate.admit(request)
        if admission.is_by_cookie:
            send = for_one_person(send, admission.set_cookies)
        return admission.principal, scope, receive, send

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
        if not self._are_all_paths_alike and self._gate.rules.access(routed_path(scope)) is Access.PUBLIC:
            return None
        return authorization[7:] if authorization[7:8] != b" " else None

    async def _handle_apart(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Handle what nobody calls by, or anybody may; False for a request whose caller has to be known."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._lifespan(scope, receive, send)
        elif self._failure is not None:
            await send_reply(_BROKEN, scope, send)
        elif kind not in _REQUESTS:
            await self.app(scope, receive, send)
        elif kind == "http" and routed_path(scope) in self._gate.routes:
            reply = await self._gate.reply_at_route(web_request(scope), lambda: form_body(receive))
            await send_reply(reply, scope, send)
        else:
            return False
        return True

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


def _make_unambiguous(scope: Scope) -> None:
    """See to it that the application routes the path that was judged.

    ASGI has `root_path` at the beginning of the path, but not all servers put it there. A framework that then cuts it
    out wherever it occurs would make "/admin" of "/static/app/admin".
    """
    path, root_path = scope["path"], scope["root_path"]
    if root_path in path and routed_path(scope) == path:
        scope["path"] = root_path + path


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


_FLASK: Final = (
    "the application is one of Flask, which would go on unprotected; expected one of ASGI: use AzureAdAuth(app) "
    "of azuread_auth.flask"
)
_BROKEN: Final = WebReply(500, (("content-type", "text/plain"), ("content-length", "21")), b"Internal Server Error")
