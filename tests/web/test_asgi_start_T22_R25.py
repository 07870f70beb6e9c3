"""Starting and stopping: lifespan, configuration errors, and scopes that the middleware does not know."""

import asyncio

import pytest
from asgi_lifespan import LifespanManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings

WRONG = {"public_paths": ("no-slash",)}


class Exchange:
    """One scope of a plain application: what it was sent, and what it sent."""

    def __init__(self, *received):
        self.received = list(received)
        self.sent = []
        self.scopes = []

    async def application(self, scope, receive, send):
        self.scopes.append((scope, receive, send))

    async def receive(self):
        return self.received.pop(0)

    async def send(self, message):
        self.sent.append(message)


@pytest.mark.parametrize("kind", ["http.response.trailers", "webtransport", "mqtt", "telemetry"])
async def test_T22_unknown_scopes_pass_untouched(tenant, kind):
    """Scope, receive and send of an unknown type reach the application as the very objects they were."""
    exchange = Exchange()
    scope = {"type": kind, "headers": [(b"authorization", b"Bearer x")]}

    await AzureAdAuth(exchange.application, tenant.settings())(scope, exchange.receive, exchange.send)

    ((seen, receive, send),) = exchange.scopes
    assert seen is scope
    assert (receive, send) == (exchange.receive, exchange.send)
    assert scope == {"type": kind, "headers": [(b"authorization", b"Bearer x")]}


async def test_T22_lifespan_passes_and_is_not_authenticated(tenant):
    """An application's start-up and shutdown run inside the middleware, with their state."""
    events = []

    async def application(scope, receive, send):
        scope["state"]["pool"] = "open"
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            events.append(step)
            await send({"type": f"lifespan.{step}.complete"})

    async with LifespanManager(AzureAdAuth(application, tenant.settings())) as manager:
        assert manager._state == {"pool": "open"}
        assert events == ["startup"]

    assert events == ["startup", "shutdown"]


async def test_an_application_without_lifespan_may_say_so(tenant):
    """What an application raises at a lifespan scope reaches the server, which then serves without."""

    async def application(scope, receive, send):
        assert scope["type"] == "http"

    with pytest.raises(AssertionError):
        await AzureAdAuth(application, tenant.settings())({"type": "lifespan"}, None, None)


@pytest.mark.parametrize("is_shared", [False, True])
async def test_R24_the_own_client_is_closed_with_the_application_and_a_shared_one_is_not(tenant, is_shared):
    """At shutdown the middleware closes the client it has made."""

    class NotingClient(AsyncAzureAdClient):
        closed = 0

        async def aclose(self):
            self.closed += 1
            await super().aclose()

    class NotingMiddleware(AzureAdAuth):
        pass

    client = NotingClient(tenant.settings())
    middleware = NotingMiddleware(Starlette(), client=client)
    middleware._owns_client = not is_shared

    async with LifespanManager(middleware):
        assert client.closed == 0

    assert client.closed == (not is_shared)


@pytest.mark.parametrize("options", [WRONG, {"settings": None}])
def test_a_configuration_error_is_raised_where_no_loop_runs(options, monkeypatch_free_environment):
    """Constructed at import time, a wrong configuration stops the import."""
    with pytest.raises(ConfigurationError):
        AzureAdAuth(Starlette(), **options)
