"""What is declared of tokens for the next API: equality, overrides, OpenAPI, and mistakes found at once."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Security
from fastapi.testclient import TestClient

from azuread_auth import AccessToken, AsyncAzureAdClient, AzureAdAuth, ConfigurationError, Secret
from azuread_auth.fastapi import app_token, require_scope, require_user, user_token

READ, MAIL = "https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"
GRAPH, ORDERS = "https://graph.microsoft.com/.default", "api://orders/.default"
TOKEN = AccessToken(token=Secret("a token"), expires_at=2.0, refresh_at=1.0, scopes=frozenset())


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        pytest.param(user_token(READ), user_token(READ), True, id="same scope"),
        pytest.param(user_token(READ, MAIL), user_token(READ, MAIL), True, id="same scopes"),
        pytest.param(app_token(ORDERS), app_token(ORDERS), True, id="same scope of an application"),
        pytest.param(user_token(READ), user_token(MAIL), False, id="another scope"),
        pytest.param(user_token(READ), user_token(READ, MAIL), False, id="one more scope"),
        pytest.param(app_token(ORDERS), app_token(GRAPH), False, id="another API"),
        pytest.param(app_token(GRAPH), user_token(GRAPH), False, id="application and user"),
        pytest.param(user_token(READ), require_user, False, id="token and caller"),
        pytest.param(user_token(READ), repr(user_token(READ)), False, id="something else"),
    ],
)
def test_equal_when_the_arguments_are(one, other, are_equal):
    """What the factories return compares by its arguments, and hashes accordingly."""
    assert (one == other) is are_equal
    assert len({one, other}) == (1 if are_equal else 2)


def test_repr_is_what_to_write():
    """In a list of routes one reads which token each gets."""
    assert repr(user_token(READ, MAIL)) == f"user_token({READ!r}, {MAIL!r})"
    assert repr(app_token(ORDERS)) == f"app_token({ORDERS!r})"


def test_override_by_what_the_route_was_declared_with():
    """A test overrides a token by writing it again, without the middleware or a provider."""
    app = FastAPI()

    @app.get("/")
    async def route(
        user: Annotated[AccessToken, Depends(user_token(READ))], own: Annotated[AccessToken, Depends(app_token(ORDERS))]
    ):
        return [user.reveal(), own.reveal()]

    app.dependency_overrides[user_token(READ)] = app.dependency_overrides[app_token(ORDERS)] = lambda: TOKEN

    assert TestClient(app).get("/").json() == ["a token", "a token"]


def test_one_request_asks_for_a_token_once(tenant):
    """However often and wherever a token is declared, one request asks for it once, and the next one anew."""
    asked = []

    class Client(AsyncAzureAdClient):
        async def acquire_token_for_user(self, principal, *scopes, **_options):
            asked.append(scopes)
            return TOKEN

    def helper(token: Annotated[AccessToken, Depends(user_token(READ))]):
        return token

    app = FastAPI()
    app.add_middleware(AzureAdAuth, client=Client(tenant.settings()))

    @app.get("/", dependencies=[Depends(user_token(READ))])
    async def route(
        one: Annotated[AccessToken, Depends(user_token(READ))], other: Annotated[AccessToken, Depends(helper)]
    ):
        return one is other

    http = TestClient(app, headers=tenant.headers())
    assert http.get("/").json() is True
    assert asked == [(READ,)]
    http.get("/")
    assert asked == [(READ,), (READ,)]


@pytest.mark.parametrize("factory", [user_token, app_token])
@pytest.mark.parametrize("declare", [Depends, Security])
def test_factory_that_was_not_called(factory, declare):
    """`Depends(user_token)` would be a puzzle later; the declaration fails and says what is wrong."""
    with pytest.raises(ConfigurationError, match="without being called"):

        @FastAPI().get("/")
        async def route(_: Annotated[AccessToken, declare(factory)]): ...


@pytest.mark.parametrize("factory", [user_token, app_token])
def test_nothing_asked_for(factory):
    """A token is for something."""
    with pytest.raises(ConfigurationError, match=rf'{factory.__name__}\(\) has no scope .* {factory.__name__}\("'):
        factory()


@pytest.mark.parametrize("scope", ["", " ", "User.Read Mail.Read", " User.Read", '"User.Read"', None, [READ]], ids=repr)
@pytest.mark.parametrize("factory", [user_token, app_token])
def test_what_is_no_scope(factory, scope):
    """Several scopes in one, none, or no text: found when the route is declared."""
    with pytest.raises(ConfigurationError, match=r"a scope is (empty, no text, or has spaces|a list; expected texts)"):
        factory(scope)


@pytest.mark.parametrize("scopes", [(READ, "api://orders/Orders.Read"), ("User.Read", ORDERS)], ids=repr)
def test_scopes_of_several_apis(scopes):
    """One token is for one API."""
    with pytest.raises(ConfigurationError, match="several APIs"):
        user_token(*scopes)


@pytest.mark.parametrize("scopes", [(READ,), ("User.Read",), (GRAPH, READ)], ids=repr)
def test_an_applications_scope_ends_in_default(scopes):
    """What an application may do is granted beforehand: it asks for all of it."""
    with pytest.raises(ConfigurationError, match=r"ends in /\.default"):
        app_token(*scopes)


@pytest.mark.parametrize("dependency", [user_token(READ), app_token(ORDERS)], ids=repr)
def test_dependency_that_was_called(dependency):
    """`Depends(user_token(...)())` fails while the route is declared."""
    with pytest.raises(TypeError, match="is a dependency and was called"):
        Depends(dependency())


def test_openapi_says_that_a_user_is_needed():
    """The scheme is named, and no scope: those of another API are not asked for here. An app token needs no caller."""
    app = FastAPI()

    @app.get("/user")
    async def user(_: Annotated[AccessToken, Depends(user_token(READ))]): ...

    @app.get("/both", dependencies=[Depends(require_scope("Files.Read"))])
    async def both(_: Annotated[AccessToken, Depends(user_token(READ))]): ...

    @app.get("/app")
    async def own(_: Annotated[AccessToken, Depends(app_token(ORDERS))]): ...

    document = app.openapi()
    found = {path: item["get"].get("security", []) for path, item in document["paths"].items()}
    scopes = {path: {scope for each in entries for scope in each["AzureAd"]} for path, entries in found.items()}

    assert scopes == {"/user": set(), "/both": {"Files.Read"}, "/app": set()}
    assert found["/user"] == [{"AzureAd": []}]
    assert found["/app"] == []
    assert all("parameters" not in item["get"] for item in document["paths"].values())
    assert document["components"]["securitySchemes"]["AzureAd"]["scheme"] == "bearer"


@pytest.mark.parametrize("dependency", [user_token(READ), app_token(ORDERS)], ids=repr)
def test_without_the_middleware(tenant, dependency):
    """It is a mistake that is named, not an anonymous caller."""
    app = FastAPI()

    @app.get("/")
    async def route(_: Annotated[AccessToken, Depends(dependency)]): ...

    with pytest.raises(RuntimeError, match="add it to the application"):
        TestClient(app).get("/", headers=tenant.headers())
