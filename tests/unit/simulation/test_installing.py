"""An application as it is, judged by a simulated tenant for a while."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from azuread_auth import wsgi
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.errors import ConfigurationError, TokenRejected
from azuread_auth.ports import Event
from azuread_auth.rejection import RejectionReason
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import SimulatedTenant

_OWN = AzureAdSettings(
    tenant_id="11111111-1111-4111-8111-111111111111", client_id="22222222-2222-4222-8222-222222222222"
)


async def _whoami(request: Request) -> JSONResponse:
    return JSONResponse(request.user.identity)


def _starlette(**options: object) -> Starlette:
    app = Starlette(routes=[Route("/", _whoami), Route("/open", lambda _: JSONResponse("open"))])
    app.add_middleware(AzureAdAuth, public_paths=("/open",), **options)
    return app


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="settings from the environment, which has none"),
        pytest.param({"settings": _OWN}, id="settings given"),
        pytest.param({"client": AsyncAzureAdClient(_OWN)}, id="client given"),
    ],
)
def test_added_middleware_trusts_the_tenant_inside_and_its_own_afterwards(options: dict[str, object]) -> None:
    """The middleware that was added to Starlette accepts the tenant's tokens in the block, keeping its paths."""
    app, tenant = _starlette(**options), SimulatedTenant()
    before = list(app.user_middleware)
    with tenant.installed_in(app):
        client = TestClient(app)
        assert client.get("/", headers=tenant.headers()).status_code == 200
        assert client.get("/").status_code == 401
        assert client.get("/open").json() == "open"
    assert app.user_middleware == before


def test_built_application_serves_its_own_tenant_again() -> None:
    """An application that has served already is given back as it was."""
    own, other = SimulatedTenant(), SimulatedTenant()
    app = _starlette(settings=own.settings())
    client = TestClient(app)
    assert client.get("/", headers=own.headers()).status_code == 200
    with other.installed_in(app):
        assert client.get("/", headers=other.headers()).status_code == 200
        assert client.get("/", headers=own.headers()).status_code == 401
    assert client.get("/", headers=own.headers()).status_code == 200
    assert client.get("/", headers=other.headers()).status_code == 401


def test_wrapped_asgi_application() -> None:
    """A middleware that wraps an application is found behind others."""
    own, other = SimulatedTenant(), SimulatedTenant()
    inner = FastAPI()
    inner.add_api_route("/", lambda: "ok")
    app = CORSMiddleware(AzureAdAuth(inner, own.settings(allowed_clients=None)), allow_origins=["*"])
    client = TestClient(app)
    with other.installed_in(app):
        assert client.get("/", headers=other.headers()).json() == "ok"
    assert client.get("/", headers=other.headers()).status_code == 401
    assert client.get("/", headers=own.headers()).status_code == 200


def test_flask_application() -> None:
    """A WSGI middleware is found around a Flask application."""
    own, other = SimulatedTenant(), SimulatedTenant()
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "ok")
    app.wsgi_app = wsgi.AzureAdAuth(app.wsgi_app, own.settings())  # type: ignore[method-assign]
    with other.installed_in(app):
        assert app.test_client().get("/", headers=other.headers()).text == "ok"
    assert app.test_client().get("/", headers=other.headers()).status_code == 401


def test_rules_of_the_application_stay() -> None:
    """A list of tenants, audiences and the guest rule are the application's also inside the block."""
    tenant = SimulatedTenant()
    own = AzureAdSettings(
        tenant_id="organizations", client_id=_OWN.client_id, tenants={_OWN.tenant_id or ""}, allow_guests=False
    )
    with tenant.installed_in(app := _starlette(settings=own)):
        client = TestClient(app)
        assert client.get("/", headers=tenant.headers()).status_code == 200
        assert client.get("/", headers=tenant.headers(user="robin")).status_code == 403
        assert client.get("/", headers=tenant.headers(audience=_OWN.client_id)).status_code == 200


def test_rule_of_the_application_is_asked_about_other_tenants() -> None:
    """A callable goes on to decide, but for the installed tenant, which is welcome."""
    tenant, asked = SimulatedTenant(), []

    def is_customer(tenant_id: str) -> bool:
        asked.append(tenant_id)
        return False

    own = AzureAdSettings(tenant_id="organizations", client_id=_OWN.client_id, tenants=is_customer)
    with tenant.installed_in(app := _starlette(settings=own)):
        client = TestClient(app)
        assert client.get("/", headers=tenant.headers()).status_code == 200
        assert client.get("/", headers=tenant.headers(tenant_id=_OWN.tenant_id)).status_code == 401
    assert asked == [_OWN.tenant_id]


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(lambda tenant: tenant.fail("key"), id="failure"),
        pytest.param(lambda tenant: tenant.slow_down(5, "tokens"), id="delay"),
        pytest.param(lambda tenant: tenant.request_count("x"), id="count"),
    ],
)
def test_requests_of_a_kind_that_is_none(disturb: Callable[[SimulatedTenant], object]) -> None:
    """A disturbance that would never come about is refused: the test would prove nothing."""
    with pytest.raises(ConfigurationError, match="discovery, keys, token, authorize, devicecode"):
        disturb(SimulatedTenant())


def test_application_without_the_middleware_is_refused() -> None:
    """Where there is nothing to install in, the test would prove nothing: that is an error."""
    with pytest.raises(ConfigurationError, match="no AzureAdAuth"), SimulatedTenant().installed_in(Starlette()):
        pass


def test_principal_is_what_the_application_would_see() -> None:
    """A principal for unit tests has passed the rules of production, in all versions and kinds of authority."""
    tenant = SimulatedTenant()
    user = tenant.principal(scopes=["Files.Read"], user="megan")
    assert (user.kind, user.scopes, user.tenant_id) == ("user", {"Files.Read"}, tenant.tenant_id)
    assert tenant.principal(kind="app", roles=["Jobs"], version=1).roles == {"Jobs"}
    assert tenant.principal(tenant_id=_OWN.tenant_id).tenant_id == _OWN.tenant_id
    b2c = tenant.principal(authority_url=tenant.b2c_authority_url())
    assert b2c.tenant_id == tenant.tenant_id
    assert tenant.principal(authority_url=tenant.external_id_authority_url).kind == "user"
    assert user.token is not None
    assert user.token.reveal().count(".") == 2


def test_spoiled_principal_is_refused() -> None:
    """A principal cannot be had of a token that production would refuse."""
    with pytest.raises(TokenRejected) as refused:
        SimulatedTenant().principal(fault="expired")
    assert refused.value.reason is RejectionReason.EXPIRED


async def _downstream(request: Request) -> JSONResponse:
    azure: AsyncAzureAdClient = request.scope["azuread_auth"].client
    for_user = await azure.acquire_token_on_behalf_of(request.user, "User.Read")
    for_app = await azure.acquire_token_for_app("https://graph.microsoft.com/.default")
    return JSONResponse([for_user.token_type, for_app.token_type, azure.settings.redis_url is None])


def test_outbound_tokens_come_from_the_tenant_too() -> None:
    """Whatever credential and store the application has, inside the block the tenant issues and memory keeps."""
    app, tenant = Starlette(routes=[Route("/", _downstream)]), SimulatedTenant()
    settings = replace(
        _OWN,
        credential=ClientSecret("of production"),
        redis_url="redis://cache.invalid:6379/0",
        encryption_keys=(bytes(32),),
    )
    app.add_middleware(AzureAdAuth, settings=settings)
    with tenant.installed_in(app):
        assert TestClient(app).get("/", headers=tenant.headers()).json() == ["Bearer", "Bearer", True]
    assert tenant.request_count("token") == 2


def test_log_and_metrics_of_a_given_client_stay() -> None:
    """What the application's own client tells is told while the tenant is installed as well."""
    seen: list[str] = []

    class Watching:
        def record(self, event: Event) -> None:
            seen.append(event.name)

    app, tenant = Starlette(routes=[Route("/", _whoami)]), SimulatedTenant()
    app.add_middleware(AzureAdAuth, client=AsyncAzureAdClient(_OWN, observer=Watching()))
    with tenant.installed_in(app):
        assert TestClient(app).get("/", headers=tenant.headers(fault="expired")).status_code == 401
    assert "token.rejected" in seen


@pytest.mark.parametrize("wraps", [False, True], ids=["added", "wrapped around"])
def test_blocks_may_end_in_any_order(wraps: bool) -> None:
    """The last that has not ended counts, and in the end the application has its own settings again."""
    own, first, second = (SimulatedTenant() for _ in range(3))
    inner = Starlette(routes=[Route("/", _whoami)])
    if wraps:
        app = AzureAdAuth(inner, own.settings())
    else:
        app = inner
        app.add_middleware(AzureAdAuth, settings=own.settings())

    def welcome() -> list[int]:
        statuses = [TestClient(app).get("/", headers=each.headers()).status_code for each in (own, first, second)]
        return [index for index, status in enumerate(statuses) if status == 200]

    one, two = first.installed_in(app), second.installed_in(app)
    one.__enter__()
    two.__enter__()
    assert welcome() == [2]
    one.__exit__(None, None, None)
    assert welcome() == [2]
    two.__exit__(None, None, None)
    assert welcome() == [0]


def test_middleware_inside_of_a_handler_is_found() -> None:
    """Handlers keep what they wrap under names of their own, functions among them."""
    app, tenant = Flask("test"), SimulatedTenant()
    app.add_url_rule("/", view_func=lambda: "ok")
    app.wsgi_app = wsgi.AzureAdAuth(app.wsgi_app, _OWN)

    def converted() -> None:
        """What a decorator leaves of a middleware."""

    converted.__wrapped__ = app.wsgi_app

    class Handler:
        def __init__(self) -> None:
            self._middleware_chain = converted

    with tenant.installed_in(Handler()):
        assert app.test_client().get("/", headers=tenant.headers()).status_code == 200
