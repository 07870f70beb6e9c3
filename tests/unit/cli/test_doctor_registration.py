"""`azuread-auth doctor --app`: what the app registration needs, by the settings and the code."""

import base64
import json
import textwrap
import uuid

import pytest

from azuread_auth.simulation import SimulatedTenant

CLIENT = "11111111-2222-4333-8444-555555555555"
SECRET = "canary-secret"
SETTINGS = f"""
    from azuread_auth import *
    from azuread_auth.simulation import SimulatedTenant
    settings = SimulatedTenant(client_id="{CLIENT}").settings(credential=ClientSecret("{SECRET}"))
"""
FASTAPI = """
    from fastapi import Depends, FastAPI
    from azuread_auth.asgi import AzureAdAuth
    from azuread_auth.fastapi import app_token, require, require_scope, swagger_sign_in, user_token

    app = FastAPI()
    login = WebLogin(base_url="https://shop.example.com", cookie_keys=["b" * 43], scopes=["User.Read"])
    app.add_middleware(AzureAdAuth, settings=settings, login=login)
    swagger_sign_in(app, settings)

    @app.get("/files", dependencies=[Depends(require_scope("Files.Read")), Depends(user_token("Mail.Read"))])
    def files(): ...

    def deep(token=Depends(app_token("api://x/.default")), caller=Depends(require(Scope("A") | AppRole("Job")))): ...

    @app.get("/jobs", dependencies=[Depends(deep)])
    def jobs(): ...
"""
FLASK = """
    from functools import wraps
    from flask import Blueprint, Flask
    from azuread_auth.flask import AzureAdAuth, login_required, require, require_role, require_scope

    def traced(view):
        @wraps(view)
        def wrapper(*args): return view(*args)
        return wrapper

    app = Flask(__name__)
    AzureAdAuth(app, settings, login=WebLogin())

    @app.get("/files")
    @login_required
    @traced
    @require_scope("Files.Read")
    @require_role("Admin")
    def files(): ...

    part = Blueprint("part", __name__)

    @part.get("/jobs")
    @require(AppRole("Job") & IsApp())
    def jobs(): ...

    app.register_blueprint(part)
"""


@pytest.fixture
def examine(run, tmp_path):
    """Run the doctor on an application with this source: gives what it says of the registration, and the outcome."""

    def check(*sources, environ=None, attribute=":app", **others):
        module = f"app_{uuid.uuid4().hex}"
        (tmp_path / f"{module}.py").write_text("\n".join(map(textwrap.dedent, sources)))
        outcome = run("doctor", "--json", "--app", module + attribute, environ=environ, folder=tmp_path, **others)
        assert SECRET not in outcome.out
        return json.loads(outcome.out)["registration"], outcome

    return check


def by_setting(registration):
    """The values of the checklist."""
    return {item["setting"]: item["value"] for item in registration["items"]}


def test_fastapi_application(examine):
    """Settings, sign-in, Swagger UI, and what dependencies want, however deep they are."""
    registration, _ = examine(SETTINGS, FASTAPI)
    found = by_setting(registration)
    assert registration["client_id"] == CLIENT
    assert found["web.redirectUris"] == [f"https://shop.example.com/auth/{end}" for end in ("callback", "signed-out")]
    assert found["spa.redirectUris"] == ["https://shop.example.com/docs/oauth2-redirect"]
    assert [each["value"] for each in found["api.oauth2PermissionScopes"]] == ["A", "Files.Read"]
    assert [each["value"] for each in found["appRoles"]] == ["Job"]
    assert found["requiredResourceAccess"]["delegated"] == ["User.Read", "Mail.Read"]
    assert found["admin consent"] == "of this tenant"
    assert found["passwordCredentials"] == "a client secret"
    assert any("which app roles of api://x" in each for each in registration["unknown"])
    assert all(command.startswith("az ") for command in registration["commands"])


def test_flask_application(examine):
    """What the decorators of views want, under others too."""
    registration, _ = examine(SETTINGS, FLASK)
    found = by_setting(registration)
    assert [each["value"] for each in found["api.oauth2PermissionScopes"]] == ["Files.Read"]
    assert {each["value"]: each["allowedMemberTypes"] for each in found["appRoles"]} == {
        "Admin": ["User"],
        "Job": ["Application"],
    }
    assert found["web.redirectUris"][0] == "http://localhost/auth/callback"
    assert not any("no table of routes" in each for each in registration["unknown"])


def test_methods_of_class_based_views(examine):
    """Each may be decorated by itself, or the class with all of them."""
    source = """
        from flask import Flask
        from flask.views import MethodView, View
        from azuread_auth.flask import AzureAdAuth, require_scope
        app = Flask(__name__)
        AzureAdAuth(app, settings)

        class Files(MethodView):
            decorators = [require_scope("All")]
            @require_scope("Files.Read")
            def get(self): ...
            @require_scope("Files.Write")
            def post(self): ...

        class Jobs(View):
            @require_scope("Jobs")
            def dispatch_request(self): ...

        app.add_url_rule("/files", view_func=Files.as_view("files"))
        app.add_url_rule("/jobs", view_func=Jobs.as_view("jobs"))
    """
    registration, _ = examine(SETTINGS, source)
    scopes = [each["value"] for each in by_setting(registration)["api.oauth2PermissionScopes"]]
    assert scopes == ["All", "Files.Read", "Files.Write", "Jobs"]


MCP = """
    from azuread_auth.mcp import AzureAdAuth, require_role, require_scope
    from mcp.server.mcpserver import MCPServer
    server = MCPServer("orders", log_level="CRITICAL")

    @server.tool()
    @require_scope("Orders.Write")
    def order(): ...

    @server.tool()
    def anybody(): ...

    @server.resource("r://all")
    @require_scope("Orders.All")
    def everything(): ...

    @server.resource("r://{name}")
    @require_scope("Orders.One")
    async def one(name: str): ...

    @server.prompt()
    @require_role("Writer")
    def letter(): ...

    metadata = ResourceMetadata(resource="https://mcp.example.com/mcp", scopes=["Orders.Read"])
    app = server.APP
    app.add_middleware(AzureAdAuth, settings=settings, resource_metadata=metadata)
"""


@pytest.mark.parametrize("transport", ["streamable_http_app()", "sse_app()"])
def test_mcp_server(examine, transport):
    """What tools, resources and prompts want, and what clients are told to ask for; routes want none of it."""
    registration, outcome = examine(SETTINGS, MCP.replace("APP", transport))
    found = by_setting(registration)
    scopes = [each["value"] for each in found["api.oauth2PermissionScopes"]]
    assert scopes == ["Orders.All", "Orders.One", "Orders.Read", "Orders.Write"]
    assert [each["value"] for each in found["appRoles"]] == ["Writer"]
    report = json.loads(outcome.out)
    assert all(route["requirements"] == [] for route in report["routes"])
    assert not any("could not be looked through" in each for each in registration["unknown"])
    assert "mcp" not in {each["check"] for each in report["checks"]}


def test_mcp_server_that_cannot_be_looked_through(examine):
    """One of the SDK's lower level has no table of tools, which is said."""
    source = """
        from azuread_auth.mcp import AzureAdAuth
        from mcp.server.lowlevel import Server
        app = Server("orders").streamable_http_app()
        app.add_middleware(AzureAdAuth, settings=settings)
    """
    registration, _ = examine(SETTINGS, source)
    assert any("at /mcp: what is there could not be" in each for each in registration["unknown"])


def test_mcp_server_whose_tables_have_other_names(examine):
    """A newer SDK may keep its tools elsewhere."""
    registration, _ = examine(SETTINGS, MCP.replace("APP", "streamable_http_app()"), "server._prompt_manager = None")
    assert any("at /mcp: what is there could not be" in each for each in registration["unknown"])


def test_T01_mcp_server_behind_the_plain_middleware_is_told(examine):
    """Its sessions belong to nobody."""
    source = MCP.replace("APP", "streamable_http_app()").replace("import AzureAdAuth, ", "import ")
    _, outcome = examine(SETTINGS, "from azuread_auth.asgi import AzureAdAuth", source)
    checks = {each["check"]: each for each in json.loads(outcome.out)["checks"]}
    assert checks["mcp"]["outcome"] == "warning"
    assert "azuread_auth.mcp" in checks["mcp"]["remedy"]


def test_metadata_of_any_middleware(examine):
    """What clients are told to ask for has to be there; by full names too, and .default is no scope."""
    source = """
        from azuread_auth.asgi import AzureAdAuth
        async def plain(scope, receive, send): ...
        scopes = [f"api://{settings.client_id}/Files.Read", "Files.Write"]
        metadata = ResourceMetadata(resource="https://api.example.com", scopes=scopes)
        app = AzureAdAuth(plain, settings, resource_metadata=metadata)
        every = ResourceMetadata(resource="https://api.example.com", scopes=[".default"])
        other = AzureAdAuth(plain, settings, resource_metadata=every)
    """
    registration, _ = examine(SETTINGS, source)
    scopes = [each["value"] for each in by_setting(registration)["api.oauth2PermissionScopes"]]
    assert scopes == ["Files.Read", "Files.Write"]
    registration, _ = examine(SETTINGS, source, attribute=":other")
    assert "api.oauth2PermissionScopes" not in by_setting(registration)


def test_mounted_applications(examine):
    """Flask's views are looked through there too; others are named, unless they are files or open to anybody."""
    source = """
        from flask import Flask
        from starlette.applications import Starlette
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles
        from azuread_auth.asgi import AzureAdAuth
        from azuread_auth.flask import require_scope
        class Adapter:
            def __init__(self, app): self.app = app
        async def plain(scope, receive, send): ...
        flask = Flask(__name__)
        flask.add_url_rule("/", view_func=require_scope("Old.Read")(lambda: ""))
        files = StaticFiles(directory=".")
        mounts = {"/old": Adapter(flask), "/other": plain, "/open": plain, "/files": files}
        app = Starlette(routes=[Mount(path, inner) for path, inner in mounts.items()])
        app.add_middleware(AzureAdAuth, settings=settings, public_paths=("/open/*",))
    """
    registration, _ = examine(SETTINGS, source)
    assert [each["value"] for each in by_setting(registration)["api.oauth2PermissionScopes"]] == ["Old.Read"]
    (unseen,) = (each for each in registration["unknown"] if "looked through" in each)
    assert "at /other/*:" in unseen


def test_application_without_a_table_of_routes(examine):
    """What cannot be looked through is said to be unknown."""
    source = """
        from azuread_auth.asgi import AzureAdAuth
        async def plain(scope, receive, send): ...
        app = AzureAdAuth(plain, settings)
    """
    registration, _ = examine(SETTINGS, source)
    assert any("no table of routes" in each for each in registration["unknown"])
    assert by_setting(registration)["identifierUris"] == [f"api://{CLIENT}"]


def test_swagger_with_another_registration(examine):
    """Its redirect URI belongs to the registration that it signs in to."""
    other = "99999999-2222-4333-8444-555555555555"
    source = FASTAPI.replace("swagger_sign_in(app, settings)", f'swagger_sign_in(app, settings, client_id="{other}")')
    registration, outcome = examine(SETTINGS, source)
    (item,) = (each for each in registration["items"] if each["setting"] == "spa.redirectUris")
    assert item["client_id"] == other
    assert f"appId='{other}'" in outcome.out


@pytest.mark.parametrize("swagger", ["app.swagger_ui_init_oauth = None", "app.swagger_ui_oauth2_redirect_url = None"])
def test_swagger_that_cannot_sign_in(examine, swagger):
    """Where the application has taken away what it needs, nothing is asked for."""
    registration, _ = examine(SETTINGS, FASTAPI, swagger)
    assert "spa.redirectUris" not in by_setting(registration)


def test_app_service_signs_in(examine):
    """An application in Easy Auth mode is registered with App Service's address."""
    source = """
        from starlette.applications import Starlette
        from azuread_auth.asgi import AzureAdAuth
        app = Starlette()
        app.add_middleware(AzureAdAuth, settings=settings, easy_auth="id_token")
        platform = {"WEBSITE_SITE_NAME": "shop", "WEBSITE_AUTH_ENABLED": "True"}
        client = AsyncAzureAdClient(settings, environ=platform)
        wrapped = AzureAdAuth(Starlette(), client=client, easy_auth="id_token")
    """
    for attribute in (":app", ":wrapped"):
        registration, _ = examine(SETTINGS, source, attribute=attribute)
        assert by_setting(registration)["web.redirectUris"] == ["https://<host>/.auth/login/aad/callback"]


def federated(**claims):
    """A token of a workload; nobody looks at its signature here."""
    whole = {"iss": "https://oidc.example/", "sub": "system:serviceaccount:a:b", "aud": ["api://AzureADTokenExchange"]}
    parts = ({"alg": "RS256"}, whole | claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts), "x"]
    )


@pytest.mark.parametrize(
    ("content", "issuer"),
    [
        pytest.param(federated(), "https://oidc.example/", id="a token"),
        pytest.param(federated(aud="api://AzureADTokenExchange"), "https://oidc.example/", id="one audience"),
        pytest.param(federated(aud=["a", "b"]), "<issuer>", id="several audiences"),
        pytest.param(federated(sub=None), "<issuer>", id="no subject"),
        pytest.param("nonsense", "<issuer>", id="no token"),
        pytest.param(None, "<issuer>", id="no file"),
    ],
)
def test_workloads_token_tells_its_federated_credential(examine, tmp_path, content, issuer):
    """Issuer, subject and audience stand in the token; without one they are left to be filled in."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    source = f"""
        from dataclasses import replace
        from starlette.applications import Starlette
        from azuread_auth.asgi import AzureAdAuth
        workload = WorkloadIdentity(token_file={str(path)!r})
        app = AzureAdAuth(Starlette(), replace(settings, credential=workload))
    """
    registration, _ = examine(SETTINGS, source)
    (entry,) = by_setting(registration)["federatedIdentityCredentials"]
    assert (entry["issuer"], entry["audiences"]) == (issuer, ["api://AzureADTokenExchange"])


def test_page_for_people(run, tmp_path):
    """The checklist, what is unknown and the commands are sections of the page."""
    (tmp_path / "registered_app.py").write_text(textwrap.dedent(SETTINGS) + textwrap.dedent(FASTAPI))
    outcome = run("doctor", "--app", "registered_app", folder=tmp_path)
    assert f"App registration {CLIENT}" in outcome.out
    assert "  [ ] signInAudience: AzureADMyOrg\n" in outcome.out
    assert "  [ ] appRoles: Job (Application)\n" in outcome.out
    assert "  [ ] api.oauth2PermissionScopes: A, Files.Read\n" in outcome.out
    assert "  What cannot be seen from here\n    - " in outcome.out
    assert f"/v1.0/applications(appId='{CLIENT}')" in outcome.out
    assert '{"signInAudience":"AzureADMyOrg","api":{"requestedAccessTokenVersion":2}}' in outcome.out
    assert SECRET not in outcome.out


def test_item_of_another_registration_is_marked(run, tmp_path):
    """So that nobody puts it into the wrong one."""
    other = "99999999-2222-4333-8444-555555555555"
    source = FASTAPI.replace("swagger_sign_in(app, settings)", f'swagger_sign_in(app, settings, client_id="{other}")')
    (tmp_path / "two_registrations.py").write_text(textwrap.dedent(SETTINGS) + textwrap.dedent(source))
    outcome = run("doctor", "--app", "two_registrations", folder=tmp_path)
    assert f"spa.redirectUris (of the registration {other}): https://" in outcome.out


def test_nothing_is_said_without_application_or_settings(examine, run):
    """There is nothing to go by."""
    with SimulatedTenant() as tenant:
        tenant.serve()
        assert json.loads(run("doctor", "--json", environ=tenant.environ()).out)["registration"] is None
        assert examine("import no_such_module", environ=tenant.environ())[0] is None
    source = "from starlette.applications import Starlette\napp = Starlette()"
    registration, outcome = examine(source)
    assert (registration, outcome.code) == (None, 2)
