"""A Litestar application inside the middleware: guards, events, WebSockets, work for later, and handlers that fail."""

import asyncio
from contextlib import asynccontextmanager, suppress

from litestar import Litestar, Request, Response, WebSocket, get, websocket
from litestar.background_tasks import BackgroundTask
from litestar.exceptions import WebSocketDisconnect
from litestar.response import Stream

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


@asynccontextmanager
async def lifespan(app):
    """Tell that it began."""
    LIFE.append("begun")
    yield


def readers(connection, handler):
    """A guard, for optional paths too."""
    caller = connection.auth.principal
    if caller is None:
        raise PermissionDenied(Scope("Files.Read"))
    Scope("Files.Read").check(caller)


def refused(request: Request, error: AzureAdError) -> Response[bytes]:
    """The middleware's answer."""
    body, status, headers = refusal(error, request.scope)
    return Response(body, status_code=status, headers=dict(headers))


@get("/whoami")
async def whoami(request: Request) -> dict[str, str]:
    """Who calls."""
    return {"caller": request.user.object_id}


@get(["/files", "/optional"], guards=[readers])
async def files(request: Request) -> dict[str, str]:
    """For callers with a scope."""
    return {"caller": request.user.object_id}


@get("/fail/{kind:str}")
async def fail(request: Request, kind: str) -> dict[str, str]:
    """Fail while a token is at hand."""
    caller, authorization = request.user, request.headers.get("authorization")
    if caller and authorization:
        raise FAILURES[kind]
    return {"kind": kind}


@get("/events")
async def events(request: Request) -> Stream:
    """Some lines, one after the other; a caller without the scope is refused in the middle, which is too late."""

    async def lines():
        yield "data: 0\n\n"
        await asyncio.sleep(0.05)
        Scope("Files.Read").check(request.user)
        yield "data: 1\n\n"

    return Stream(lines(), media_type="text/event-stream")


@get("/later")
async def later(request: Request) -> Response[dict[str, bool]]:
    """Answer, and work on with the client of the middleware."""
    client, token = request.auth.client, request.user.token

    async def work():
        await asyncio.sleep(0.05)
        DONE.append((await client.validate_token(token)).object_id)

    return Response({"accepted": True}, background=BackgroundTask(work))


@get("/healthz")
async def healthz() -> dict[str, list[str]]:
    """What was done."""
    return {"done": DONE, "life": LIFE}


async def until_closed(socket):
    """Wait for the other side to hang up: clients may lose what comes right before an end."""
    with suppress(WebSocketDisconnect):
        await socket.receive_text()


@websocket("/ws")
async def talk(socket: WebSocket) -> None:
    """Accept, and echo once."""
    await socket.accept()
    await socket.send_text(f"{socket.user.object_id} {await socket.receive_text()}")
    await until_closed(socket)


@websocket("/ws/files", guards=[readers])
async def talk_of_files(socket: WebSocket) -> None:
    """For callers with a scope."""
    await socket.accept()
    await socket.send_text("files")
    await until_closed(socket)


@websocket("/ws/late")
async def refuse_late(socket: WebSocket) -> None:
    """Accept, and refuse then."""
    await socket.accept()
    Scope("Files.Read").check(socket.user)
    await socket.send_text("files")
    await socket.close()


litestar = Litestar(
    [whoami, files, fail, events, later, healthz, talk, talk_of_files, refuse_late],
    exception_handlers={AzureAdError: refused},
    lifespan=[lifespan],
)
app = AzureAdAuth(litestar, public_paths=("/healthz",), optional_paths=("/optional",))
