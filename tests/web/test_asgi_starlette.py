"""The ASGI middleware under Starlette: its permissions, users, mounts, CORS and test client."""

import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, UnauthenticatedUser, requires
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.principal import Principal
from azuread_auth.requirements import Role


async def whoami(request):
    """Say who calls and what they may."""
    return JSONResponse(
        {
            "authenticated": request.user.is_authenticated,
            "name": request.user.display_name,
            "scopes": sorted(request.auth.scopes),
            "client": type(request.scope["azuread_auth"].client).__name__,
        }
    )


def guarded(*permissions):
    """An endpoint behind Starlette's own decorator."""

    @requires(permissions)
    async def endpoint(request):
        return PlainTextResponse("reached")

    return endpoint


async def admin(request):
    """An endpoint behind a requirement."""
    Role("Admin").check(request.user)
    return PlainTextResponse("reached")


async def items(request):
    """An endpoint that has nothing to do with who calls."""
    return PlainTextResponse("items")


ROUTES = [
    Route("/whoami", whoami),
    Route("/admin", admin),
    Route("/items", items, methods=["GET", "PUT"]),
    Route("/authenticated", guarded("authenticated")),
    Route("/scope", guarded("Files.Read")),
    Route("/role", guarded("role:Admin")),
    Route("/app-role", guarded("app_role:Admin")),
]


def protected(settings, *middleware, routes=ROUTES, **options):
    """A client of an application behind the middleware."""
    return TestClient(
        Starlette(routes=routes, middleware=[*middleware, Middleware(AzureAdAuth, settings=settings, **options)])
    )


@pytest.mark.parametrize(
    ("wishes", "permitted"),
    [
        pytest.param({"scopes": ["Files.Read"]}, {"/authenticated", "/scope"}, id="a user with a scope"),
        pytest.param({"roles": ["Admin"]}, {"/authenticated", "/role"}, id="a user with a role"),
        pytest.param({"kind": "app", "roles": ["Admin"]}, {"/authenticated", "/app-role"}, id="T64 an app with a role"),
        pytest.param(
            {"kind": "app", "roles": ["Files.Read"], "scopes": None},
            {"/authenticated"},
            id="T64 an app role like a scope",
        ),
        pytest.param(
            {"scopes": ["role:Admin", "app_role:Admin"]}, {"/authenticated"}, id="T65 scopes named like roles"
        ),
        pytest.param({"scopes": ["files.read"]}, {"/authenticated"}, id="T65 a scope in other case"),
    ],
)
def test_starlettes_requires_works(tenant, wishes, permitted):
    """`@requires` finds authenticated, scopes, `role:NAME` of users and `app_role:NAME` of applications."""
    client = protected(tenant.settings())
    headers = tenant.headers(**wishes)

    for path in ("/authenticated", "/scope", "/role", "/app-role"):
        assert client.get(path, headers=headers).status_code == (200 if path in permitted else 403), path


def test_the_request_has_user_and_permissions(tenant):
    """`request.user` is the Principal, `request.auth` Starlette's credentials."""
    client = protected(tenant.settings())

    answer = client.get("/whoami", headers=tenant.headers(user="adele", scopes=["B", "A"], roles=["Admin"]))

    assert answer.json() == {
        "authenticated": True,
        "name": "Adele Vance",
        "scopes": ["A", "B", "authenticated", "role:Admin"],
        "client": "AsyncAzureAdClient",
    }


def test_an_anonymous_request_is_starlettes_unauthenticated_user(tenant):
    """On optional and on public paths alike, `requires` refuses and `request.user` is not authenticated."""
    for options in ({"allow_anonymous": True}, {"public_paths": ("/*",)}):
        client = protected(tenant.settings(), **options)

        assert client.get("/whoami").json() == {
            "authenticated": False,
            "name": "",
            "scopes": [],
            "client": "AsyncAzureAdClient",
        }
        assert client.get("/authenticated").status_code == 403


def test_what_scopes_hold(tenant):
    """`scope["user"]`, `scope["auth"]` and `scope["azuread_auth"]`, for somebody and for nobody."""
    scopes = []

    async def endpoint(request):
        scopes.append(request.scope)
        return PlainTextResponse("reached")

    client = protected(tenant.settings(), routes=[Route("/", endpoint)], allow_anonymous=True)
    client.get("/", headers=tenant.headers())
    client.get("/")
    client.get("/")

    somebody, nobody, nobody_again = scopes
    assert isinstance(somebody["user"], Principal)
    assert somebody["azuread_auth"].principal is somebody["user"]
    assert somebody["azuread_auth"].claims is somebody["user"].claims
    assert isinstance(nobody["user"], UnauthenticatedUser)
    assert nobody["azuread_auth"].principal is None
    assert dict(nobody["azuread_auth"].claims) == {}
    for scope in scopes:
        assert isinstance(scope["auth"], AuthCredentials)
        assert isinstance(scope["azuread_auth"].client, AsyncAzureAdClient)
    # What one request does to its objects stays there.
    nobody["auth"].scopes.append("authenticated")
    assert nobody_again["auth"] is not nobody["auth"]
    assert nobody_again["auth"].scopes == []


def test_a_refusal_passes_base_http_middleware(tenant):
    """PermissionDenied is answered also where Starlette's wrapper runs the application in a task of its own."""

    class Wrapper(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            return await call_next(request)

    application = Starlette(
        routes=ROUTES, middleware=[Middleware(AzureAdAuth, settings=tenant.settings()), Middleware(Wrapper)]
    )
    client = TestClient(application)

    assert client.get("/admin", headers=tenant.headers()).status_code == 403
    assert client.get("/admin", headers=tenant.headers(roles=["Admin"])).text == "reached"


CORS = Middleware(
    CORSMiddleware,
    allow_origins=["https://spa.example"],
    allow_methods=["PUT"],
    allow_headers=["Authorization"],
    expose_headers=["WWW-Authenticate"],
)
ORIGIN = {"Origin": "https://spa.example"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}


def test_T14_cors_outside_answers_preflights_and_dresses_refusals(tenant):
    """With CORS added after this middleware, scripts can read why they were refused."""
    client = protected(tenant.settings(), CORS)

    preflight = client.options("/items", headers=PREFLIGHT)
    refusal = client.get("/items", headers=ORIGIN)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://spa.example"
    assert refusal.status_code == 401
    assert refusal.headers["www-authenticate"] == "Bearer"
    assert refusal.headers["access-control-allow-origin"] == "https://spa.example"
    assert refusal.headers["access-control-expose-headers"] == "WWW-Authenticate"


def test_T14_cors_inside_gets_its_preflights_and_the_handler_does_not(tenant):
    """A CORS layer further in still answers preflights; without one the route's methods refuse them."""
    behind = Starlette(routes=ROUTES, middleware=[Middleware(AzureAdAuth, settings=tenant.settings()), CORS])

    assert TestClient(behind).options("/items", headers=PREFLIGHT).headers["access-control-allow-methods"] == "PUT"
    assert protected(tenant.settings()).options("/items", headers=PREFLIGHT).status_code == 405
    assert protected(tenant.settings()).options("/items").status_code == 401


def test_T16_an_application_mounted_with_a_middleware_of_its_own(tenant, simulated_tenant):
    """The outer middleware judges first; a mount in its public paths is left to the inner one and its own paths."""
    inner = Starlette(
        routes=[Route("/open", items), Route("/closed", items), Route("/", items)],
        middleware=[Middleware(AzureAdAuth, settings=simulated_tenant.settings(), public_paths=("/open",))],
    )
    routes = [Mount("/sub", app=inner), Mount("/other", app=inner), Route("/open", items), Route("/items", items)]
    client = protected(tenant.settings(), routes=routes, public_paths=("/sub/*",))

    assert client.get("/sub/open").text == "items"
    assert client.get("/sub/closed").status_code == 401
    assert client.get("/sub/closed", headers=simulated_tenant.headers()).text == "items"
    assert client.get("/sub/closed", headers=tenant.headers()).status_code == 401
    assert client.get("/open").status_code == 401
    assert client.get("/other/open").status_code == 401
    assert client.get("/other/open", headers=tenant.headers()).text == "items"
    assert client.get("/other/closed", headers=tenant.headers()).status_code == 401


@pytest.mark.parametrize("root_path", ["", "/api"])
def test_T16_a_root_path_is_no_part_of_patterns(tenant, root_path):
    """Behind a proxy that adds a prefix, patterns are those of the routes."""
    client = protected(tenant.settings(), public_paths=("/items",))
    prefixed = TestClient(client.app, root_path=root_path)

    assert prefixed.get(f"{root_path}/items").text == "items"
    assert prefixed.get(f"{root_path}/whoami").status_code == 401


def test_R12_a_test_client_without_with_brings_a_new_loop_each_time(tenant):
    """200 requests on 200 event loops, with one fetch of the keys and no warning."""
    before = tenant.request_count("keys")
    client = protected(tenant.settings())

    answers = {client.get("/items", headers=tenant.headers()).status_code for _ in range(200)}

    assert answers == {200}
    assert tenant.request_count("keys") - before == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_R12_one_client_for_several_applications(tenant, backend):
    """Applications that share a client share its keys; the loop may be asyncio's or trio's."""
    before = tenant.request_count("keys")
    shared = AsyncAzureAdClient(tenant.settings())
    token = tenant.headers()

    for _ in range(3):
        application = Starlette(routes=ROUTES, middleware=[Middleware(AzureAdAuth, client=shared)])
        with TestClient(application, backend=backend) as client:
            assert client.get("/items", headers=token).text == "items"

    assert tenant.request_count("keys") - before == 1
