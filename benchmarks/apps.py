"""The bare applications, and what calls them as a server would. Knows no authentication."""

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = ["DOCUMENT", "Asgi", "Receive", "Send", "asgi_round", "fastapi_app", "headers_with", "starlette_app"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

DOCUMENT = {"id": 1, "name": "report", "tags": ["draft", "finance"]}


def starlette_app() -> Starlette:
    async def report(_request: Request) -> JSONResponse:
        return JSONResponse(DOCUMENT)

    return Starlette(routes=[Route("/reports/1", report)])


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.get("/reports/1")
    async def report() -> dict[str, object]:
        return dict(DOCUMENT)

    return app


def headers_with(token: str) -> list[tuple[bytes, bytes]]:
    """Ten headers, as a browser behind a proxy sends them."""
    return [
        (b"host", b"api.example.com"),
        (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        (b"accept", b"application/json"),
        (b"accept-language", b"en-GB,en;q=0.5"),
        (b"accept-encoding", b"gzip, deflate, br"),
        (b"authorization", b"Bearer " + token.encode()),
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x-forwarded-proto", b"https"),
        (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        (b"connection", b"keep-alive"),
    ]


def _scope(token: str) -> dict[str, Any]:
    """What uvicorn gives an application; each request has one of its own, since applications write into it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 54321),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/reports/1",
        "raw_path": b"/reports/1",
        "query_string": b"",
        "headers": headers_with(token),
        "state": {},
    }


async def asgi_round(app: Asgi, tokens: Sequence[str]) -> float:
    """Seconds per request of an application that answers one request for each of the tokens with 200."""
    scopes = [_scope(token) for token in tokens]
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    started_at = time.process_time()
    for scope in scopes:
        await app(scope, receive, send)
    seconds = time.process_time() - started_at
    statuses = {message["status"] for message in messages if message["type"] == "http.response.start"}
    if statuses != {200}:
        message = f"the application answered {sorted(statuses)}; expected 200 alone"
        raise RuntimeError(message)
    return seconds / len(scopes)
