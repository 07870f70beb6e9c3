"""What FastAPI's OpenAPI document and Swagger UI say about who may call."""

import json
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.models import OpenAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import APIKeyHeader
from fastapi.testclient import TestClient

from azuread_auth import AzureAdAuth, AzureAdSettings, Principal
from azuread_auth.fastapi import DOCS_PATHS, require, require_role, require_scope, require_user, swagger_sign_in
from azuread_auth.requirements import AppRole, Scope

TENANT = "11111111-2222-3333-4444-555555555555"
API = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SPA = "99999999-8888-7777-6666-555555555555"
SETTINGS = AzureAdSettings(tenant_id=TENANT, client_id=API)
READ, WRITE = f"api://{API}/Files.Read", f"api://{API}/Files.Write"


def add_routes(app):
    """Routes with a scope, with two, with a role, with either, and with nothing."""

    @app.get("/read")
    async def read(_: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

    @app.post("/write", dependencies=[Depends(require_scope("Files.Read", "Files.Write"))])
    async def write(_: Annotated[Principal, Depends(require_user)]): ...

    @app.delete("/admin")
    async def admin(_: Annotated[Principal, Depends(require_role("Admin"))]): ...

    @app.get("/either")
    async def either(_: Annotated[Principal, Depends(require(Scope("Files.Read") | AppRole("Files.Read.All")))]): ...

    @app.get("/free")
    async def free(): ...


def security_of(document):
    """The schemes of each operation with their scopes; older versions of FastAPI list a scheme more than once."""
    found = {}
    for path, item in document["paths"].items():
        (operation,) = item.values()
        found[path] = schemes = {}
        for name, scopes in (entry for each in operation.get("security", ()) for entry in each.items()):
            schemes.setdefault(name, []).extend(scopes)
    return found


def scheme_of(document):
    """Our security scheme."""
    return document["components"]["securitySchemes"]["AzureAd"]


def sign_in_scopes(document):
    """The scopes that can be asked for, with their descriptions."""
    return scheme_of(document)["flows"]["authorizationCode"]["scopes"]


def ticked_scopes(app):
    """The scopes that the page of Swagger UI ticks, as its script has them."""
    page = TestClient(app).get("/docs").text
    return json.loads(page.partition("ui.initOAuth(")[2].partition(")\n")[0])["scopes"]


def test_routes_say_what_they_require():
    """Each operation names the scheme and its scopes; one without a dependency names none."""
    app = FastAPI()
    add_routes(app)
    document = app.openapi()

    assert security_of(document) == {
        "/read": {"AzureAd": ["Files.Read"]},
        "/write": {"AzureAd": ["Files.Read", "Files.Write"]},
        "/admin": {"AzureAd": []},
        "/either": {"AzureAd": ["Files.Read"]},
        "/free": {},
    }


def test_without_sign_in_the_scheme_is_a_bearer_token():
    """The document is complete and true for an application that says nothing about signing in."""
    app = FastAPI()
    add_routes(app)
    document = app.openapi()

    assert document["components"]["securitySchemes"] == {
        "AzureAd": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "an access token of Microsoft Entra ID for this API",
        }
    }
    assert "parameters" not in document["paths"]["/read"]["get"]
    OpenAPI.model_validate(document)


def test_sign_in_describes_the_flow():
    """The scheme has the authority's URLs and all scopes in full, and the operations name them so."""
    app = FastAPI()
    add_routes(app)
    swagger_sign_in(app, SETTINGS)
    document = app.openapi()

    authority = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0"
    assert document["components"]["securitySchemes"] == {
        "AzureAd": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{authority}/authorize",
                    "tokenUrl": f"{authority}/token",
                    "scopes": {READ: "Files.Read", WRITE: "Files.Write"},
                }
            },
        }
    }
    assert security_of(document) == {
        "/read": {"AzureAd": [READ]},
        "/write": {"AzureAd": [READ, WRITE]},
        "/admin": {"AzureAd": []},
        "/either": {"AzureAd": [READ]},
        "/free": {},
    }
    OpenAPI.model_validate(document)


def test_before_or_after_the_routes():
    """It does not matter when sign-in is set up, nor whether the document was made before."""
    early, late = FastAPI(), FastAPI()
    swagger_sign_in(early, SETTINGS)
    add_routes(early)
    add_routes(late)
    late.openapi()
    swagger_sign_in(late, SETTINGS)

    assert early.openapi() == late.openapi()
    assert early.openapi() == early.openapi()
    assert ticked_scopes(early) == ticked_scopes(late) == [READ, WRITE]


def test_routes_of_a_router():
    """Routes that come with a router, after sign-in was set up, count like others."""
    app = FastAPI()
    swagger_sign_in(app, SETTINGS)
    router = APIRouter(prefix="/v1")
    add_routes(router)
    app.include_router(router)

    assert sign_in_scopes(app.openapi()) == {READ: "Files.Read", WRITE: "Files.Write"}
    assert security_of(app.openapi())["/v1/read"] == {"AzureAd": [READ]}
    assert ticked_scopes(app) == [READ, WRITE]


def test_mounted_application_has_a_document_of_its_own(tenant):
    """A mounted application signs in by its own page, at the path where it is mounted."""
    app, mounted = FastAPI(), FastAPI()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), public_paths=tuple(f"/v1{path}" for path in DOCS_PATHS))
    add_routes(mounted)
    swagger_sign_in(mounted, SETTINGS)
    app.mount("/v1", mounted)
    http = TestClient(app)

    document = http.get("/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/v1"}]
    assert security_of(document)["/read"] == {"AzureAd": [READ]}
    assert "'/v1/docs/oauth2-redirect'" in http.get("/v1/docs").text
    assert security_of(app.openapi()) == {}


@pytest.mark.parametrize("path", DOCS_PATHS)
def test_documentation_can_be_public(tenant, path):
    """`DOCS_PATHS` is what it takes to read the documentation without a token; other paths stay closed."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), public_paths=("/healthz", *DOCS_PATHS))
    swagger_sign_in(app, SETTINGS)
    add_routes(app)
    http = TestClient(app)

    assert http.get(path).status_code == 200
    assert http.get(f"{path}/x").status_code == http.get("/free").status_code == 401


def test_document_that_the_application_makes_itself():
    """An application that extends its document, as FastAPI's manual shows it, can sign in too."""
    app = FastAPI()
    add_routes(app)

    def make_document():
        document = get_openapi(title="Own", version="1", routes=app.routes)
        document["info"]["x-logo"] = "logo"
        document["paths"]["/read"]["summary"] = "what is no operation"
        return document

    app.openapi = make_document
    swagger_sign_in(app, SETTINGS)

    assert app.openapi()["info"]["x-logo"] == "logo"
    assert app.openapi()["paths"]["/read"]["get"]["security"] == [{"AzureAd": [READ]}]


def test_other_schemes_are_left_alone():
    """A route may have a security scheme of the application's besides."""
    app = FastAPI()

    @app.get("/")
    async def route(
        _: Annotated[Principal, Depends(require_scope("Files.Read"))],
        key: Annotated[str, Depends(APIKeyHeader(name="X-Key"))],
    ): ...

    swagger_sign_in(app, SETTINGS)
    document = app.openapi()

    assert security_of(document)["/"] == {"AzureAd": [READ], "APIKeyHeader": []}
    assert document["components"]["securitySchemes"]["APIKeyHeader"]["type"] == "apiKey"
