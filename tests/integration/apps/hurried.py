"""The plain applications on a clock that runs an hour in each second, so that keys come due while tests look on."""

import time

from plain_asgi import application as asgi_application
from plain_wsgi import application as wsgi_application

from azuread_auth import asgi, wsgi
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient

RATE = 3600.0


def hurried_monotonic():
    """Seconds of a clock that nobody can wait for."""
    return time.monotonic() * RATE


asgi_client = AsyncAzureAdClient(runtime=AsyncRuntime(monotonic=hurried_monotonic))


async def closing_application(scope, receive, send):
    """Who shares a client closes it: here, when the server stops."""
    await asgi_application(scope, receive, send)
    if scope["type"] == "lifespan":
        await asgi_client.aclose()


asgi_app = asgi.AzureAdAuth(closing_application, client=asgi_client)
wsgi_app = wsgi.AzureAdAuth(
    wsgi_application, client=AzureAdClient(runtime=BlockingRuntime(monotonic=hurried_monotonic))
)
