"""What tests of the middlewares share: doors, which put the same request to the ASGI and to the WSGI middleware."""

import asyncio
import io
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from azuread_auth import asgi, wsgi
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.simulation import SimulatedTenant

Header = tuple[str, bytes]
AnyClient = AsyncAzureAdClient | AzureAdClient

REFUSALS: Final = {
    "401c": (401, "Bearer"),
    "401t": (
        401,
        (
            'Bearer error="invalid_token", '
            'error_description="the access token is expired, malformed or not meant for this resource"'
        ),
    ),
    "400r": (400, 'Bearer error="invalid_request", error_description="the Authorization header is malformed"'),
    "403s": (
        403,
        (
            'Bearer error="insufficient_scope", '
            'error_description="the access token does not carry the permission that this resource needs"'
        ),
    ),
    "503": (503, None),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for each, value in self.headers if each == name]
        assert len(values) <= 1
        return values[0] if values else None

    def assert_is(self, code: str) -> None:
        """Check for "OK", or for one of the refusals with everything that each refusal has."""
        if code == "OK":
            assert (self.status, self.body) == (200, b"reached")
            return
        assert (self.status, self.header("www-authenticate")) == REFUSALS[code]
        assert self.header("cache-control") == "no-store"
        assert self.header("x-content-type-options") == "nosniff"
        assert (self.header("retry-after") is not None) == (code == "503")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is put to a middleware."""

    path: str
    headers: tuple[Header, ...]
    method: str = "GET"
    query: str = ""
    mount: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What the application saw of one request."""

    path: str
    principal: Any
    claims: Any
    client: Any


@dataclass
class Body:
    """A request body, and how often somebody asked for it."""

    content: bytes = b""
    reads: int = 0

    async def receive(self) -> dict[str, Any]:
        self.reads += 1
        return {"type": "http.request", "body": self.content, "more_body": False}


class Door(ABC):
    """A middleware around an application that notes its visitors, and the way to put plain requests to it.

    `behave` is run by the application for each visitor before it answers, and may raise.
    """

    own_client: ClassVar[type[AnyClient]]
    other_client: ClassVar[type[AnyClient]]

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.behave: Callable[[Visit], None] = lambda _visit: None
        self.body = Body()

    def ask(self, path: str = "/", *headers: Header, body: bytes = b"", **line: str) -> Answer:
        """Put a request; `path` is percent-encoded and begins with `mount`. `line`: method, query, mount."""
        self.body = Body(body)
        return self._put(Request(path=path, headers=headers, **line))

    @abstractmethod
    def _put(self, request: Request) -> Answer: ...

    def ask_with(self, token: str, path: str = "/", **request: Any) -> Answer:
        """Put a request with a bearer token."""
        return self.ask(path, ("authorization", f"Bearer {token}".encode()), **request)


class AsgiDoor(Door):
    own_client, other_client = AsyncAzureAdClient, AzureAdClient

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.middleware = asgi.AzureAdAuth(self._application, **options)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        auth = scope["azuread_auth"]
        visit = Visit(path=scope["path"], principal=auth.principal, claims=auth.claims, client=auth.client)
        self.visits.append(visit)
        self.behave(visit)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"reached"})

    def _put(self, request: Request) -> Answer:
        scope = {
            "type": "http",
            "method": request.method,
            "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
            "raw_path": request.path.encode(),
            "root_path": request.mount,
            "query_string": request.query.encode(),
            "headers": [(name.lower().encode(), value) for name, value in request.headers],
        }
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        # A new event loop each time, as test clients have it.
        asyncio.run(self.middleware(scope, self.body.receive, send))
        start, end = sent
        assert (start["type"], end["type"]) == ("http.response.start", "http.response.body")
        assert all(name == name.lower() for name, _ in start["headers"])
        return Answer(
            status=start["status"],
            headers=tuple((name.decode(), value.decode("latin-1")) for name, value in start["headers"]),
            body=end["body"],
        )


class _Input(io.BytesIO):
    """A WSGI input that counts how often it is read."""

    def __init__(self, body: Body) -> None:
        super().__init__(body.content)
        self._body = body

    def read(self, size: int | None = -1, /) -> bytes:
        self._body.reads += 1
        return super().read(size)


@dataclass
class _Response:
    """`start_response` of a server that sends nothing before the first part of the body is there."""

    begun: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    has_sent: bool = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        if exc_info is not None and self.has_sent:
            raise exc_info[1]
        assert exc_info is not None or not self.begun
        self.begun.append((status, headers))
        return lambda _data: None

    def read(self, parts: Any) -> bytes:
        received = []
        try:
            for part in parts:
                self.has_sent = self.has_sent or bool(part)
                received.append(part)
        finally:
            parts.close()
        return b"".join(received)


class WsgiDoor(Door):
    """Both sides of the middleware are watched by the standard library's validator of PEP 3333."""

    own_client, other_client = AzureAdClient, AsyncAzureAdClient

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.middleware = wsgi.AzureAdAuth(validator(self._application), **options)

    def _application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        visit = Visit(
            path=environ["PATH_INFO"].encode("latin-1").decode(),
            principal=environ["azuread_auth.principal"],
            claims=environ["azuread_auth.claims"],
            client=environ["azuread_auth.client"],
        )
        self.visits.append(visit)
        self.behave(visit)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"reached"]

    def _put(self, request: Request) -> Answer:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": request.mount,
            "PATH_INFO": unquote_to_bytes(request.path.removeprefix(request.mount)).decode("latin-1"),
            "QUERY_STRING": request.query,
            "wsgi.input": _Input(self.body),
        }
        setup_testing_defaults(environ)
        for name, value in request.headers:
            key = f"HTTP_{name.upper().replace('-', '_')}"
            # As gunicorn joins what comes twice.
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
        response = _Response()
        received = response.read(validator(self.middleware)(environ, response.start))
        status, sent_headers = response.begun[-1]
        return Answer(
            status=int(status[:3]),
            headers=tuple((name.lower(), value) for name, value in sent_headers),
            body=received,
        )


@pytest.fixture(scope="session")
def tenant() -> Iterator[SimulatedTenant]:
    """A tenant that all tests share: not to be disturbed; `simulated_tenant` is."""
    with SimulatedTenant() as shared:
        yield shared


@pytest.fixture(params=[AsgiDoor, WsgiDoor], ids=["asgi", "wsgi"])
def kind_of_door(request: pytest.FixtureRequest) -> type[Door]:
    """One kind of door after the other."""
    return request.param


@pytest.fixture
def make_door(kind_of_door: type[Door], tenant: SimulatedTenant) -> Callable[..., Door]:
    """Makes a door of one kind: the arguments are the middleware's, and the settings those of `tenant`."""

    def make(**options: Any) -> Door:
        if "settings" not in options and "client" not in options:
            options["settings"] = tenant.settings()
        return kind_of_door(**options)

    return make


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    """A door with the strictest settings: the defaults."""
    return make_door()


@pytest.fixture
def doors(tenant: SimulatedTenant) -> tuple[Door, Door]:
    """One of each kind with the same settings, to compare their answers."""
    return AsgiDoor(settings=tenant.settings()), WsgiDoor(settings=tenant.settings())


@pytest.fixture
def is_logged(caplog: pytest.LogCaptureFixture) -> Callable[[str], bool]:
    """Whether a text, or one of the parts of a token, is anywhere in the log; all of it counts, down to DEBUG."""
    caplog.set_level(logging.DEBUG)

    def look(text: str) -> bool:
        logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
        return any(part in logged for part in (text, *text.split(".")) if len(part) >= 8)

    return look
