"""The application under load, on an event loop. Each answer names the worker that gave it."""

import os

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from azuread_auth import AccessToken, AsyncAzureAdClient, WebLogin
from azuread_auth.asgi import AzureAdAuth
from benchmarks.soak.worker_facts import READ, owner_of, worker_facts

client = AsyncAzureAdClient()


async def caller(request: Request) -> JSONResponse:
    return JSONResponse({"caller": request.user.object_id})


async def downstream(request: Request) -> JSONResponse:
    token = await client.acquire_token_on_behalf_of(request.user, READ)
    return _with_token(request, token)


async def orders(request: Request) -> JSONResponse:
    token = await client.acquire_token_for_user(request.user, READ)
    return _with_token(request, token)


def _with_token(request: Request, token: AccessToken) -> JSONResponse:
    return JSONResponse({"caller": request.user.object_id, "token_of": owner_of(token)})


async def facts(_: Request) -> JSONResponse:
    return JSONResponse(worker_facts())


class NamedWorker:
    """Adds the process id to each answer, those of the middleware too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-worker"] = str(os.getpid())
            await send(message)

        await self._app(scope, receive, named)


app = Starlette(
    routes=[
        Route("/caller", caller),
        Route("/downstream", downstream),
        Route("/page", caller),
        Route("/orders", orders),
        Route("/facts", facts),
    ]
)
app.add_middleware(
    AzureAdAuth, client=client, login=WebLogin.from_env(session_store="client"), public_paths=("/facts",)
)
app.add_middleware(NamedWorker)
