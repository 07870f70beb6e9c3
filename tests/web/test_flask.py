"""The Flask extension: views that say what they need, and answers as those of the middleware."""

import pytest
from flask import Blueprint, Flask, render_template_string
from flask.views import MethodView

from azuread_auth import AppRole, AuthContext, Principal, Scope, WebLogin
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import AzureAdError, ClientRejected, ConfigurationError, PermissionDenied
from azuread_auth.flask import (
    AzureAdAuth,
    app_token,
    azuread_client,
    current_principal,
    login_required,
    require,
    require_app_role,
    require_role,
    require_scope,
    user_token,
)
from azuread_auth.simulation import SimulatedTenant

ORDERS = "api://orders/Orders.Read"
PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate"}


@pytest.fixture
def tenant():
    """A tenant of the test's own."""
    with SimulatedTenant() as tenant:
        yield tenant


async def _slowly(name: str) -> str:
    return f"{name} of {current_principal.display_name}"


VIEWS = {
    "/open": lambda: "nobody" if not current_principal else current_principal.display_name,
    "/anyone": login_required(lambda: current_principal.identity),
    "/files": login_required(require_scope("Files.Read", "Files.Write")(lambda: {"owner": current_principal.name})),
    "/admin": require_role("Admin")(lambda: "admin"),
    "/job": require_app_role("access_as_app")(lambda: "job"),
    "/either": require(Scope("Files.Read") | AppRole("access_as_app"))(lambda: "either"),
    "/step-up": require(AuthContext("c1"))(lambda: "stepped up"),
    "/slowly/<name>": require_scope("Files.Read")(_slowly),
    "/orders": lambda: user_token(ORDERS).reveal()[:2],
    "/nightly": lambda: app_token("api://orders/.default").reveal()[:2],
}


def _application(tenant: SimulatedTenant, **options: object) -> Flask:
    app = Flask(__name__)
    app.testing = True  # exceptions that nobody handles are raised, and refusals are still answers
    AzureAdAuth(app, tenant.settings(), **options)
    for path, view in VIEWS.items():
        app.add_url_rule(path, endpoint=path.strip("/"), view_func=view)
    return app


@pytest.mark.parametrize(
    ("path", "wishes", "status"),
    [
        ("/open", None, 401),
        ("/open", {}, 200),
        ("/anyone", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/files", {"scopes": ["Files.Read", "Files.Write"]}, 200),
        ("/files", {"scopes": ["Files.Read"]}, 403),
        ("/admin", {"user": "megan"}, 200),
        ("/admin", {"user": "adele"}, 403),
        ("/job", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/job", {"user": "megan"}, 403),
        ("/either", {"scopes": ["Files.Read"]}, 200),
        ("/either", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/either", {"scopes": ["Mail.Read"]}, 403),
        ("/step-up", {"claims": {"acrs": ["c1"]}}, 200),
        ("/step-up", {"claims": {"xms_cc": ["cp1"]}}, 401),
        ("/slowly/book", {"scopes": ["Files.Read"]}, 200),
        ("/slowly/book", {}, 403),
        ("/orders", {}, 200),
        ("/orders", {"kind": "app", "roles": ["access_as_app"]}, 403),
        ("/nightly", {}, 200),
    ],
)
def test_views_say_what_they_need(tenant, path, wishes, status):
    """A view runs for those who meet its requirement; others get a problem document with the challenge."""
    headers = {} if wishes is None else tenant.headers(**wishes)
    answer = _application(tenant).test_client().get(path, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Cache-Control"] == "no-store"


def test_scopes_are_named_in_full(tenant):
    """The challenge names what is missing as clients request it."""
    answer = _application(tenant).test_client().get("/files", headers=tenant.headers(scopes=["Files.Read"]))
    assert f'scope="api://{tenant.client_id}/Files.Write"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/anyone", "/files", "/orders"])
def test_anonymous_callers_of_optional_paths(tenant, path):
    """Where a path lets anonymous callers in, the decorators do not: 401 without an error, or a page to sign in."""
    app = _application(tenant, allow_anonymous=True, login=WebLogin())
    client = app.test_client()
    assert client.get("/open").text == "nobody"
    refused = client.get(path)
    assert (refused.status_code, "error=" in refused.headers["WWW-Authenticate"]) == (401, False)
    page = client.get(path, headers=PAGE)
    assert (page.status_code, page.location) == (303, f"/auth/login?next={path.replace('/', '%2F')}")


def test_pages_of_a_session(tenant):
    """A session is a caller too; a token for the next API comes of its sign-in, after consent where that is missing."""
    app = _application(tenant, login=WebLogin(scopes=[ORDERS]))
    client = app.test_client()
    begun = client.get("/auth/login", query_string={"next": "/orders"})
    callback = tenant.sign_in(begun.location, user="megan")
    assert client.get("/auth/callback", query_string=callback).location == "/orders"
    assert client.get("/admin").text == "admin"
    assert client.get("/orders").text == "ey"
    stepped = client.get("/step-up", headers=PAGE)
    assert (stepped.status_code, stepped.location.partition("?")[0]) == (303, "/auth/login")


def test_blueprints_and_class_based_views(tenant):
    """The decorators work wherever Flask takes views, and a blueprint may answer refusals in its own way."""
    app = _application(tenant)
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    class Orders(MethodView):
        decorators = (require_scope("Orders.Read"),)

        def get(self):
            return "orders"

    @shop.errorhandler(PermissionDenied)
    def closed(error):
        return f"needs {error.requirement}", 403

    shop.add_url_rule("/orders", view_func=Orders.as_view("orders"))
    app.register_blueprint(shop)
    client = app.test_client()
    assert client.get("/shop/orders", headers=tenant.headers(scopes=["Orders.Read"])).text == "orders"
    assert client.get("/shop/orders", headers=tenant.headers()).text == "needs Scope('Orders.Read')"


@pytest.mark.parametrize("kind", [PermissionDenied, AzureAdError])
@pytest.mark.parametrize("is_before", [True, False])
def test_handlers_of_the_application_go_first(tenant, kind, is_before):
    """Whether they were there before the extension or come after it; a general one has to be there before."""
    app = Flask(__name__)
    if is_before:
        app.register_error_handler(kind, lambda error: (error.code, 418))
    AzureAdAuth(app, tenant.settings())
    if not is_before:
        app.register_error_handler(kind, lambda error: (error.code, 418))
    app.add_url_rule("/", view_func=require_scope("Files.Read")(lambda: "in"))
    status = app.test_client().get("/", headers=tenant.headers()).status_code
    assert status == (418 if is_before or kind is PermissionDenied else 403)


def test_handlers_for_everything_leave_refusals_alone(tenant):
    """One for any exception or for a status is for the application's own errors."""
    app = Flask(__name__)
    app.register_error_handler(Exception, lambda error: ("broken", 500))
    app.register_error_handler(403, lambda error: ("closed", 403))
    AzureAdAuth(app, tenant.settings())
    app.add_url_rule("/", view_func=require_scope("Files.Read")(lambda: "in"))
    answer = app.test_client().get("/", headers=tenant.headers())
    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")


def test_factory_protects_several_applications(tenant):
    """The extension is made once, and given applications as they are created; twice is a mistake."""
    extension = AzureAdAuth(settings=tenant.settings(), public_paths=("/open",))
    for name in ("one", "two"):
        app = Flask(name)
        extension.init_app(app)
        app.add_url_rule("/open", view_func=lambda: "nobody" if not current_principal else "somebody")
        assert app.test_client().get("/open").text == "nobody"
        assert app.test_client().get("/other").status_code == 401
        assert app.extensions["azuread_auth"] is extension
        with pytest.raises(ConfigurationError, match="has an AzureAdAuth already"):
            extension.init_app(app)


def test_templates_know_the_caller(tenant):
    """`current_principal` is there in templates, for both kinds of caller."""
    app = _application(tenant, allow_anonymous=True)
    template = "{{ current_principal.name if current_principal else 'sign in' }}"
    app.add_url_rule("/page", view_func=lambda: render_template_string(template))
    assert app.test_client().get("/page").text == "sign in"
    assert app.test_client().get("/page", headers=tenant.headers()).text == "Adele Vance"


def test_proxies_stand_for_what_they_are(tenant):
    """The proxies are accepted where the values are."""
    app = _application(tenant)

    @app.get("/proxies")
    def proxies():
        assert isinstance(current_principal, Principal)
        assert isinstance(azuread_client, AzureAdClient)
        assert Scope("Files.Read").is_met_by(current_principal)
        return azuread_client.acquire_token_for_user(current_principal, ORDERS).reveal()[:2]

    assert app.test_client().get("/proxies", headers=tenant.headers(scopes=["Files.Read"])).text == "ey"


def test_other_errors_are_the_application_s(tenant):
    """What no caller can mend goes on as Flask has it."""
    app = _application(tenant)
    tenant.fail("token", aadsts=7000215)
    with pytest.raises(ClientRejected):
        app.test_client().get("/nightly", headers=tenant.headers())


def test_application_without_the_extension():
    """A view that asks who calls where nobody was judged is told what to add."""
    app = Flask(__name__)
    app.testing = True
    app.add_url_rule("/", view_func=login_required(lambda: "in"))
    with pytest.raises(RuntimeError, match="AzureAdAuth\\(app\\)"):
        app.test_client().get("/")


@pytest.mark.parametrize(
    "misuse",
    [
        pytest.param(require_scope, id="no scope"),
        pytest.param(require_role, id="no role"),
        pytest.param(require_app_role, id="no app role"),
        pytest.param(lambda: require_scope(lambda: "view"), id="decorator not called"),
        pytest.param(lambda: require("Files.Read"), id="no requirement"),
        pytest.param(lambda: require(lambda: "view"), id="require not called"),
        pytest.param(lambda: login_required("/orders"), id="no view"),
    ],
)
def test_misuse_is_told_when_the_view_is_declared(misuse):
    """A mistake does not wait for the first request."""
    with pytest.raises(ConfigurationError):
        misuse()


def test_simulated_tenant_is_installed(tenant):
    """An application with the extension can be judged by a simulated tenant for a while."""
    own, app = SimulatedTenant(), Flask(__name__)
    AzureAdAuth(app, own.settings())
    app.add_url_rule("/", view_func=lambda: current_principal.display_name)
    with tenant.installed_in(app):
        assert app.test_client().get("/", headers=tenant.headers()).text == "Adele Vance"
    assert app.test_client().get("/", headers=tenant.headers()).status_code == 401
