"""Protects any WSGI application, such as Flask's: `app.wsgi_app = AzureAdAuth(app.wsgi_app)`."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import GeneratorType, MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

from azuread_auth._web.bearer import digest_of
from azuread_auth._web.gate import Gate
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.preflight import is_about_cors
from azuread_auth._web.refusals import ANSWERED, NotAuthenticated
from azuread_auth._web.replies import Problem, ProblemRenderer, WebReply
from azuread_auth._web.session_cookies import is_private
from azuread_auth._web.wsgi_request import as_browsers_ask, form_body, routed_path, web_request
from azuread_auth.client import AzureAdClient, run_blocking
from azuread_auth.errors import AzureAdError, ConfigurationError
from azuread_auth.principal import Principal
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["AzureAdAuth", "Problem", "refusal"]

_NO_CLAIMS: Final[Mapping[str, object]] = MappingProxyType({})


def refusal(error: Exception, environ: "WSGIEnvironment") -> tuple[bytes, int, list[tuple[str, str]]]:
    """What the middleware answers to an error of this package: body, status and headers, as Flask's handlers return it.

    For frameworks that turn exceptions into a 500 before any middleware sees them. `environ` is that of the request.
    An error that the middleware leaves to the application is raised again.
    """
    middleware = environ.get("azuread_auth.middleware")
    if not isinstance(error, (*ANSWERED, NotAuthenticated)) or not isinstance(middleware, AzureAdAuth):
        raise error
    reply = middleware.refusal(error, environ)
    return reply.body, reply.status, [(name.title(), value) for name, value in reply.headers]


class AzureAdAuth:
    """WSGI middleware: every request needs a good bearer token unless its path says otherwise.

    The parameters are those of the ASGI middleware (`azuread_auth.asgi.AzureAdAuth`); `client` is an AzureAdClient.
    The application finds the caller in `environ["azuread_auth.principal"]` (None when anonymous), all claims in
    `environ["azuread_auth.claims"]`, the client in `environ["azuread_auth.client"]` and the caller's identity in
    `REMOTE_USER`, which is absent for an anonymous caller. Works under threads, in forked workers and under gevent.
    Errors that escape from the application are answered as there.

    Raises ConfigurationError at construction.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        settings: AzureAdSettings | None = None,
        *,
        client: AzureAdClient | None = None,
        public_paths: Iterable[str] = (),
        optional_paths: Iterable[str] = (),
        allow_anonymous: bool = False,
        login: WebLogin | None = None,
        resource_metadata: ResourceMetadata | None = None,
        easy_auth: Literal["id_token", "access_token"] | None = None,
        render_problem: ProblemRenderer | None = None,
    ) -> None:
        self.app = app
        self.web_login: Final = login
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

    def _wire(self, client: AzureAdClient, gate: Gate) -> None:
        self._client = client
        self._gate = gate
        self._recall = gate.recall_digest
        self._are_all_paths_alike = gate.rules.is_trivial
        self._routes = gate.routes

    @contextmanager
    def using(self, make_settings: Callable[[AzureAdSettings | None], AzureAdSettings]) -> Generator[None, None, None]:
        """Judge by other settings for a while: for tests. `make_settings` is given the present ones."""
        client, gate = self._client, self._gate
        other = client.with_settings(make_settings(client.settings))
        self._wire(other, gate.for_engine(other.engine))
        try:
            yield
        finally:
            self._wire(client, gate)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Handle one request."""
        if self._routes and routed_path(environ) in self._routes:
            return self._own_route(environ, start_response)
        token = self._plain_token(environ)
        if token is None:
            return self._look_closer(environ, start_response)
        digest = digest_of(token)
        checked = self._recall(digest)
        try:
            known = Principal(checked, token, "bearer", digest) if checked else None
            principal = known or run_blocking(self._gate.admit_new(token, digest))
        except AzureAdError as error:
            token = None  # what reports errors may show the locals of every frame
            return _send_reply(self._gate.reply(error, web_request(environ)), environ, start_response)
        token = None
        return self._run(environ, start_response, principal)

    def _look_closer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = web_request(environ, self._gate.platform_header)
        if self._gate.is_question(request):
            return self._pass_question(environ, start_response)
        try:
            admission = run_blocking(self._gate.admit(request))
        except AzureAdError as error:
            return _send_reply(self._gate.reply(error, request), environ, start_response)
        if admission.is_by_cookie:
            start_response = _for_one_person(start_response, admission.set_cookies)
        return self._run(environ, start_response, admission.principal)

    def _own_route(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        async def read_body() -> bytes:
            return form_body(environ)

        reply = run_blocking(self._gate.reply_at_route(web_request(environ), read_body))
        return _send_reply(reply, environ, start_response)

    def _pass_question(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand on a CORS preflight: without a body, and of the answer only the status and the headers about CORS."""

        def start_without_body(
            status: str, headers: list[tuple[str, str]], error: "OptExcInfo | None" = None, /
        ) -> Callable[[bytes], object]:
            kept = [header for header in headers if is_about_cors(header[0])]
            if not status.startswith("204"):  # RFC 9110 8.6
                kept.append(("Content-Length", "0"))
            start_response(status, kept, error)
            return lambda _: None

        body = self._run(as_browsers_ask(environ), start_without_body, None)
        try:
            for _ in body:
                pass
        finally:
            if isinstance(body, _Closable):
                body.close()
        return [b""]

    def _run(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", principal: Principal | None
    ) -> Iterable[bytes]:
        """Run the application, and answer for it when it refuses the caller by raising."""
        environ["azuread_auth.middleware"] = self
        environ["azuread_auth.client"] = self._client
        environ["azuread_auth.principal"] = principal
        if principal is None:
            environ["azuread_auth.claims"] = _NO_CLAIMS
            environ.pop("REMOTE_USER", None)
        else:
            environ["azuread_auth.claims"] = _ClaimsWhenRead(principal)
            environ["REMOTE_USER"] = principal.identity
        try:
            body = self.app(environ, start_response)
        except ANSWERED as error:
            return self._refused(error, environ, start_response, principal)
        if isinstance(body, GeneratorType):
            return self._watched(body, environ, start_response, principal)
        return body

    def refusal(self, error: AzureAdError, environ: "WSGIEnvironment") -> WebReply:
        """The answer to an error, for the caller of this request."""
        return self._gate.reply(error, web_request(environ), environ.get("azuread_auth.principal"))

    def _refused(
        self,
        error: AzureAdError,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        principal: Principal | None,
    ) -> Iterable[bytes]:
        reply = self._gate.reply(error, web_request(environ), principal)
        return _send_reply(reply, environ, start_response, is_after_error=True)

    def _watched(
        self,
        body: Iterable[bytes],
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        principal: Principal | None,
    ) -> Iterator[bytes]:
        """Answer for an application that is a generator: its first line runs, and may refuse, when it is iterated."""
        try:
            yield from body
        except ANSWERED as error:
            yield from self._refused(error, environ, start_response, principal)

    def _plain_token(self, environ: "WSGIEnvironment") -> bytes | None:
        """The token of a request of the usual form, where credentials count; None where the gate has to look closer."""
        authorization: str = environ.get("HTTP_AUTHORIZATION", "")
        if authorization[:7] != "Bearer ":
            return None
        if not self._are_all_paths_alike and self._gate.rules.access(routed_path(environ)) is Access.PUBLIC:
            return None
        return authorization[7:].encode("latin-1", "replace") if authorization[7:8] != " " else None


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> object: ...


class _ClaimsWhenRead(Mapping[str, object]):
    """A principal's claims, parsed only if the application looks at them."""

    __slots__ = ("_principal",)

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    def __getitem__(self, name: str) -> object:
        return self._principal.claims[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._principal.claims)

    def __len__(self) -> int:
        return len(self._principal.claims)


def _client(settings: AzureAdSettings | None, client: AzureAdClient | None) -> AzureAdClient:
    if client is None:
        return AzureAdClient(settings)
    if settings is not None:
        message = "settings= and client= were both given; a client has settings of its own"
        raise ConfigurationError(message)
    given: object = client
    if not isinstance(given, AzureAdClient):
        message = "client= is not an AzureAdClient; the async client is for the ASGI middleware"
        raise ConfigurationError(message)
    return client


def _for_one_person(start_response: "StartResponse", cookies: tuple[str, ...]) -> "StartResponse":
    """Keep answers that were made for a session out of caches, and renew its cookie when that is due, as for ASGI."""

    def start_privately(
        status: str, headers: list[tuple[str, str]], error: "OptExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        policy = ",".join(value for name, value in headers if name.lower() == "cache-control")
        if not policy:
            headers = [*headers, ("Cache-Control", "no-store")]
        if not policy or is_private(policy):
            headers = [*headers, *(("Set-Cookie", cookie) for cookie in cookies)]
        return start_response(status, headers) if error is None else start_response(status, headers, error)

    return start_privately


def _send_reply(
    reply: WebReply, environ: "WSGIEnvironment", start_response: "StartResponse", *, is_after_error: bool = False
) -> Iterable[bytes]:
    status = f"{reply.status} {reply.reason_phrase}"
    headers = [(name.title(), value) for name, value in reply.headers]
    if is_after_error:
        # PEP 3333: with exc_info this replaces an answer that was begun, or raises when its headers are out.
        start_response(status, headers, sys.exc_info())
    else:
        start_response(status, headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else reply.body]
