"""Sign-in with Starlette's and FastAPI's own means: dependencies, `@requires`, mounted applications."""

from typing import Annotated

import httpx2
import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from azuread_auth.access_token import AccessToken
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import require, require_scope, require_user, user_token
from azuread_auth.principal import Principal
from azuread_auth.requirements import AuthContext
from azuread_auth.web_login import WebLogin
from tests.web.login_browser import PUBLIC, Browser, Reply
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)


class FastApiSite:
    """What a Browser needs of a site, around any ASGI application."""

    def __init__(self, app, tenant, login, root_path=""):
        self.app, self.tenant, self.login, self.root_path = app, tenant, login, root_path
        self.base_url = next(iter(login.urls))

    def send(self, request: httpx2.Request) -> Reply:
        client = TestClient(self.app, base_url=PUBLIC, root_path=self.root_path, follow_redirects=False)
        response = client.send(request)
        return Reply(status=response.status_code, headers=response.headers.multi_items(), text=response.text)


def routes_of(app):
    """Add routes with all kinds of dependencies."""

    @app.get("/scoped")
    async def scoped(user: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return user.username

    @app.get("/anybody")
    async def anybody(user: Annotated[Principal, Depends(require_user)]):
        return user.username

    @app.get("/mail")
    async def mail(token: Annotated[AccessToken, Depends(user_token("Mail.Read"))]):
        return token.token_type

    @app.get("/secret")
    async def secret(user: Annotated[Principal, Depends(require(AuthContext("c1")))]):
        return "good"

    return app


@pytest.fixture
def make(directory):
    """Puts the middleware around an application, and a browser in front of it."""

    def made(app, *, base=PUBLIC, root_path="", **options):
        login = WebLogin(base_url=base, cookie_keys=[KEY], session_scopes=["Files.Read"], scopes=["User.Read"])
        app.add_middleware(AzureAdAuth, settings=directory.settings(), login=login, **options)
        return Browser(FastApiSite(app, directory, login, root_path))

    return made


def test_dependencies_judge_sessions(make):
    """Scopes that the settings give, users, tokens, and a step-up with its way back."""
    browser = make(routes_of(FastAPI()))
    browser.sign_in("/scoped")
    assert browser.get("/scoped").text == browser.get("/anybody").text == '"adele@contoso.onmicrosoft.com"'
    assert browser.get("/mail").text == '"Bearer"'
    refused = browser.get("/secret?x=1")
    assert (refused.status, refused.asked["next"]) == (303, "/secret?x=1")
    assert browser.visit("/secret").text == '"good"'


@pytest.mark.parametrize("path", ["/scoped", "/anybody", "/mail", "/secret"])
def test_a_dependency_sends_anonymous_pages_to_sign_in(make, path):
    """Where the middleware lets anybody in, the route does as the middleware does."""
    browser = make(routes_of(FastAPI()), allow_anonymous=True)
    reply = browser.get(f"{path}?a=1")
    assert (reply.status, reply.location) == (303, f"/auth/login?next=%2F{path[1:]}%3Fa%3D1")
    assert reply.header("cache-control") == "no-store"
    assert browser.sign_in(f"{path}?a=1").location == f"{path}?a=1"
    script = Browser(browser.site).fetch(path)
    assert (script.status, script.header("www-authenticate")) == (401, "Bearer")


@pytest.mark.parametrize("render", [None, lambda problem: ("text/plain", b"no")])
def test_a_dependency_knows_where_it_is_mounted(make, render):
    """The page that was asked for is found again from inside of a mounted application, under a prefix too."""
    outer = Starlette(routes=[Mount("/sub", routes_of(FastAPI()))])
    browser = make(outer, base=f"{PUBLIC}/portal", root_path="/portal", allow_anonymous=True, render_problem=render)
    reply = browser.get("/portal/sub/scoped")
    assert (reply.status, reply.asked["next"]) == (303, "/portal/sub/scoped")
    assert browser.fetch("/portal/sub/scoped").status == 401


def test_requires_of_starlette_knows_sessions(make):
    """The scopes of the session are its permissions."""

    @requires(["authenticated", "Files.Read"])
    async def files(request):
        return PlainTextResponse(request.user.display_name)

    @requires("Files.Write")
    async def write(request):
        return PlainTextResponse("no")

    browser = make(Starlette(routes=[Route("/files", files), Route("/write", write)]))
    browser.sign_in()
    assert browser.get("/files").text == "Adele Vance"
    assert browser.get("/write").status == 403


def test_an_application_that_handles_refusals_itself_can_tell_a_redirect(make):
    """The exception has the status and the headers, and no body."""
    app = routes_of(FastAPI())
    seen = []

    @app.exception_handler(303)
    async def on_redirect(request, error):
        seen.append((error.status_code, error.headers["location"], error.body))
        return PlainTextResponse("", error.status_code, dict(error.headers))

    browser = make(app, allow_anonymous=True)
    assert browser.get("/scoped").status == 303
    assert seen == [(303, "/auth/login?next=%2Fscoped", b"")]
