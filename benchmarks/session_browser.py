"""A browser without network: puts requests to an ASGI or a WSGI application, keeps cookies, and signs in."""

import io
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from apps import Asgi, Message

from azuread_auth.simulation import SimulatedTenant, SimulatedUser

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["BASE_URL", "Asked", "Browser", "Put", "Reply", "asgi_replies", "wsgi_replies"]

BASE_URL = "https://app.example.com"


class Asked(NamedTuple):
    """A request of a browser."""

    address: str
    """The path, with the query."""
    cookies: str


class Reply(NamedTuple):
    """What came back; header names in lower case."""

    status: int
    headers: list[tuple[str, str]]

    def header(self, name: str) -> str:
        return ", ".join(value for each, value in self.headers if each == name)


Put = Callable[[Sequence[Asked]], tuple[list[Reply], float]]
"""Puts requests to an application one after the other; gives the answers, and the seconds that all of them took."""


class Browser:
    """Keeps whatever cookies an application sets."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._cookies: dict[str, str] = {}

    @property
    def cookies(self) -> str:
        """The value of the Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, address: str) -> tuple[Reply, float]:
        """The answer, and the seconds that it took."""
        (reply,), seconds = self._put([Asked(address, self.cookies)])
        for name, value in reply.headers:
            if name == "set-cookie":
                self._take(value)
        return reply, seconds

    def _take(self, set_cookie: str) -> None:
        pair, _, flags = set_cookie.partition(";")
        name, _, value = pair.partition("=")
        if "max-age=0" in flags.lower():
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = value

    def callback_address(self, tenant: SimulatedTenant) -> str:
        """Begin to sign in, and do what there is to do at the provider; gives the address of the way back."""
        location = self.get("/auth/login")[0].header("location")
        return f"/auth/callback?{urlencode(tenant.sign_in(location, _somebody()))}"

    def sign_in(self, tenant: SimulatedTenant) -> None:
        self.come_back(self.callback_address(tenant))

    def come_back(self, address: str) -> float:
        """Follow the way back; gives the seconds that the application took."""
        reply, seconds = self.get(address)
        if (reply.status, reply.header("location")) != (303, "/"):
            message = f"the callback answered {reply.status}; expected a redirect into the application"
            raise RuntimeError(message)
        return seconds


def _somebody() -> SimulatedUser:
    """Nobody has thousands of sessions at once."""
    number = str(uuid4())
    return SimulatedUser(object_id=number, name="Adele Vance", username=f"{number[:8]}@contoso.onmicrosoft.com")


async def asgi_replies(app: Asgi, requests: Sequence[Asked]) -> tuple[list[Reply], float]:
    """The answers of an ASGI application, and the seconds that all of them took."""
    scopes = [_scope(request) for request in requests]
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    started_at = time.process_time()
    for scope in scopes:
        await app(scope, receive, send)
    seconds = time.process_time() - started_at
    starts = [message for message in messages if message["type"] == "http.response.start"]
    return [Reply(start["status"], _decoded(start["headers"])) for start in starts], seconds


def wsgi_replies(app: "WSGIApplication", requests: Sequence[Asked]) -> tuple[list[Reply], float]:
    """The answers of a WSGI application, and the seconds that all of them took."""
    environs = [_environ(request) for request in requests]
    starts: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], None]:
        starts.append((status, headers))
        return lambda _data: None

    started_at = time.process_time()
    for environ in environs:
        body: Iterable[bytes] = app(environ, start_response)
        b"".join(body)
        close = getattr(body, "close", None)
        if close is not None:
            close()
    seconds = time.process_time() - started_at
    replies = [Reply(int(status[:3]), [(name.lower(), value) for name, value in headers]) for status, headers in starts]
    return replies, seconds


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode("latin-1")) for name, value in headers]


def _headers(request: Asked) -> list[tuple[str, str]]:
    """Ten headers, as a browser sends them when somebody follows a link of the site."""
    return [
        ("host", urlsplit(BASE_URL).netloc),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "en-GB,en;q=0.5"),
        ("accept-encoding", "gzip, deflate, br"),
        ("cookie", request.cookies),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("connection", "keep-alive"),
    ]


def _scope(request: Asked) -> dict[str, Any]:
    """What uvicorn gives an application; each request has one of its own, since applications write into it."""
    path, _, query = request.address.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 54321),
        "scheme": "https",
        "method": "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in _headers(request)],
        "state": {},
    }


def _environ(request: Asked) -> dict[str, Any]:
    """What gunicorn gives an application."""
    path, _, query = request.address.partition("?")
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in _headers(request)}
    return headers | {
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "https",
        "SERVER_SOFTWARE": "gunicorn/27.0.1",
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": query,
        "RAW_URI": request.address,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "54321",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
    }
