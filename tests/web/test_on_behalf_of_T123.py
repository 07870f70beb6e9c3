"""The whole way: a caller's token, on-behalf-of at a tenant that demands things, and what the caller is answered."""

import base64
import json
from typing import Annotated, Any
from wsgiref.util import setup_testing_defaults

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from azuread_auth import AccessToken, asgi, wsgi
from azuread_auth.errors import ClientRejected
from azuread_auth.fastapi import app_token, user_token

READ = "https://graph.microsoft.com/User.Read"
CP1 = {"xms_cc": ["cp1"]}


def starlette_app(settings):
    """A route that asks for the token by hand."""

    async def route(request):
        token = await request.scope["azuread_auth"].client.acquire_token_on_behalf_of(request.user, READ)
        return PlainTextResponse(token.reveal())

    return Starlette(routes=[Route("/", route)], middleware=[Middleware(asgi.AzureAdAuth, settings=settings)])


def add_routes(app):
    """Routes with dependencies."""

    @app.get("/", response_class=PlainTextResponse)
    async def for_user(token: Annotated[AccessToken, Depends(user_token(READ))]):
        return token.reveal()

    @app.get("/app", response_class=PlainTextResponse)
    async def for_app(token: Annotated[AccessToken, Depends(app_token("https://graph.microsoft.com/.default"))]):
        return token.reveal()

    return app


def fastapi_app(settings):
    """The routes behind the middleware."""
    app = add_routes(FastAPI())
    app.add_middleware(asgi.AzureAdAuth, settings=settings)
    return app


def mounting_app(settings):
    """The routes in an application that another mounts."""
    app = FastAPI()
    app.mount("/", add_routes(FastAPI()))
    app.add_middleware(asgi.AzureAdAuth, settings=settings)
    return app


class AsgiSite:
    """An ASGI application, and a way to ask it."""

    def __init__(self, make_app, tenant):
        self.client = TestClient(make_app(tenant.settings()))

    def ask(self, headers):
        """Status, headers and body of the answer to a GET."""
        answer = self.client.get("/", headers=headers)
        return answer.status_code, answer.headers, answer.text


class WsgiSite:
    """A WSGI application that asks for the token by hand, and a way to ask it."""

    def __init__(self, tenant):
        self.middleware = wsgi.AzureAdAuth(self._application, tenant.settings())

    @staticmethod
    def _application(environ, start_response):
        client, principal = environ["azuread_auth.client"], environ["azuread_auth.principal"]
        token = client.acquire_token_on_behalf_of(principal, READ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [token.reveal().encode()]

    def ask(self, headers):
        """Status, headers and body of the answer to a GET."""
        environ: dict[str, Any] = {"HTTP_AUTHORIZATION": headers["Authorization"]}
        setup_testing_defaults(environ)
        started: list[Any] = []
        body = b"".join(self.middleware(environ, lambda *line: started.append(line)))
        status, sent = started[-1][:2]
        return int(status[:3]), {name.lower(): value for name, value in sent}, body.decode()


@pytest.fixture(params=["starlette", "fastapi", "mounted", "wsgi"])
def site(request, simulated_tenant):
    """One kind of application after the other, and a tenant of its own."""
    if request.param == "wsgi":
        return WsgiSite(simulated_tenant)
    makers = {"starlette": starlette_app, "fastapi": fastapi_app, "mounted": mounting_app}
    return AsgiSite(makers[request.param], simulated_tenant)


def claims_of(token):
    """What a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_each_caller_gets_a_token_of_their_own(site, simulated_tenant):
    """By turns, from the cache or not, a user's token for the next API is that user's."""
    headers = {user: simulated_tenant.headers(user=user) for user in ("adele", "megan")}

    for user in ("adele", "megan", "adele", "megan"):
        status, _, token = site.ask(headers[user])

        claims = claims_of(token)
        assert status == 200
        assert claims["oid"] == simulated_tenant.principal(user=user).object_id
        assert "User.Read" in claims["scp"].split()


def test_T123_a_demand_for_more_reaches_the_client_and_can_be_met(site, simulated_tenant):
    """The claims that the tenant demands come in the challenge; a token that was got with them opens the way."""
    simulated_tenant.require_mfa(READ)

    status, headers, _ = site.ask(simulated_tenant.headers(claims=CP1))

    assert status == 401
    challenge = headers["www-authenticate"]
    assert 'error="insufficient_claims"' in challenge
    assert "access_token" in json.loads(base64.b64decode(challenge.partition('claims="')[2].partition('"')[0]))
    assert site.ask(simulated_tenant.headers())[0] == 403
    assert site.ask(simulated_tenant.headers(claims={**CP1, "amr": ["pwd", "mfa"]}))[0] == 200


def test_T123_missing_consent_names_the_scope_until_it_is_given(site, simulated_tenant):
    """403 with the scope as it was requested of the next API; after consent the same token serves."""
    simulated_tenant.require_consent(READ)
    caller = simulated_tenant.headers(claims=CP1)

    status, headers, _ = site.ask(caller)

    assert status == 403
    assert 'error="insufficient_scope"' in headers["www-authenticate"]
    assert headers["www-authenticate"].endswith(f'scope="{READ}"')
    simulated_tenant.grant_consent(READ)
    assert site.ask(caller)[0] == 200


@pytest.mark.parametrize("aadsts", [500133, 50013])
def test_T123_a_token_that_is_refused_as_an_assertion_is_401(site, simulated_tenant, aadsts):
    """The client is told to come with a new one."""
    simulated_tenant.fail("token", aadsts=aadsts)

    status, headers, _ = site.ask(simulated_tenant.headers())

    assert status == 401
    assert headers["www-authenticate"].startswith('Bearer error="invalid_token"')


def test_T123_a_busy_tenant_is_503(site, simulated_tenant):
    """Whoever asks again before the time has come is told the time that is left."""
    simulated_tenant.fail("token", status=429, retry_after=120)

    waits = []
    for _ in range(2):
        status, headers, _ = site.ask(simulated_tenant.headers())
        assert status == 503
        waits.append(int(headers["retry-after"]))

    assert 1 <= waits[1] <= waits[0] <= 120


def test_T123_a_wrong_secret_is_an_error_of_the_application(site, simulated_tenant):
    """The server logs it and answers 500; no caller can mend it."""
    simulated_tenant.fail("token", aadsts=7000215)

    with pytest.raises(ClientRejected) as caught:
        site.ask(simulated_tenant.headers())
    assert caught.value.aadsts == 7000215


def test_T123_the_log_has_the_tenants_ids(site, simulated_tenant, is_logged, caplog):
    """The operator finds number and correlation id; caller's token and claims are in no record."""
    simulated_tenant.require_mfa(READ)
    token = simulated_tenant.mint_token(claims=CP1)

    site.ask({"Authorization": f"Bearer {token}"})

    record = next(each for each in caplog.records if getattr(each, "azuread_event", "") == "request.refused")
    assert record.azuread_aadsts == 50076
    assert record.azuread_correlation_id
    assert not is_logged(token)


def test_the_applications_own_token(simulated_tenant):
    """`app_token` gives a token without a user, whoever calls."""
    client = TestClient(fastapi_app(simulated_tenant.settings()))

    answer = client.get("/app", headers=simulated_tenant.headers(kind="app", roles=["Any"]))

    claims = claims_of(answer.text)
    assert "scp" not in claims
    assert claims["azp" if "azp" in claims else "appid"] == simulated_tenant.client_id


def test_T64_an_application_gets_no_users_token(site, simulated_tenant):
    """A caller without a user is 403; the tenant is not asked."""
    status, headers, _ = site.ask(simulated_tenant.headers(kind="app", roles=["Any"]))

    assert status == 403
    assert "insufficient_scope" in headers["www-authenticate"]
    assert simulated_tenant.request_count("token") == 0
