"""Applications whose keys age on command: POST /age?seconds, so that nobody has to wait a day for them to be due."""

import time
from datetime import timedelta

from apps import Asgi, starlette_app
from peers import Trust, fastapi_azure_auth_app
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from azuread_auth import AsyncAzureAdClient
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth.asgi import AzureAdAuth

__all__ = ["ageing_fastapi_azure_auth", "ageing_starlette"]


def ageing_starlette() -> Asgi:
    """Ours, with a monotonic clock of its own."""
    ahead = 0.0

    async def age(request: Request) -> Response:
        nonlocal ahead
        ahead += float(request.url.query)
        return Response()

    client = AsyncAzureAdClient(runtime=AsyncRuntime(monotonic=lambda: time.monotonic() + ahead))
    protected = AzureAdAuth(starlette_app(), client=client)
    return Starlette(routes=[Route("/age", age, methods=["POST"]), Mount("/", protected)])


def ageing_fastapi_azure_auth(trust: Trust) -> Asgi:
    """Theirs, which keeps the time of its last fetch in an attribute."""
    protected = fastapi_azure_auth_app(trust)
    config = protected.state.scheme.openid_config

    async def age(request: Request) -> Response:
        fetched_at = config._config_timestamp  # noqa: SLF001 - there is no public way to make its keys old
        config._config_timestamp = fetched_at - timedelta(seconds=float(request.url.query))  # noqa: SLF001
        return Response()

    return Starlette(routes=[Route("/age", age, methods=["POST"]), Mount("/", protected)])
