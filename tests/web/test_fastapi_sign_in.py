"""Where Swagger UI is told to sign in, and as whom."""

import json
import subprocess
import sys
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from azuread_auth import AzureAdAuth, AzureAdSettings, ConfigurationError, Principal
from azuread_auth.fastapi import require_scope, swagger_sign_in
from azuread_auth.settings import AUTHORITY_US_GOVERNMENT

TENANT = "11111111-2222-3333-4444-555555555555"
API = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SPA = "99999999-8888-7777-6666-555555555555"
SETTINGS = AzureAdSettings(tenant_id=TENANT, client_id=API)
READ, WRITE = f"api://{API}/Files.Read", f"api://{API}/Files.Write"


@pytest.fixture
def app():
    """Routes for two scopes."""
    made = FastAPI()

    @made.get("/read")
    async def read(_: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

    @made.post("/write")
    async def write(_: Annotated[Principal, Depends(require_scope("Files.Write"))]): ...

    return made


def flow_of(app):
    """The flow that the document describes."""
    return app.openapi()["components"]["securitySchemes"]["AzureAd"]["flows"]["authorizationCode"]


def told_to_swagger_ui(app):
    """What the page hands to Swagger UI's script."""
    page = TestClient(app).get("/docs").text
    return json.loads(page.partition("ui.initOAuth(")[2].partition(")\n")[0])


def test_without_a_scope_what_was_granted_is_offered():
    """Entra gives no token to those who ask for no scope, and roles are not asked for."""
    app = FastAPI()
    swagger_sign_in(app, SETTINGS)

    assert flow_of(app)["scopes"] == {f"api://{API}/.default": "everything granted"}
    assert told_to_swagger_ui(app)["scopes"] == [f"api://{API}/.default"]


def test_swagger_ui_signs_in_with_pkce_and_without_a_secret():
    """What the application told Swagger UI before is kept."""
    app = FastAPI(swagger_ui_init_oauth={"appName": "Files", "clientId": "old"})
    swagger_sign_in(app, SETTINGS)

    assert told_to_swagger_ui(app) == {
        "appName": "Files",
        "clientId": API,
        "usePkceWithAuthorizationCodeGrant": True,
        "scopes": [f"api://{API}/.default"],
    }


def test_swagger_ui_may_be_a_client_of_its_own(app):
    """With `client_id` the scopes remain those of the API."""
    swagger_sign_in(app, SETTINGS, client_id=SPA)

    assert app.swagger_ui_init_oauth["clientId"] == SPA
    assert list(flow_of(app)["scopes"]) == [READ, WRITE]


@pytest.mark.parametrize(
    ("settings", "authority", "prefix"),
    [
        pytest.param(
            {"tenant_id": TENANT, "authority_host": AUTHORITY_US_GOVERNMENT},
            f"https://login.microsoftonline.us/{TENANT}",
            f"api://{API}",
            id="US Government",
        ),
        pytest.param(
            {"tenant_id": "organizations", "tenants": {TENANT}},
            "https://login.microsoftonline.com/organizations",
            f"api://{API}",
            id="several tenants",
        ),
        pytest.param(
            {"authority_url": f"https://contoso.ciamlogin.com/{TENANT}"},
            f"https://contoso.ciamlogin.com/{TENANT}",
            f"api://{API}",
            id="External ID",
        ),
        pytest.param(
            {"authority_url": "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in"},
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in",
            f"api://{API}",
            id="B2C",
        ),
        pytest.param(
            {"tenant_id": TENANT, "scope_prefix": "https://api.contoso.example"},
            f"https://login.microsoftonline.com/{TENANT}",
            "https://api.contoso.example",
            id="scope prefix",
        ),
    ],
)
def test_sign_in_goes_where_the_settings_say(app, settings, authority, prefix):
    """Each cloud and product has its own URLs, and an API may have another prefix."""
    swagger_sign_in(app, AzureAdSettings(client_id=API, **settings))

    flow = flow_of(app)

    assert flow["authorizationUrl"] == f"{authority}/oauth2/v2.0/authorize"
    assert flow["tokenUrl"] == f"{authority}/oauth2/v2.0/token"
    assert list(flow["scopes"]) == [f"{prefix}/Files.Read", f"{prefix}/Files.Write"]


def test_full_scope_names_stay(tenant):
    """A scope that was written in full is requested as it was written."""
    app = FastAPI()
    full = f"api://{tenant.client_id}/Files.Read"

    @app.get("/")
    async def route(_: Annotated[Principal, Depends(require_scope(full))]): ...

    swagger_sign_in(app, tenant.settings())

    assert flow_of(app)["scopes"] == {full: "Files.Read"}


def test_the_last_call_counts(app):
    """Called twice, the second settings replace the first altogether."""
    swagger_sign_in(app, SETTINGS)
    app.openapi()
    other = AzureAdSettings(tenant_id=TENANT, client_id=SPA)
    swagger_sign_in(app, other)

    assert list(flow_of(app)["scopes"]) == [f"api://{SPA}/Files.Read", f"api://{SPA}/Files.Write"]
    assert app.openapi()["paths"]["/read"]["get"]["security"] == [{"AzureAd": [f"api://{SPA}/Files.Read"]}]


def test_wrong_settings_are_told_at_once(tenant):
    """A client id that is none is refused when sign-in is set up, and the application is as before."""
    app = FastAPI()

    with pytest.raises(ConfigurationError, match="client_id"):
        swagger_sign_in(app, tenant.settings(), client_id="my app")
    assert app.swagger_ui_init_oauth is None


def test_documentation_does_not_change_what_is_let_in(app, tenant):
    """Describing a sign-in elsewhere has no part in judging tokens."""
    app.add_middleware(AzureAdAuth, settings=tenant.settings())
    swagger_sign_in(app, SETTINGS)
    http = TestClient(app)

    assert http.get("/read", headers=tenant.headers(scopes="Files.Read")).status_code == 200
    assert http.get("/read", headers=tenant.headers(scopes="Other")).status_code == 403


@pytest.mark.parametrize(
    ("environ", "output"),
    [
        pytest.param({"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": API}, API, id="complete"),
        pytest.param({"AZURE_TENANT_ID": TENANT}, "ConfigurationError", id="client id is missing"),
    ],
)
def test_settings_default_to_the_environment(environ, output):
    """Without settings the environment counts, and is judged at once; here that of a child process."""
    code = """
from fastapi import FastAPI
from azuread_auth import ConfigurationError
from azuread_auth.fastapi import swagger_sign_in
app = FastAPI()
try:
    swagger_sign_in(app)
    print(app.swagger_ui_init_oauth["clientId"])
except ConfigurationError as error:
    print(type(error).__name__)
"""
    child = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)

    assert child.stdout.strip() == output
