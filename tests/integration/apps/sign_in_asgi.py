"""A Starlette application with sign-in. Each answer names the worker that gave it."""

import hashlib
import os
import time

from outbound_worker import shared_store
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import Route

from azuread_auth import Account, AsyncAzureAdClient, AzureAdSettings, WebLogin
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth.asgi import AzureAdAuth

AHEAD_SECONDS = float(os.environ["SIGN_IN_CLOCK_AHEAD"])

settings = AzureAdSettings.from_env()
client = AsyncAzureAdClient(
    settings,
    shared_store(settings) if settings.redis_url else None,
    runtime=AsyncRuntime(now=lambda: time.time() + AHEAD_SECONDS),
)


async def who(request):
    """Who is there."""
    return JSONResponse({"caller": request.user.username})


async def orders(request):
    """Which token the user has for the next API."""
    token = await client.acquire_token_for_user(request.user, "api://orders/Orders.Read")
    return JSONResponse({"token": hashlib.sha256(token.reveal().encode()).hexdigest()})


async def end_sessions(request):
    """What the operator does when somebody leaves."""
    await client.end_sessions(Account(settings.tenant_id, request.query_params["user"]))
    return JSONResponse({})


class NamedWorker:
    """Adds the process id to each answer, those of sign-in too."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Answer, with the header."""

        async def named(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-worker"] = str(os.getpid())
            await send(message)

        await self.app(scope, receive, named)


app = Starlette(routes=[Route("/", who), Route("/orders", orders), Route("/operator", end_sessions)])
app.add_middleware(AzureAdAuth, client=client, login=WebLogin.from_env(), public_paths=("/operator", "/healthz"))
app.add_middleware(NamedWorker)
