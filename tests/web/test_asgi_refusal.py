"""The middleware's answer for ASGI frameworks that keep exceptions to themselves, and which path they route."""

import logging
from typing import Any

import pytest
from litestar import Litestar, Request, Response, asgi, get
from litestar.middleware import DefineMiddleware
from quart import Quart, request
from starlette.testclient import TestClient

from azuread_auth import (
    AzureAdError,
    ClaimsChallenge,
    ClientRejected,
    InteractionRequired,
    PermissionDenied,
    Scope,
    WebLogin,
)
from azuread_auth.asgi import AzureAdAuth, refusal

PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    """Litestar sets up the logging of the whole process."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)


def litestar_refused(request: Request, error: AzureAdError) -> Response[bytes]:
    """A handler of Litestar's that answers as the middleware does."""
    body, status, headers = refusal(error, request.scope)
    return Response(body, status_code=status, headers=dict(headers))


def litestar_app(error, settings):
    """A Litestar application whose route raises."""

    @get("/")
    async def index() -> None:
        raise error

    return AzureAdAuth(Litestar([index], exception_handlers={AzureAdError: litestar_refused}), settings)


def quart_app(error, settings):
    """A Quart application whose view raises."""
    app = Quart(__name__)
    app.asgi_app = AzureAdAuth(app.asgi_app, settings)

    @app.errorhandler(AzureAdError)
    async def refused(error):
        return refusal(error, request.scope)

    @app.get("/")
    async def index():
        raise error

    return app


def plain_app(error, settings):
    """An application of no framework that raises."""

    async def application(scope, receive, send):
        raise error

    return AzureAdAuth(application, settings)


@pytest.mark.parametrize(
    "error",
    [
        PermissionDenied(Scope("Files.Write")),
        InteractionRequired("consent", error="consent_required", scopes=("User.Read",)),
        InteractionRequired("more", error="interaction_required", claims='{"access_token":{}}'),
        ClaimsChallenge(acrs="c1"),
    ],
)
@pytest.mark.parametrize("make_app", [litestar_app, quart_app])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_frameworks_answer_as_the_middleware_does(tenant, make_app, error, accept):
    """Status, headers and body are those that the raised error gets where the middleware sees it."""
    headers = {**tenant.headers(claims={"xms_cc": ["cp1"]}), "accept": accept}
    expected = TestClient(plain_app(error, tenant.settings())).get("/", headers=headers)

    answer = TestClient(make_app(error, tenant.settings())).get("/", headers=headers)

    assert answer.status_code == expected.status_code >= 401
    assert sorted(answer.headers.multi_items()) == sorted(expected.headers.multi_items())
    assert answer.content == expected.content


@pytest.mark.parametrize("make_app", [litestar_app, quart_app])
def test_what_is_the_application_s_stays_so(tenant, make_app):
    """An error that the middleware does not answer is raised again."""
    client = TestClient(
        make_app(ClientRejected("refused", error="invalid_client"), tenant.settings()), raise_server_exceptions=False
    )

    assert client.get("/", headers=tenant.headers()).status_code == 500


@pytest.mark.parametrize("is_debugging", [False, True])
@pytest.mark.parametrize("framework", ["litestar", "quart"])
def test_T112_an_error_of_the_application_shows_no_token(tenant, is_logged, framework, is_debugging):
    """Neither the page that a framework shows to developers, with locals, nor the log has what the caller sent."""

    @get("/")
    async def index(request: Request) -> None:
        auth, caller = request.auth, request.user
        fail(auth, caller, caller.token)

    async def view():
        auth, caller = request.scope["azuread_auth"], request.scope["user"]
        fail(auth, caller, caller.token)

    if framework == "litestar":
        app = AzureAdAuth(Litestar([index], debug=is_debugging), tenant.settings())
    else:
        app = Quart(__name__)
        app.debug = is_debugging
        app.add_url_rule("/", view_func=view)
        app.asgi_app = AzureAdAuth(app.asgi_app, tenant.settings())
    token = tenant.mint_token()

    for accept in ("application/json", "text/html"):
        headers = {"authorization": f"Bearer {token}", "accept": accept}
        answer = TestClient(app, raise_server_exceptions=False).get("/", headers=headers)

        assert answer.status_code == 500
        assert ("out of order" in answer.text) == is_debugging
        assert [part for part in token.split(".") if part in answer.text] == []
    assert not is_logged(token)


def fail(auth, caller, token):
    """What is unexpected."""
    message = "out of order"
    raise RuntimeError(message)


@pytest.mark.parametrize("scope", [{}, {"azuread_auth": object()}])
def test_nothing_is_answered_where_nobody_judged_the_caller(scope):
    """Without the middleware the error is raised again."""
    with pytest.raises(PermissionDenied):
        refusal(PermissionDenied(Scope("Files.Read")), scope)


def test_the_reason_is_in_the_log(tenant, is_logged):
    """The operator learns what was missing, as from the middleware."""
    client = TestClient(quart_app(PermissionDenied(Scope("Files.Write")), tenant.settings()))

    client.get("/", headers=tenant.headers())

    assert is_logged("the caller does not meet Scope('Files.Write')")


@pytest.mark.parametrize("is_caught", [True, False])
def test_people_come_back_to_the_page_they_asked_for(tenant, is_caught):
    """A router writes another path into the scope below a mount; sign-in leads back to the whole one."""

    @asgi("/shop", is_mount=True, copy_scope=False)
    async def shop(scope: Any, receive: Any, send: Any) -> None:
        raise PermissionDenied(Scope("Files.Read"))

    handlers = {AzureAdError: litestar_refused if is_caught else raise_again}
    app = AzureAdAuth(
        Litestar([shop], exception_handlers=handlers), tenant.settings(), login=WebLogin(), allow_anonymous=True
    )

    answer = TestClient(app, base_url="http://localhost").get("/shop/cart", headers=PAGE, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Fshop%2Fcart"


def raise_again(request: Request, error: AzureAdError) -> Response[None]:
    """A handler of Litestar's that leaves the error to whoever is outside."""
    raise error


@pytest.mark.parametrize("root_path", ["/app", "/app/"])
@pytest.mark.parametrize("path", ["/static/app/admin", "/static/appadmin", "/static/app//admin", "/appstatic/admin"])
def test_T16_no_framework_routes_another_path_than_was_judged(tenant, root_path, path):
    """A `root_path` that the server did not put before the path is not cut out of its middle."""

    @get("/admin")
    async def admin() -> str:
        return "for administrators"

    app = AzureAdAuth(Litestar([admin]), tenant.settings(), public_paths=("/static/*", "/appstatic/*"))
    client = TestClient(app, root_path=root_path)

    assert client.get(path).status_code in (401, 404)
    assert client.get("/admin", headers=tenant.headers()).status_code == 200


def test_T16_a_path_that_begins_with_its_root_is_left_alone(tenant):
    """What servers say as ASGI has it is handed on as it is; so is a path that has nothing of its root in it."""
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = TestClient(AzureAdAuth(application, tenant.settings(), allow_anonymous=True), root_path="/app")

    for path in ("/app", "/app/app/x", "/x", "/appx", "/x/app"):
        client.get(path)

    assert seen == ["/app", "/app/app/x", "/x", "/app/appx", "/app/x/app"]


def test_litestar_takes_a_path_with_a_slash_for_the_one_without(tenant):
    """What the guide says of it: the public pattern "/files/*" opens the handler of "/files"."""

    @get("/files")
    async def files(request: Request) -> str:
        return str(request.auth.principal)

    client = TestClient(AzureAdAuth(Litestar([files]), tenant.settings(), public_paths=("/files/*",)))

    assert client.get("/files").status_code == 401
    assert client.get("/files/").text == "None"


def test_litestar_makes_one_middleware_for_each_route(tenant):
    """What the guide says of its list of middlewares: there each route has its own, and other paths have none."""
    made = []

    class Counted(AzureAdAuth):
        def __init__(self, *args, **options):
            made.append(self)
            super().__init__(*args, **options)

    @get(["/a", "/b"])
    async def index() -> None:
        """Nothing."""

    app = Litestar([index], middleware=[DefineMiddleware(Counted, settings=tenant.settings())], openapi_config=None)

    assert len(made) >= 2
    assert TestClient(app).get("/a").status_code == 401
    assert TestClient(app).get("/nowhere").status_code == 404


@pytest.mark.parametrize("framework", ["litestar", "quart"])
def test_a_signed_in_client_works_with_both(signed_in_client, azuread_settings, framework):
    """The fixture signs users in through the middleware, whatever is inside."""

    @get("/")
    async def index(request: Request) -> str:
        return request.user.display_name

    async def view():
        return request.scope["user"].display_name

    if framework == "litestar":
        app = AzureAdAuth(Litestar([index]), azuread_settings, login=WebLogin())
    else:
        app = Quart(__name__)
        app.add_url_rule("/", view_func=view)
        app.asgi_app = AzureAdAuth(app.asgi_app, azuread_settings, login=WebLogin())

    assert signed_in_client(app, "megan").get("/").text == "Megan Bowen"
