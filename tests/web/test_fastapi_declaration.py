"""What is declared: equality, overrides, judging once, and mistakes that are found when a route is declared."""

import subprocess
import sys
from dataclasses import dataclass, field
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from azuread_auth import AzureAdAuth, ConfigurationError, Principal
from azuread_auth import fastapi as azuread_fastapi
from azuread_auth.fastapi import azuread_client, require, require_app_role, require_role, require_scope, require_user
from azuread_auth.requirements import AppRole, IsUser, Requirement, Role, Scope


@pytest.fixture
def app(tenant):
    """An application behind the middleware, without routes."""
    made = FastAPI()
    made.add_middleware(AzureAdAuth, settings=tenant.settings())
    return made


@dataclass(frozen=True)
class Noted(Requirement):
    """Met by all; takes note of each time it is judged."""

    name: str
    judged: list[str] = field(compare=False)

    def is_met_by(self, principal):
        self.judged.append(self.name)
        return True


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        pytest.param(require_scope("A"), require_scope("A"), True, id="same scope"),
        pytest.param(require_scope("A", "B"), require_scope("A", "B"), True, id="same scopes"),
        pytest.param(require_scope("A"), require(Scope("A")), True, id="both spellings"),
        pytest.param(require_scope("A", "B"), require(Scope("A") & Scope("B")), True, id="both spellings of all"),
        pytest.param(require_user, require(IsUser()), True, id="any user"),
        pytest.param(require_scope("A"), require_scope("B"), False, id="another scope"),
        pytest.param(require_scope("A"), require_scope("A", "B"), False, id="one more scope"),
        pytest.param(require_scope("A"), require_role("A"), False, id="scope and role"),
        pytest.param(require_role("A"), require_app_role("A"), False, id="user's and application's role"),
        pytest.param(require(Scope("A") | Scope("B")), require_scope("A", "B"), False, id="any and all"),
        pytest.param(require_scope("A"), "require(Scope('A'))", False, id="something else"),
        pytest.param(require_user, azuread_client, False, id="caller and client"),
    ],
)
def test_equal_when_the_arguments_are(one, other, are_equal):
    """What the factories return compares by what it requires, and hashes accordingly."""
    assert (one == other) is are_equal
    assert len({one, other}) == (1 if are_equal else 2)


@pytest.mark.parametrize(
    ("dependency", "text"),
    [
        (require_scope("A", "B"), "require(Scope('A') & Scope('B'))"),
        (require(Role("A") | AppRole("B")), "require(Role('A') | AppRole('B'))"),
        (require_user, "require_user"),
        (azuread_client, "azuread_client"),
    ],
)
def test_repr_is_what_to_write(dependency, text):
    """In a list of routes one reads what each requires."""
    assert repr(dependency) == text


def test_override_by_what_the_route_was_declared_with(app, tenant):
    """A test overrides a requirement by writing it again, and leaves the others alone."""
    principal = tenant.principal(user="megan")

    @app.get("/read")
    async def read(caller: Annotated[Principal, Depends(require_scope("Files.Read"))]):
        return caller.name

    @app.get("/write")
    async def write(caller: Annotated[Principal, Depends(require_scope("Files.Write"))]):
        return caller.name

    app.dependency_overrides[require_scope("Files.Read")] = lambda: principal
    http = TestClient(app, headers=tenant.headers(scopes="Other"))

    assert http.get("/read").json() == "Megan Bowen"
    assert http.get("/write").status_code == 403


def test_override_without_the_middleware(tenant):
    """An overridden requirement does not ask for a request that was judged."""
    principal = tenant.principal()
    app = FastAPI()

    @app.get("/")
    async def route(caller: Annotated[Principal, Depends(require_user)]):
        return caller.name

    app.dependency_overrides[require_user] = lambda: principal

    assert TestClient(app).get("/").json() == "Adele Vance"


def test_one_request_judges_a_requirement_once(app, tenant):
    """However often and wherever a requirement is declared, a request judges it once, and the next one anew."""
    judged = []

    def requiring(name):
        return Depends(require(Noted(name, judged)))

    async def helper(caller: Annotated[Principal, requiring("first")]):
        return caller

    router = APIRouter(dependencies=[requiring("first"), requiring("second")])

    @router.get("/")
    async def route(one: Annotated[Principal, requiring("first")], other: Annotated[Principal, Depends(helper)]):
        return one is other

    app.include_router(router, dependencies=[requiring("first")])
    http = TestClient(app, headers=tenant.headers())

    assert http.get("/").json() is True
    assert sorted(judged) == ["first", "second"]
    http.get("/")
    assert sorted(judged) == ["first", "first", "second", "second"]


@pytest.mark.parametrize("factory", [require, require_scope, require_role, require_app_role])
@pytest.mark.parametrize("declare", [Depends, Security])
def test_factory_that_was_not_called(app, factory, declare):
    """`Depends(require_scope)` would protect nothing; the declaration fails and says what to write."""
    with pytest.raises(ConfigurationError, match=r'write Depends\(require_scope\("Files\.Read"\)\)'):

        @app.get("/")
        async def route(_: Annotated[Principal, declare(factory)]): ...

    with pytest.raises(ConfigurationError, match="without being called"):
        app.get("/", dependencies=[declare(factory)])(lambda: None)


@pytest.mark.parametrize("factory", [require_scope, require_role, require_app_role])
def test_nothing_required(factory):
    """A factory without a name would let everybody in."""
    with pytest.raises(ConfigurationError, match=rf'{factory.__name__}\(\) has no name .* {factory.__name__}\("'):
        factory()


@pytest.mark.parametrize("name", ["", " ", "Files.Read Files.Write", " Files.Read", None, ["A", "B"]])
@pytest.mark.parametrize("factory", [require_scope, require_role, require_app_role])
def test_names_that_no_token_has(factory, name):
    """Several names in one, none, or no text: would never be met."""
    with pytest.raises(ConfigurationError, match="takes one name"):
        factory(name)


@pytest.mark.parametrize("wrong", ["Files.Read", Scope, None, require_user], ids=repr)
def test_require_takes_a_requirement(wrong):
    """A name or a class in place of a requirement is named as the mistake it is."""
    with pytest.raises(ConfigurationError, match=r'such as require\(Scope\("Files\.Read"\)\)'):
        require(wrong)


@pytest.mark.parametrize("dependency", [require_user, azuread_client, require_scope("A")], ids=repr)
def test_dependency_that_was_called(dependency):
    """`Depends(require_user())` fails while the route is declared, not with a puzzle later."""
    with pytest.raises(TypeError, match="is a dependency and was called") as caught:
        Depends(dependency())
    assert f"Depends({dependency!r})" in str(caught.value)


def test_dependency_as_decorator(app):
    """The mistake of those who come from Flask."""
    with pytest.raises(TypeError, match="is a dependency and was called"):

        @app.get("/")
        @require_scope("Files.Read")
        async def route(): ...


async def test_dependency_called_with_a_request(tenant):
    """A dependency of the application may call one by hand, with the request."""
    principal = tenant.principal()

    assert await require_user(HTTPConnection({"type": "http", "user": principal})) is principal


def test_scope_of_another_api(app, tenant):
    """A scope with the prefix of another API is a mistake, not a refusal."""

    @app.get("/")
    async def route(_: Annotated[Principal, Depends(require_scope("api://other/Files.Read"))]): ...

    with pytest.raises(ConfigurationError, match="scope of another API"):
        TestClient(app).get("/", headers=tenant.headers())


def test_public_names_exist():
    """What `__all__` lists can be imported."""
    assert all(hasattr(azuread_fastapi, name) for name in azuread_fastapi.__all__)
    assert azuread_fastapi.__all__ == sorted(azuread_fastapi.__all__, key=lambda name: (not name.isupper(), name))


def test_without_fastapi_it_says_what_to_install():
    """Where FastAPI is not installed, the ImportError has the command."""
    code = "import sys; sys.modules['fastapi'] = None; import azuread_auth.fastapi"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert child.returncode == 1
    assert child.stderr.splitlines()[-1] == (
        'ImportError: azuread_auth.fastapi needs FastAPI, which is not installed: pip install "azuread-auth[fastapi]"'
    )
