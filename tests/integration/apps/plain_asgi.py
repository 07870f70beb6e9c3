"""A plain ASGI application behind the middleware, for every server that speaks ASGI."""

import asyncio
import json
import os

from azuread_auth.asgi import AzureAdAuth

PAUSES = {"/pause": 0.1, "/slow": 0.8}  # in seconds
EVENT_SECONDS = 0.6


async def application(scope, receive, send):
    """Say who calls, slowly or in events where the path asks for it."""
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "websocket":
        await talk(scope, receive, send)
    elif scope["path"] == "/events":
        await stream(send)
    else:
        await asyncio.sleep(PAUSES.get(scope["path"], 0.0))
        await answer(scope, send)


async def live(receive, send):
    """Start and stop when told to."""
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})


async def talk(scope, receive, send):
    """Accept, and echo until the other side hangs up."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"{name_of(scope)} {message['text']}"})


async def stream(send):
    """Server-sent events, for longer than the token of the caller may live."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for number in range(8):
        await send({"type": "http.response.body", "body": f"data: {number}\n\n".encode(), "more_body": True})
        await asyncio.sleep(EVENT_SECONDS)
    await send({"type": "http.response.body", "body": b""})


async def answer(scope, send):
    """What the application was told about the caller."""
    body = json.dumps({"caller": name_of(scope), "path": scope["path"], "pid": os.getpid()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def name_of(scope):
    """The caller's object id."""
    principal = scope["azuread_auth"].principal
    return None if principal is None else principal.object_id


app = AzureAdAuth(application, public_paths=("/healthz", "/static/*"), optional_paths=("/optional",))
