"""Starting and stopping: lifespan, configuration errors, and scopes that the middleware does not know."""

import pytest
from asgi_lifespan import LifespanManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import SimulatedTenant


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
async def test_R24_the_own_client_is_closed_with_the_application_and_a_shared_one_is_not(is_shared):
    """At shutdown the connections of the client that the middleware has made are closed."""
    with SimulatedTenant() as tenant:
        settings = AzureAdSettings.from_env(tenant.environ())
        client = AsyncAzureAdClient(settings) if is_shared else None
        middleware = AzureAdAuth(Starlette(), None if is_shared else settings, client=client)

        async with LifespanManager(middleware):
            await middleware._client.validate_token(tenant.mint_token())
            assert middleware._client._wiring.http._kept

        assert bool(middleware._client._wiring.http._kept) == is_shared
        await middleware._client.aclose()


WRONG = [
    pytest.param({"public_paths": ("no-slash",)}, "public_paths", id="a pattern"),
    pytest.param({"public_paths": "/healthz"}, "public_paths", id="a text for several"),
    pytest.param({"client": "a client"}, "client=", id="a client that is none"),
]


@pytest.mark.parametrize(("options", "named"), WRONG)
def test_a_configuration_error_is_raised_where_no_loop_runs(tenant, options, named):
    """Constructed when modules are imported, a wrong configuration stops the import."""
    settings = None if "client" in options else tenant.settings()

    with pytest.raises(ConfigurationError, match=named):
        AzureAdAuth(Starlette(), settings, **options)


@pytest.mark.parametrize(("options", "named"), WRONG)
async def test_a_configuration_error_stops_the_start_inside_a_loop(tenant, caplog, options, named):
    """Starlette constructs middleware in the first event: the server's start-up is answered with failure, and why."""
    if "client" not in options:
        options = {"settings": tenant.settings(), **options}
    application = Starlette(middleware=[Middleware(AzureAdAuth, **options)])
    exchange = Exchange({"type": "lifespan.startup"})

    with pytest.raises(ConfigurationError):
        await application({"type": "lifespan", "app": application, "state": {}}, exchange.receive, exchange.send)

    (failure,) = exchange.sent
    assert failure["type"] == "lifespan.startup.failed"
    assert named in failure["message"]
    assert named in caplog.text


def test_a_configuration_error_reaches_a_test_client(tenant):
    """A test whose application cannot start fails at once, and says why."""
    application = Starlette(middleware=[Middleware(AzureAdAuth, settings=tenant.settings(), public_paths="/open")])

    with pytest.raises(ConfigurationError, match="public_paths"), TestClient(application):
        pass


@pytest.mark.parametrize("path", ["/", "/healthz"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_R25_a_configuration_error_without_lifespan_is_500(tenant, caplog, kind, path):
    """Where a server runs no lifespan, every request gets 500, on public paths too, and the log says why."""
    reached = []
    middleware = AzureAdAuth(reached.append, tenant.settings(), public_paths=("/healthz",), optional_paths="/me")
    exchange = Exchange()
    scope = {"type": kind, "method": "GET", "path": path, "headers": [], "extensions": {"websocket.http.response": {}}}

    await middleware(scope, exchange.receive, exchange.send)

    assert [message["type"].removeprefix("websocket.") for message in exchange.sent] == [
        "http.response.start",
        "http.response.body",
    ]
    assert exchange.sent[0]["status"] == 500
    assert not reached
    assert "optional_paths" in caplog.text


def test_R25_without_lifespan_all_is_ready_at_the_first_request(tenant):
    """Nothing depends on lifespan having run: a test client that does not run it gets its answers."""
    application = Starlette(middleware=[Middleware(AzureAdAuth, settings=tenant.settings())])
    client = TestClient(application)

    assert client.get("/").status_code == 401
    assert client.get("/", headers=tenant.headers()).status_code == 404


def test_construction_does_no_input_or_output(simulated_tenant):
    """Nothing is fetched before the first token is there."""
    simulated_tenant.go_down()
    client = TestClient(AzureAdAuth(Starlette(), simulated_tenant.settings()))

    assert client.get("/").status_code == 401
    assert simulated_tenant.request_count() == 0
