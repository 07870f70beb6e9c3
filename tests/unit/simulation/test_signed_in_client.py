"""The fixture that gives a test client with a session."""

import pytest
from fastapi import FastAPI
from flask import Flask, request
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from azuread_auth import wsgi
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.signed_in_clients import signed_in_clients
from azuread_auth.web_login import WebLogin

_OWN = AzureAdSettings(
    tenant_id="11111111-1111-4111-8111-111111111111",
    client_id="22222222-2222-4222-8222-222222222222",
    credential=ClientSecret("own"),
)
_KEYS = {"cookie_keys": [bytes(range(32))]}
_LOGINS = [
    pytest.param({}, id="this machine"),
    pytest.param({"response_mode": "form_post"}, id="this machine, form post"),
    pytest.param({"base_url": "https://app.example.com"} | _KEYS, id="a public address"),
    pytest.param(
        {"base_url": "https://app.example.com", "response_mode": "form_post"} | _KEYS, id="a public address, form post"
    ),
    pytest.param({"base_url": "https://app.example.com/shop"} | _KEYS, id="below a prefix"),
    pytest.param({"session_store": "client"}, id="sessions in the store"),
]


async def _who(request: Request) -> JSONResponse:
    return JSONResponse({"who": request.user.display_name, "method": request.method})


def _starlette(**login: object) -> Starlette:
    app = Starlette(routes=[Route("/who", _who, methods=["GET", "POST"])])
    app.add_middleware(AzureAdAuth, settings=_OWN, login=WebLogin(**login))
    return app


def _who_wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    principal = environ["azuread_auth.principal"]
    return [f'{{"who": "{principal.display_name}", "method": "{environ["REQUEST_METHOD"]}"}}'.encode()]


def _flask(**login: object) -> Flask:
    app = Flask(__name__)

    @app.route("/who", methods=["GET", "POST"])
    def who():
        return {"who": request.environ["azuread_auth.principal"].display_name, "method": request.method}

    app.wsgi_app = wsgi.AzureAdAuth(app.wsgi_app, _OWN, login=WebLogin(**login))  # type: ignore[method-assign]
    return app


@pytest.mark.parametrize("login", _LOGINS)
def test_starlette(signed_in_client, login):
    """A page and an unsafe method are answered to the user who signed in, and to each client its own user."""
    app = _starlette(**login)
    adele, megan = signed_in_client(app), signed_in_client(app, user="megan")
    assert adele.get("/who").json()["who"] == "Adele Vance"
    assert megan.get("/who").json()["who"] == "Megan Bowen"
    assert adele.post("/who").json()["method"] == "POST"
    assert adele.get("/auth/me").json()["username"] == "adele@contoso.onmicrosoft.com"


@pytest.mark.parametrize("login", _LOGINS)
def test_flask(signed_in_client, login):
    """Flask applications get a client of Flask's own."""
    client = signed_in_client(_flask(**login), user="megan")
    assert client.get("/who").json == {"who": "Megan Bowen", "method": "GET"}
    assert client.post("/who").json == {"who": "Megan Bowen", "method": "POST"}
    assert client.get("/auth/me").json["username"] == "megan@contoso.onmicrosoft.com"


@pytest.mark.parametrize("login", _LOGINS)
def test_any_wsgi_application(signed_in_client, login):
    """Others of WSGI get an httpx2.Client."""
    client = signed_in_client(wsgi.AzureAdAuth(_who_wsgi, _OWN, login=WebLogin(**login)))
    assert client.get("/who").json() == {"who": "Adele Vance", "method": "GET"}
    assert client.post("/who").json() == {"who": "Adele Vance", "method": "POST"}


def test_any_asgi_application(signed_in_client):
    """An application that knows no lifespan is asked for none."""

    async def application(scope, receive, send):
        assert scope["type"] == "http"
        await JSONResponse(scope["user"].display_name)(scope, receive, send)

    client = signed_in_client(AzureAdAuth(application, _OWN, login=WebLogin()))
    assert client.get("/anywhere").json() == "Adele Vance"


def test_lifespan_has_begun(signed_in_client):
    """A client of a Starlette application comes with the application started, behind another middleware too."""
    running: list[str] = []

    async def lifespan(app):
        running.append("begun")
        yield

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/", lambda: running[-1])
    wrapped = CORSMiddleware(AzureAdAuth(app, _OWN, login=WebLogin()), allow_origins=["*"])
    assert signed_in_client(wrapped).get("/").json() == "begun"


def test_application_serves_its_own_tenant_afterwards(simulated_tenant):
    """The application is as it was when the test ends."""
    app = _flask()
    with signed_in_clients(simulated_tenant) as signed_in:
        signed_in(app)
        assert app.test_client().get("/who", headers=simulated_tenant.headers()).status_code == 200
    begun = app.test_client().get("/auth/login")
    assert begun.headers["location"].startswith(f"https://login.microsoftonline.com/{_OWN.tenant_id}/")


def test_user_who_is_refused(signed_in_client):
    """What the application says to a user whom it refuses is in the error."""

    def refuse(principal):
        message = "this application is closed on Sundays"
        raise LoginFailed(message)

    with pytest.raises(LoginFailed, match=r"callback route of the application answered 400.*closed on Sundays"):
        signed_in_client(_starlette(on_login=refuse))


def test_application_without_sign_in(signed_in_client):
    """There must be a sign-in to go through."""
    app = Starlette()
    app.add_middleware(AzureAdAuth, settings=_OWN)
    with pytest.raises(ConfigurationError, match="has no sign-in; expected login="):
        signed_in_client(app)


def test_blocked_user(signed_in_client):
    """What the tenant would show in place of a way back is an error too."""
    with pytest.raises(ConfigurationError, match="AADSTS50057"):
        signed_in_client(_starlette(), user="blake")
