"""Signing in to Swagger UI in a real browser, and calling a protected route from it."""

import base64
import hashlib
import mimetypes
import secrets
from importlib.resources import files
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from azuread_auth import AzureAdAuth, AzureAdSettings, Principal
from azuread_auth.fastapi import DOCS_PATHS, require_role, require_scope, swagger_sign_in

pytestmark = pytest.mark.e2e

CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"


class Provider:
    """The two endpoints of an identity provider that a sign-in visits; the user is always Adele, and willing.

    A code is good once, with the verifier of its challenge (RFC 7636 4.6) and from the same redirect URI.
    """

    def __init__(self, tenant):
        self.tenant = tenant
        self.started = []
        self.redeemed = []
        self._codes = {}
        path = f"/{tenant.tenant_id}/oauth2/v2.0"
        routes = [Route(f"{path}/authorize", self.authorize), Route(f"{path}/token", self.token, methods=["POST"])]
        # As Entra does for redirect URIs of single-page applications.
        cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"])
        self.app = Starlette(routes=routes, middleware=[cors])

    async def authorize(self, request):
        asked = dict(request.query_params)
        self.started.append(asked)
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request):
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.redeemed.append((form, request.headers))
        asked = self._codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_proved = asked["code_challenge_method"] == "S256" and asked["code_challenge"] == challenge
        if not is_proved or form["redirect_uri"] != asked["redirect_uri"] or form["client_id"] != asked["client_id"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        scopes = [scope.rpartition("/")[2] for scope in asked["scope"].split()]
        token = self.tenant.mint_token(scopes=scopes, client=form["client_id"])
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": 3599, "access_token": token, "scope": asked["scope"]}
        )


@pytest.fixture
def provider(simulated_tenant):
    """Where users sign in."""
    return Provider(simulated_tenant)


@pytest.fixture
def docs(simulated_tenant, provider, serve, browser_page):
    """The page of Swagger UI for an application with protected routes."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=simulated_tenant.settings(), public_paths=DOCS_PATHS)
    settings = AzureAdSettings(
        tenant_id=simulated_tenant.tenant_id,
        client_id=simulated_tenant.client_id,
        authority_host=serve(provider.app),
        allow_loopback_http=True,
    )
    swagger_sign_in(app, settings)

    @app.get("/files", operation_id="files")
    async def read_files(user: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return f"files of {user.name}"

    @app.get("/admin", operation_id="admin")
    async def administrate(_: Annotated[Principal, Depends(require_role("Admin"))]): ...

    browser_page.context.route(f"{CDN}**", from_package)
    browser_page.goto(f"{serve(app)}/docs")
    return browser_page


def from_package(route):
    """Answers for the content delivery network with the same files, from an installed package."""
    name = route.request.url.removeprefix(CDN)
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    route.fulfill(body=content, content_type=mimetypes.guess_type(name)[0])


def sign_in(docs):
    """Press Authorize, and in the dialog again; the provider's window opens and closes by itself."""
    docs.get_by_role("button", name="Authorize").first.click()
    dialog = docs.locator(".dialog-ux")
    with docs.expect_popup() as popup:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    if not popup.value.is_closed():
        popup.value.wait_for_event("close")
    dialog.get_by_role("button", name="Remove authorization").wait_for()
    dialog.get_by_role("button", name="Close", exact=True).last.click()


def call(docs, operation):
    """Try a route out; gives the status and the text that Swagger UI shows."""
    block = docs.locator(f"[id$='-{operation}']")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    response = block.locator(".live-responses-table .response")
    return response.locator(".response-col_status").inner_text(), response.locator(
        ".response-col_description"
    ).inner_text()


def test_signed_in_user_calls_a_protected_route(docs, provider, simulated_tenant):
    """PKCE with S256 and no secret, full scope names, and the token that comes of it opens the route."""
    sign_in(docs)
    status, shown = call(docs, "files")

    assert (status.split()[0], "files of Adele Vance" in shown) == ("200", True)
    ((asked,), ((form, headers),)) = provider.started, provider.redeemed
    redirect_uri = docs.url.partition("/docs")[0] + "/docs/oauth2-redirect"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["scope"] == f"api://{simulated_tenant.client_id}/Files.Read"
    assert asked["client_id"] == form["client_id"] == simulated_tenant.client_id
    assert asked["redirect_uri"] == form["redirect_uri"] == redirect_uri
    assert form["grant_type"] == "authorization_code"
    assert "client_secret" not in form
    assert "authorization" not in headers
    assert headers["origin"] == redirect_uri.removesuffix("/docs/oauth2-redirect")


def test_refusals_are_shown(docs):
    """Without a token Swagger UI shows 401, with one that lacks the role 403."""
    status, shown = call(docs, "files")
    assert (status.split()[0], "this resource needs an access token" in shown) == ("401", True)

    sign_in(docs)
    status, shown = call(docs, "admin")
    assert (status.split()[0], "does not carry the permission" in shown) == ("403", True)


def test_dialog_offers_the_scopes_of_the_routes(docs, simulated_tenant):
    """The dialog has the client id filled in and the scopes of the application ticked."""
    docs.get_by_role("button", name="Authorize").first.click()
    dialog = docs.locator(".dialog-ux")

    boxes = dialog.locator("input[type=checkbox]").all()

    assert dialog.locator("input#client_id_authorizationCode").input_value() == simulated_tenant.client_id
    assert [box.get_attribute("data-value") for box in boxes] == [f"api://{simulated_tenant.client_id}/Files.Read"]
    assert all(box.is_checked() for box in boxes)
