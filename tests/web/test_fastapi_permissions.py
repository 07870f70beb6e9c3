"""Who may call a FastAPI route."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

from azuread_auth import AsyncAzureAdClient, AzureAdAuth, Principal
from azuread_auth.fastapi import (
    azuread_client,
    require,
    require_app_role,
    require_role,
    require_scope,
    require_user,
)
from azuread_auth.requirements import AppRole, Client, Group, IsApp, Role, Scope, Tenant
from azuread_auth.simulation.token_order import DEFAULT_CALLER

GROUP = "c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8"
READ = {"scopes": ["Files.Read"]}
APP = {"kind": "app", "roles": ["Files.Read.All"]}
FILES = Scope("Files.Read") | AppRole("Files.Read.All")


@pytest.fixture
def app(tenant):
    """An application behind the middleware, without routes."""
    made = FastAPI()
    made.add_middleware(AzureAdAuth, settings=tenant.settings())
    return made


def protect(app, dependency, path="/"):
    """A route that answers with the caller's object id."""

    @app.get(path)
    async def route(caller: Annotated[Principal, Depends(dependency)]):
        return caller.object_id


def status_of(app, headers, path="/"):
    """What a GET is answered."""
    return TestClient(app).get(path, headers=headers).status_code


@pytest.mark.parametrize(
    ("dependency", "wishes", "status"),
    [
        pytest.param(require_scope("Files.Read"), READ, 200, id="scope"),
        pytest.param(require_scope("Files.Read"), {**READ, "version": 1}, 200, id="scope, version 1"),
        pytest.param(require_scope("Files.Read"), {"scopes": "Files.Write Files.Read"}, 200, id="one of two scopes"),
        pytest.param(require_scope("Files.Read"), {"scopes": "Files.ReadWrite"}, 403, id="T65 longer scope"),
        pytest.param(require_scope("Files.ReadWrite"), READ, 403, id="T65 shorter scope"),
        pytest.param(require_scope("Files.Read"), {"scopes": "files.read"}, 403, id="T65 other case"),
        pytest.param(require_scope("Files.Read"), {"claims": {"scp": "Other\tFiles.Read"}}, 403, id="T65 tab between"),
        pytest.param(require_scope("Files.Read"), {"roles": ["Files.Read"]}, 403, id="T65 scope among roles"),
        pytest.param(require_scope("Files.Read"), {"claims": {"scp": ["Files.Read"]}}, 401, id="T65 list of scopes"),
        pytest.param(require_scope("Files.Read", "Files.Write"), READ, 403, id="all scopes, one there"),
        pytest.param(require_scope("A", "B"), {"scopes": "B A"}, 200, id="all scopes, all there"),
        pytest.param(require_scope("Files.Read"), APP, 403, id="T64 application on a scope route"),
        pytest.param(
            require_scope("Files.Read"), {**APP, "claims": {"scp": "Files.Read"}}, 403, id="T64 application with scp"
        ),
        pytest.param(require_role("Admin"), {"user": "megan"}, 200, id="role"),
        pytest.param(require_role("Admin"), {"user": "adele"}, 403, id="role, user without"),
        pytest.param(require_role("Admin"), {"claims": {"roles": "Admin"}}, 200, id="T66 role as bare text"),
        pytest.param(require_role("min"), {"claims": {"roles": "Admin"}}, 403, id="T66 part of the bare text"),
        pytest.param(require_role("Admin"), {"claims": {"wids": ["Admin"]}}, 403, id="T66 directory role"),
        pytest.param(require_role("Admin"), {"kind": "app", "roles": ["Admin"]}, 403, id="T64 app with a user's role"),
        pytest.param(require_role("Admin", "Owner"), {"user": "megan"}, 403, id="all roles, one there"),
        pytest.param(require_role("Admin", "Owner"), {"user": "megan", "roles": "Owner"}, 200, id="all roles there"),
        pytest.param(require_app_role("Files.Read.All"), APP, 200, id="app role"),
        pytest.param(require_app_role("Files.Read.All"), {"roles": ["Files.Read.All"]}, 403, id="T64 user's role"),
        pytest.param(require_app_role("Files.Write.All"), APP, 403, id="another app role"),
        pytest.param(require_app_role("A", "B"), {"kind": "app", "roles": ["A"]}, 403, id="all app roles, one there"),
        pytest.param(require_user, {}, 200, id="user"),
        pytest.param(require_user, {"user": "robin"}, 200, id="guest"),
        pytest.param(require_user, APP, 403, id="T64 application on a user route"),
        pytest.param(require(IsApp()), {}, 403, id="T64 user on an app route"),
        pytest.param(require(FILES), READ, 200, id="either, user"),
        pytest.param(require(FILES), APP, 200, id="either, application"),
        pytest.param(require(FILES), {"scopes": "Other"}, 403, id="neither"),
        pytest.param(require(Scope("Files.Read") & Role("Admin")), READ, 403, id="both, one there"),
        pytest.param(require(Scope("Files.Read") & Role("Admin")), {**READ, "user": "megan"}, 200, id="both"),
        pytest.param(require(Group(GROUP)), {"user": "megan"}, 200, id="group"),
        pytest.param(require(Group(GROUP)), {"claims": {"groups": None, "hasgroups": True}}, 403, id="T68 overage"),
        pytest.param(require(Tenant("d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70")), {}, 403, id="another tenant"),
        pytest.param(require(Client(DEFAULT_CALLER)), APP, 200, id="T64 client of a proved application"),
        pytest.param(require(Client(DEFAULT_CALLER)), {}, 403, id="T64 client of a user's token"),
    ],
)
def test_caller_meets_what_the_route_requires(app, tenant, dependency, wishes, status):
    """A route runs for the callers that meet its requirement, and for no others."""
    protect(app, dependency)

    assert status_of(app, tenant.headers(**wishes)) == status


@pytest.mark.parametrize("name", ["api://{client_id}/Files.Read", "{client_id}/Files.Read"])
def test_scope_may_be_written_with_a_prefix_of_the_api(app, tenant, name):
    """Full scope names, as clients request them, mean the same as short ones."""
    protect(app, require_scope(name.format(client_id=tenant.client_id)))

    assert status_of(app, tenant.headers(**READ)) == 200
    assert status_of(app, tenant.headers(scopes="Other")) == 403


def test_the_route_gets_the_caller(app, tenant):
    """The dependency's value is the Principal of the token."""
    protect(app, require_user)

    answer = TestClient(app).get("/", headers=tenant.headers(user="megan"))

    assert answer.json() == "6b8d0e2f-3a45-4c67-9d89-0e1f2a3b4c52"


def test_the_route_gets_the_client(tenant):
    """`azuread_client` is the client of the middleware, with a caller and without."""
    client = AsyncAzureAdClient(tenant.settings())
    app = FastAPI()
    app.add_middleware(AzureAdAuth, client=client, allow_anonymous=True)
    seen = []

    @app.get("/")
    async def route(given: Annotated[AsyncAzureAdClient, Depends(azuread_client)]):
        seen.append(given)

    assert status_of(app, tenant.headers()) == status_of(app, {}) == 200
    assert seen == [client, client]


def test_def_routes_are_protected_as_well(app, tenant):
    """A route that runs in a thread gets the caller as one on the event loop does."""

    @app.get("/")
    def route(caller: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return caller.kind

    assert TestClient(app).get("/", headers=tenant.headers(**READ)).json() == "user"
    assert status_of(app, tenant.headers(scopes="Other")) == 403


def test_dependency_as_default_value(app, tenant):
    """The older way to declare dependencies works too."""

    @app.get("/")
    async def route(caller: Principal = Depends(require_scope("Files.Read"))):  # noqa: B008 - what is tested
        return caller.kind

    assert status_of(app, tenant.headers(**READ)) == 200
    assert status_of(app, tenant.headers(scopes="Other")) == 403


def test_dependency_within_a_dependency(app, tenant):
    """A dependency of the application may build on the caller."""

    async def owner(caller: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return caller.username

    @app.get("/")
    async def route(name: Annotated[str, Depends(owner)]):
        return name

    answer = TestClient(app).get("/", headers=tenant.headers(**READ))

    assert answer.json() == "adele@contoso.onmicrosoft.com"
    assert status_of(app, tenant.headers(scopes="Other")) == 403


def test_dependencies_of_a_router_and_of_its_routes_count(app, tenant):
    """A router's requirement and its route's own are both to be met."""
    inner = APIRouter(prefix="/inner", dependencies=[Depends(require_role("Admin"))])
    protect(inner, require_scope("Files.Read"), "/files")
    outer = APIRouter(prefix="/outer")
    outer.include_router(inner)
    app.include_router(outer)

    def status(**wishes):
        return status_of(app, tenant.headers(**wishes), "/outer/inner/files")

    assert status(**READ, user="megan") == 200
    assert status(**READ) == 403
    assert status(scopes="Other", user="megan") == 403


def test_routes_of_a_mounted_application(app, tenant):
    """A mounted FastAPI application is behind the outer one's middleware."""
    mounted = FastAPI()
    protect(mounted, require_scope("Files.Read"), "/files")
    app.mount("/v1", mounted)

    assert status_of(app, tenant.headers(**READ), "/v1/files") == 200
    assert status_of(app, tenant.headers(scopes="Other"), "/v1/files") == 403
    assert status_of(app, {}, "/v1/files") == 401


@pytest.mark.parametrize(
    "options", [{"allow_anonymous": True}, {"optional_paths": ("/files/*", "/open")}, {"public_paths": ("/open",)}]
)
def test_anonymous_callers_stop_at_the_dependency(tenant, options):
    """Where the middleware lets anonymous callers pass, each route decides."""
    app = FastAPI()
    app.add_middleware(AzureAdAuth, settings=tenant.settings(), **options)
    protect(app, require_user, "/files/mine")

    @app.get("/open")
    async def route():
        return "open"

    assert status_of(app, {}, "/open") == 200
    assert status_of(app, {}, "/files/mine") == 401
    assert status_of(app, tenant.headers(), "/files/mine") == 200
    assert status_of(app, {"Authorization": "Bearer bad"}, "/files/mine") == 401
