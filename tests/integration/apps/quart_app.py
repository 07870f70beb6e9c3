"""A Quart application inside the middleware: checks, events, WebSockets, work for later, and views that fail."""

import asyncio

from quart import Quart, Response, has_request_context, request, websocket

from azuread_auth import AzureAdError, ClaimsChallenge, ClientRejected, PermissionDenied, Scope, Throttled
from azuread_auth.asgi import AzureAdAuth, refusal

FAILURES = {
    "unexpected": RuntimeError("unexpected"),
    "rejected": ClientRejected("the secret has expired", error="invalid_client"),
    "throttled": Throttled("too many", error="temporarily_unavailable", retry_after=7),
    "challenge": ClaimsChallenge(acrs="c1"),
}
DONE = []
LIFE = []

app = Quart(__name__)
app.asgi_app = AzureAdAuth(app.asgi_app, public_paths=("/healthz",), optional_paths=("/optional",))


def scope():
    """That of the present request or WebSocket."""
    return request.scope if has_request_context() else websocket.scope


def reader():
    """The caller, who must have a scope; on optional paths too."""
    caller = scope()["azuread_auth"].principal
    if caller is None:
        raise PermissionDenied(Scope("Files.Read"))
    Scope("Files.Read").check(caller)
    return caller


@app.errorhandler(AzureAdError)
async def refused(error):
    """The middleware's answer."""
    return refusal(error, scope())


@app.while_serving
async def lifespan():
    """Tell that it began."""
    LIFE.append("begun")
    yield


@app.get("/whoami")
async def whoami():
    """Who calls."""
    return {"caller": scope()["user"].object_id}


@app.get("/files")
@app.get("/optional")
async def files():
    """For callers with a scope."""
    return {"caller": reader().object_id}


@app.get("/fail/<kind>")
async def fail(kind):
    """Fail while a token is at hand."""
    caller, authorization = scope()["user"], request.headers.get("authorization")
    if caller and authorization:
        raise FAILURES[kind]
    return {"kind": kind}


@app.get("/events")
async def events():
    """Some lines, one after the other; a caller without the scope is refused in the middle, which is too late."""
    caller = scope()["user"]

    async def lines():
        yield b"data: 0\n\n"
        await asyncio.sleep(0.05)
        Scope("Files.Read").check(caller)
        yield b"data: 1\n\n"

    return Response(lines(), content_type="text/event-stream")


@app.get("/later")
async def later():
    """Answer, and work on with the client of the middleware."""
    client, token = scope()["azuread_auth"].client, scope()["user"].token

    async def work():
        await asyncio.sleep(0.05)
        DONE.append((await client.validate_token(token)).object_id)

    app.add_background_task(work)
    return {"accepted": True}


@app.get("/healthz")
async def healthz():
    """What was done."""
    return {"done": DONE, "life": LIFE}


@app.websocket("/ws")
async def talk():
    """Accept, and echo once."""
    await websocket.accept()
    await websocket.send(f"{scope()['user'].object_id} {await websocket.receive()}")
    await websocket.receive()  # until the other side hangs up: clients may lose what comes right before an end


@app.websocket("/ws/files")
async def talk_of_files():
    """For callers with a scope."""
    reader()
    await websocket.accept()
    await websocket.send("files")
    await websocket.receive()


@app.websocket("/ws/late")
async def refuse_late():
    """Accept, and refuse then."""
    await websocket.accept()
    reader()
    await websocket.send("files")
