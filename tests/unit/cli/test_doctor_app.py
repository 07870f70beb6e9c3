"""`azuread-auth doctor --app`: the application's middleware, settings and routes."""

import json
import os
import subprocess
import sys
import textwrap
import uuid

import pytest

PROGRAM = (sys.executable, "-W", "error", "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")
ROUTED = """
    from typing import Annotated
    from fastapi import APIRouter, Depends, FastAPI
    from starlette.routing import Mount, Route, WebSocketRoute
    from azuread_auth.asgi import AzureAdAuth
    from azuread_auth.fastapi import app_token, require, require_role, require_scope, require_user, user_token
    from azuread_auth.requirements import AppRole, Scope

    print("loud on import")
    app = FastAPI(openapi_url=None)
    app.add_middleware(AzureAdAuth, public_paths=("/healthz", "/static/*", "/odd"), optional_paths=("/maybe",))

    @app.get("/healthz")
    def healthz(): ...

    @app.get("/maybe")
    def maybe(): ...

    @app.get("/me")
    def me(): ...

    @app.get("/files", dependencies=[Depends(require_scope("Files.Read"))])
    def files(): ...

    def reader(caller: Annotated[object, Depends(require(Scope("A") | AppRole("B")))]): ...

    @app.post("/nested")
    def nested(caller: Annotated[object, Depends(reader)], token: Annotated[object, Depends(user_token("Read"))]): ...

    @app.get("/odd", dependencies=[Depends(require_user)])
    def odd(): ...

    router = APIRouter(prefix="/admin", dependencies=[Depends(require_role("Admin"))])

    @router.get("/users")
    def users(): ...

    @router.websocket("/live")
    async def live(socket): ...

    app.include_router(router, prefix="/v1")
    sub = FastAPI(openapi_url=None)

    @sub.get("/inner")
    def inner(): ...

    async def plain(scope, receive, send): ...

    app.mount("/sub", sub)
    app.mount("/static", plain)
"""


@pytest.fixture
def examine(run, directory, tmp_path):
    """Run the doctor on an application with this source: gives the outcome, the report, and what was printed."""

    def check(source, *, attribute=":app", environ=None):
        module = f"app_{uuid.uuid4().hex}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        environ = {**directory.environ(), "AZURE_CLIENT_SECRET": ""} if environ is None else environ
        outcome = run("doctor", "--json", "--app", f"{module}{attribute}", environ=environ, folder=tmp_path)
        report = json.loads(outcome.out)
        checks = {each["check"]: each for each in report["checks"]}
        return outcome, report, checks

    return check


def test_routes_are_listed_with_what_they_want(examine):
    """Each route, also of routers and mounts, with the access of its path and the requirements of its dependencies."""
    outcome, report, checks = examine(ROUTED)
    assert (outcome.code, checks["application"]["outcome"]) == (0, "ok")
    assert outcome.err == "loud on import\n"
    found = {each["path"]: (each["methods"], each["access"], each["requirements"]) for each in report["routes"]}
    assert found == {
        "/healthz": (["GET"], "public", []),
        "/maybe": (["GET"], "optional", []),
        "/me": (["GET"], "signed in", []),
        "/files": (["GET"], "signed in", ["Scope('Files.Read')"]),
        "/nested": (["POST"], "signed in", ["Scope('A') | AppRole('B')", "user_token('Read')"]),
        "/odd": (["GET"], "public", ["IsUser()"]),
        "/v1/admin/users": (["GET"], "signed in", ["Role('Admin')"]),
        "/v1/admin/live": (["WEBSOCKET"], "signed in", ["Role('Admin')"]),
        "/sub/inner": (["GET"], "signed in", []),
        "/static/*": (["ANY"], "public", []),
    }


def test_requirement_that_nobody_can_meet_is_a_warning(examine):
    """A requirement on a public path, where no credentials are looked at, refuses everybody."""
    _, _, checks = examine(ROUTED)
    assert checks["route"]["outcome"] == "warning"
    assert "/odd" in checks["route"]["found"]


def test_routes_are_on_the_page_for_people(run, directory, tmp_path):
    """Without --json the routes are lines of their own."""
    (tmp_path / "people_app.py").write_text(textwrap.dedent(ROUTED))
    outcome = run("doctor", "--app", "people_app", environ=directory.environ(), folder=tmp_path)
    assert "Routes\n" in outcome.out
    assert "GET /files" in outcome.out
    assert "signed in: Scope('Files.Read')" in outcome.out


def test_settings_of_the_application_are_checked(examine):
    """Settings that the application has in code go before those of the environment."""
    source = """
        from starlette.applications import Starlette
        from azuread_auth.asgi import AzureAdAuth
        from azuread_auth.settings import AzureAdSettings
        from azuread_auth.simulation import SimulatedTenant
        settings = SimulatedTenant(client_id="11111111-2222-4333-8444-555555555555").settings()
        app = AzureAdAuth(Starlette(), settings)
    """
    outcome, report, checks = examine(source, environ={})
    assert outcome.code == 0
    assert "11111111-2222-4333-8444-555555555555" in checks["configuration"]["found"]
    assert checks["simulation"]["outcome"] == "warning"
    assert checks["clock"]["outcome"] == "skipped"
    assert checks["token"]["outcome"] == "ok"
    assert report["routes"] == []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            """
            from flask import Flask
            from azuread_auth.wsgi import AzureAdAuth
            app = Flask(__name__)
            app.wsgi_app = AzureAdAuth(app.wsgi_app, settings)
            """,
            id="Flask",
        ),
        pytest.param(
            """
            from azuread_auth.wsgi import AzureAdAuth
            def plain(environ, start_response): ...
            app = AzureAdAuth(plain, settings)
            """,
            id="WSGI",
        ),
        pytest.param(
            """
            from azuread_auth.asgi import AzureAdAuth
            class Outer:
                def __init__(self, app): self.app = app
            async def plain(scope, receive, send): ...
            app = Outer(AzureAdAuth(plain, settings))
            """,
            id="wrapped ASGI",
        ),
        pytest.param(
            """
            from azuread_auth.wsgi import AzureAdAuth
            class Outer:
                def __init__(self, application): self.application = application
            def plain(environ, start_response): ...
            app = Outer(AzureAdAuth(plain, settings))
            """,
            id="wrapped WSGI",
        ),
        pytest.param(
            """
            from starlette.applications import Starlette
            from starlette.middleware import Middleware
            from azuread_auth.asgi import AzureAdAuth
            from azuread_auth.client import AsyncAzureAdClient
            app = Starlette(middleware=[Middleware(AzureAdAuth, client=AsyncAzureAdClient(settings))])
            """,
            id="client",
        ),
        pytest.param(
            """
            from starlette.applications import Starlette
            from starlette.middleware import Middleware
            from azuread_auth.asgi import AzureAdAuth
            app = Starlette(middleware=[Middleware(AzureAdAuth, settings)])
            """,
            id="positional settings",
        ),
    ],
)
def test_middleware_is_found_in_any_application(examine, source):
    """Whatever the framework, the middleware is found, with its settings."""
    simulated = "from azuread_auth.simulation import SimulatedTenant\nsettings = SimulatedTenant().settings()\n"
    outcome, _, checks = examine(simulated + textwrap.dedent(source), environ={})
    assert (outcome.code, checks["application"]["outcome"]) == (0, "ok")
    assert "the middleware of" in checks["configuration"]["found"]


def test_mounted_guard_counts(examine):
    """Where the outer middleware lets a mount through, the mount's own is what counts."""
    source = """
        from starlette.applications import Starlette
        from starlette.routing import Mount, Route
        from azuread_auth.asgi import AzureAdAuth
        from azuread_auth.simulation import SimulatedTenant
        async def page(request): ...
        routed = Starlette(routes=[Route("/in", page), Route("/open", page)])
        inner = AzureAdAuth(routed, SimulatedTenant().settings(), public_paths=("/open",))
        app = Starlette(routes=[Mount("/api", inner), Mount("/bare", routes=[Route("/x", page)])])
        app.add_middleware(AzureAdAuth, public_paths=("/api/*", "/bare/*"))
    """
    _, report, checks = examine(source)
    assert checks["application"]["outcome"] == "ok"
    assert {each["path"]: each["access"] for each in report["routes"]} == {
        "/api/in": "signed in",
        "/api/open": "public",
        "/bare/x": "public",
    }


@pytest.mark.parametrize(
    "credential", ["ClientAssertion(waiting)", "ClientAssertion(lambda: Waiting())", "AzureIdentity(Waiting())"]
)
def test_credential_that_waits_is_skipped(examine, credential):
    """A credential for event loops cannot be tried here, which is no fault of it."""
    source = """
        from starlette.applications import Starlette
        from azuread_auth.asgi import AzureAdAuth
        from azuread_auth.credentials import ClientAssertion
        from azuread_auth.simulation import SimulatedTenant
        from azuread_auth.credentials import AzureIdentity
        async def waiting(*scopes, **options): ...
        class Waiting:
            get_token = waiting
            def __await__(self): yield
        credential = CREDENTIAL
        app = AzureAdAuth(Starlette(), SimulatedTenant().settings(credential=credential))
    """
    outcome, _, checks = examine(source.replace("CREDENTIAL", credential))
    assert (outcome.code, checks["token"]["outcome"]) == (0, "skipped")


def test_middleware_that_could_not_start_is_told(examine):
    """A middleware that was made inside an event loop has kept its error for later: it is told now."""
    source = """
        import asyncio
        from azuread_auth.asgi import AzureAdAuth
        async def plain(scope, receive, send): ...
        async def make(): return AzureAdAuth(plain, public_paths="/healthz")
        app = asyncio.run(make())
    """
    outcome, _, checks = examine(source)
    assert outcome.code == 1
    assert "public_paths is one text" in checks["application"]["found"]


def test_missing_middleware_is_a_failure(examine):
    """An application that is open to everybody is told as such."""
    outcome, report, checks = examine("from starlette.applications import Starlette\napp = Starlette()")
    assert (outcome.code, checks["application"]["outcome"]) == (1, "failed")
    assert "add_middleware" in checks["application"]["remedy"]
    assert report["routes"] == []


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize("has_middleware", [True, False])
def test_django_project_is_left_to_django(directory, tmp_path, kind, has_middleware):
    """It is no application that has forgotten its middleware, and no checklist is made from another configuration."""
    middleware = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        *(["azuread_auth.django.AzureAdMiddleware"] if has_middleware else []),
    ]
    source = f"""
        import django
        from django.conf import settings
        applications = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
        settings.configure(
            SECRET_KEY="k" * 60,
            INSTALLED_APPS=[*applications, "azuread_auth.django"],
            MIDDLEWARE={middleware},
            AUTHENTICATION_BACKENDS=["azuread_auth.django.AzureAdBackend"],
            DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
        )
        from django.core.{kind} import get_{kind}_application
        application = get_{kind}_application()
    """
    (tmp_path / "project.py").write_text(textwrap.dedent(source))
    program = (*PROGRAM, "doctor", "--json", "--app", "project:application")
    # The settings of Django belong to a process.
    environ = {**os.environ, **directory.environ(), "AZURE_CLIENT_SECRET": ""}
    done = subprocess.run(program, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    (application,) = (each for each in report["checks"] if each["check"] == "application")
    assert (done.returncode, application["outcome"], report["registration"]) == (0, "skipped", None)
    assert "python manage.py check" in application["found"]


@pytest.mark.parametrize(
    ("url", "is_served"),
    [
        ("https://example.com/tools/.well-known/oauth-protected-resource", True),
        ("https://example.com/tools/metadata", False),
        (None, True),
    ],
)
def test_metadata_that_is_not_served_is_noted(examine, url, is_served):
    """Challenges that name a path which the application does not answer lead clients nowhere."""
    source = f"""
        from starlette.applications import Starlette
        from azuread_auth import ResourceMetadata
        from azuread_auth.asgi import AzureAdAuth
        metadata = ResourceMetadata(resource="https://example.com/tools/mcp", metadata_url={url!r})
        app = Starlette()
        app.add_middleware(AzureAdAuth, resource_metadata=metadata)
    """
    outcome, _, checks = examine(source)
    assert outcome.code == 0
    assert ("resource metadata" in checks) is not is_served
    if not is_served:
        assert checks["resource metadata"]["outcome"] == "warning"
        assert "/tools/metadata" in checks["resource metadata"]["found"]


@pytest.mark.parametrize(
    ("source", "attribute", "text"),
    [
        pytest.param("app = 1", ":other", "has no other", id="no such attribute"),
        pytest.param("raise ValueError('pass-word')", ":app", "ValueError at app_", id="error"),
        pytest.param("raise SystemExit(3)", ":app", "SystemExit at app_", id="exit"),
        pytest.param("import no_such_module", ":app", "there is no module no_such_module", id="no such module"),
        pytest.param("x = (", ":app", "SyntaxError", id="no Python"),
        pytest.param(
            "from azuread_auth.errors import ConfigurationError\nraise ConfigurationError('say so')",
            "",
            "say so",
            id="configuration",
        ),
    ],
)
def test_application_that_cannot_be_imported_is_told(examine, source, attribute, text):
    """What its code raises is told by kind and place, not by text."""
    outcome, _, checks = examine(source, attribute=attribute)
    assert (outcome.code, checks["application"]["outcome"]) == (1, "failed")
    assert text in checks["application"]["found"]
    assert "pass-word" not in outcome.out


def test_wrong_paths_of_the_middleware_are_told(examine):
    """Options that the middleware would refuse at the first request are told."""
    source = """
        from starlette.applications import Starlette
        from azuread_auth.asgi import AzureAdAuth
        app = Starlette()
        app.add_middleware(AzureAdAuth, public_paths="/healthz")
    """
    outcome, _, checks = examine(source)
    assert outcome.code == 1
    assert "public_paths is one text" in checks["application"]["found"]
