"""What goes in and out with a preflight of a path that needs credentials: no body, and of headers those about CORS."""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth import asgi, wsgi
from azuread_auth.simulation import SimulatedTenant

_HEADERS = [(b"origin", b"https://evil.example"), (b"access-control-request-method", b"POST")]


OVERRIDES = {"X-HTTP-Method-Override": "DELETE", "X-Method": "DELETE", "Cookie": "session=1", "X-Api-Key": "1"}
ASKED = {
    "Origin": "https://evil.example",
    "Access-Control-Request-Method": "DELETE",
    "Access-Control-Request-Headers": "authorization",
    "Sec-Fetch-Mode": "cors",
}


async def test_T14_no_header_makes_another_method_of_it() -> None:
    """Inside arrives what browsers send alone, so that no override of the method runs a handler for nobody (ASGI)."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    async def unused(*_: Any) -> Any:
        raise AssertionError

    headers = [(name.lower().encode(), value.encode()) for name, value in (OVERRIDES | ASKED).items()]
    scope = {"type": "http", "method": "OPTIONS", "path": "/", "query_string": b"_method=DELETE", "headers": headers}
    await asgi.AzureAdAuth(app, SimulatedTenant().settings())(scope, unused, unused)
    assert seen[0]["query_string"] == b""
    assert seen[0]["headers"] == [(name.lower().encode(), value.encode()) for name, value in ASKED.items()]
    assert scope["query_string"] == b"_method=DELETE"  # what logs outside show


def test_T14_no_variable_makes_another_method_of_it() -> None:
    """The same over WSGI."""
    seen: list[dict[str, Any]] = []
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (OVERRIDES | ASKED).items()}
    environ |= {"REQUEST_METHOD": "OPTIONS", "QUERY_STRING": "_method=DELETE"}
    setup_testing_defaults(environ)
    middleware = wsgi.AzureAdAuth(lambda environ, _: seen.append(environ) or [], SimulatedTenant().settings())  # type: ignore[func-returns-value]
    middleware(environ, lambda _status, _headers, _error=None: None)
    got = {name for name in seen[0] if name.startswith("HTTP_")}
    assert got == {"HTTP_HOST", *(f"HTTP_{name.upper().replace('-', '_')}" for name in ASKED)}
    assert seen[0]["QUERY_STRING"] == ""
    assert environ["QUERY_STRING"] == "_method=DELETE"


async def test_T14_asgi_application_that_ignores_the_method() -> None:
    """It reads an empty body and then the end of the connection; its answer comes without content."""
    seen: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []
    incoming = [
        {"type": "http.request", "body": b"delete=everything", "more_body": True},
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        seen.extend([await receive(), await receive()])
        headers = [(b"content-length", b"12"), (b"access-control-allow-origin", b"*"), (b"set-cookie", b"secret=1")]
        headers += [(b"Location", b"/secret"), (b"Vary", b"origin"), (b"x-deleted", b"everything")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"secret", "more_body": True})
        await send({"type": "http.response.body", "body": b"secret"})

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "OPTIONS", "path": "/", "headers": _HEADERS}
    await asgi.AzureAdAuth(app, SimulatedTenant().settings())(scope, receive, send)
    assert seen == [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    assert sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"access-control-allow-origin", b"*"), (b"Vary", b"origin"), (b"content-length", b"0")],
        },
        {"type": "http.response.body", "body": b""},
    ]


@pytest.mark.parametrize("is_generator", [False, True])
def test_T14_wsgi_application_that_ignores_the_method(*, is_generator: bool) -> None:
    """It reads an empty body; its answer comes without content, and is closed."""
    seen: list[bytes] = []
    closed: list[bool] = []
    started: list[tuple[str, list[tuple[str, str]]]] = []

    class Body:
        def __iter__(self) -> Any:
            return iter([b"secret"])

        def close(self) -> None:
            closed.append(True)

    def generator(environ: Any, start_response: Any) -> Any:
        seen.append(environ["wsgi.input"].read())
        headers = [("Content-Length", "6"), ("Access-Control-Allow-Origin", "*"), ("Set-Cookie", "secret=1")]
        start_response("200 OK", [*headers, ("Location", "/secret"), ("Allow", "GET")])(b"secret")
        yield b"secret"

    def plain(environ: Any, start_response: Any) -> Any:
        for _ in generator(environ, start_response):
            pass
        return Body()

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "OPTIONS",
        "HTTP_ORIGIN": "https://evil.example",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(b"delete=everything"),
        "CONTENT_LENGTH": "17",
    }
    setup_testing_defaults(environ)
    middleware = wsgi.AzureAdAuth(generator if is_generator else plain, SimulatedTenant().settings())
    body = b"".join(middleware(environ, lambda status, headers, _error=None: started.append((status, headers))))
    assert (seen, body, closed) == ([b""], b"", [] if is_generator else [True])
    assert started == [("200 OK", [("Access-Control-Allow-Origin", "*"), ("Allow", "GET"), ("Content-Length", "0")])]


@pytest.mark.parametrize(("status", "has_length"), [(200, True), (204, False)])
async def test_T14_length_of_no_content(status: int, *, has_length: bool) -> None:
    """An answer of 204 has no content-length (RFC 9110 8.6); others say that nothing follows."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "OPTIONS", "path": "/", "headers": _HEADERS}
    await asgi.AzureAdAuth(app, SimulatedTenant().settings())(scope, send, send)
    assert (sent[0]["headers"] == [(b"content-length", b"0")]) is has_length

    def plain(_environ: Any, start_response: Any) -> Any:
        start_response(f"{status} Whatever", [])
        return []

    started: list[Any] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "OPTIONS",
        "HTTP_ORIGIN": "https://spa.example",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    }
    setup_testing_defaults(environ)
    middleware = wsgi.AzureAdAuth(plain, SimulatedTenant().settings())
    middleware(environ, lambda _status, headers, _error=None: started.extend(headers))
    assert (started == [("Content-Length", "0")]) is has_length


def test_T14_websocket_is_no_preflight() -> None:
    """A WebSocket handshake is protected, whatever else its scope says."""

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "method": "OPTIONS", "path": "/", "headers": _HEADERS}
    call = asgi.AzureAdAuth(app, SimulatedTenant().settings())(scope, receive, send)
    with pytest.raises(StopIteration):
        call.send(None)
    assert sent == [{"type": "websocket.close", "code": 1008}]
