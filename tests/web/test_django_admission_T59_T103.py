"""Django's sessions under rules that change: who signed in gets no more by that than by a token."""

import json

import pytest

from azuread_auth._web.problem import Problem
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT
from tests.web.test_easy_auth_T17 import ACCESS_HEADER, ID_HEADER, id_token, platform

pytest_plugins = ("tests.web.django_fixtures",)

PASSWORDS = "django.contrib.auth.backends.ModelBackend"
MANY = {"tenant_id": "organizations", "tenants": [SECOND_TENANT]}
PATHS = ["/me", "/async/me", "/auth/me"]
ANONYMOUS_TOO = ["/open/me", "/open/async/me", "/public/me", "/public/async/me"]
SOMEBODY, NOBODY = [200, 200, 200], [401, 401, 401]


@pytest.fixture
def roll_out(configure, entra, make_visitor):
    """The same browser at the same address, after the settings have changed."""

    def rolled_out(visitor, **settings):
        configure(settings=entra.settings(**settings))
        later = make_visitor()
        later.client.cookies = visitor.client.cookies
        return later

    return rolled_out


def statuses(visitor, paths=PATHS):
    """What the site answers."""
    return [visitor.get(path).status_code for path in paths]


def users_of(visitor):
    """Who the user is where nobody needs to be one."""
    return {visitor.get(path).json()["user"] for path in ANONYMOUS_TOO}


@pytest.mark.parametrize(
    ("user", "rules", "is_there"),
    [
        pytest.param("nina", (MANY, {}), False, id="the application's own tenant alone"),
        pytest.param("nina", (MANY, MANY), True, id="the same"),
        pytest.param("robin", ({}, {"allow_guests": False}), False, id="no guests"),
        pytest.param("adele", ({}, {"allow_guests": False}), True, id="no guests, and a member"),
    ],
)
def test_T103_a_session_gets_no_more_than_a_token(visitor, roll_out, user, rules, is_there):
    """T103: whoever a token does not admit any more is nobody of Django's either, on public paths too."""
    visitor = roll_out(visitor, **rules[0])
    visitor.sign_in(user)
    assert statuses(visitor) == SOMEBODY
    visitor = roll_out(visitor, **rules[1])
    for _ in range(2):
        assert statuses(visitor) == (SOMEBODY if is_there else NOBODY)
        assert (users_of(visitor) == {None}) is not is_there


def test_T103_who_is_not_welcome_can_sign_out_and_in(visitor, roll_out, caplog):
    """T103: as anybody without a session; the operator is told once why each session does not count."""
    visitor.sign_in("robin")
    visitor = roll_out(visitor, allow_guests=False)
    assert visitor.get("/me", page=True)["Location"] == "/auth/login?next=%2Fme"
    assert statuses(visitor) == NOBODY
    told = [record for record in caplog.records if record.name == "azuread_auth.session"]
    assert [vars(record)["azuread_reason"] for record in told] == ["guest_not_allowed"]
    assert visitor.post("/auth/logout", origin="http://localhost").status_code == 303
    assert not visitor.session_key
    visitor.sign_in("adele")
    assert statuses(visitor) == SOMEBODY


def test_passwords_are_not_judged(visitor, roll_out, users):
    """Who gave a password is nobody of Entra's, and no rule about those counts, whatever the session held before."""
    root = users.objects.create_user("root", password="x" * 12)
    visitor.client.force_login(root, backend=PASSWORDS)
    visitor = roll_out(visitor, allow_guests=False)
    assert statuses(visitor, ["/me", "/async/me", "/public/me", "/auth/me"]) == [200, 200, 200, 401]
    assert users_of(visitor) == {"root"}


def test_a_password_after_a_sign_in_that_counts_no_more(visitor, roll_out, users):
    """The same user by another way: the sign-in with Entra is left out, and the user is known."""
    visitor.sign_in("robin")
    robin = users.objects.get()
    visitor.client.force_login(robin, backend=PASSWORDS)
    visitor = roll_out(visitor, allow_guests=False)
    assert visitor.get("/me").json()["user"] == robin.get_username()
    assert visitor.get("/me").json()["principal"] is None


class Application:
    """Says whether a tenant is welcome, and may be out of order."""

    is_broken = False

    def __call__(self, tenant_id):
        if self.is_broken:
            raise LookupError
        return bool(tenant_id)


def test_T59_while_the_callable_fails_nobody_can_tell(visitor, roll_out):
    """T59: 503 with a time to ask again, wherever it matters; nobody is signed out."""
    application = Application()
    settings = {"tenant_id": "organizations", "tenants": application}
    visitor = roll_out(visitor, **settings)
    visitor.sign_in("nina")
    application.is_broken = True
    visitor = roll_out(visitor, **settings)
    for path in [*PATHS, *ANONYMOUS_TOO]:
        refused = visitor.get(path)
        assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    application.is_broken = False
    assert statuses(roll_out(visitor, **settings)) == SOMEBODY


@pytest.mark.parametrize("kind", ["policy", "tenant", "application"])
def test_T92_sessions_belong_to_the_authority_that_made_them(visitor, roll_out, entra, kind):
    """T92: what one directory, policy or application said of a user is nothing to another."""
    others = {
        "policy": {"authority_url": entra.b2c_authority_url("B2C_1A_mfa")},
        "tenant": {"tenant_id": SECOND_TENANT},
        "application": {"client_id": "66666666-6666-4666-8666-666666666666"},
    }
    visitor.sign_in("megan")
    assert statuses(visitor) == SOMEBODY
    other = roll_out(visitor, **others[kind])
    assert statuses(other) == NOBODY
    assert users_of(other) == {None}
    assert statuses(roll_out(visitor)) == SOMEBODY


def test_T103_sessions_are_judged_without_a_sign_in_too(visitor, configure, make_visitor, entra):
    """T103: an API that had pages once knows who signed in then, by the rules of today."""
    visitor.sign_in("robin")
    for allow_guests, status in ((True, 200), (False, 401)):
        configure(settings=entra.settings(allow_guests=allow_guests), login=...)
        later = make_visitor()
        later.client.cookies = visitor.client.cookies
        assert later.get("/me").status_code == status


def test_refusals_of_the_sign_in_have_the_form_of_the_application(configure, make_visitor):
    """`render_problem` words what the routes of the sign-in answer to scripts too."""

    def render(problem: Problem):
        return "application/json", json.dumps({"mine": problem.status}).encode()

    configure(render_problem=render)
    assert make_visitor().get("/auth/me").json() == {"mine": 401}


@pytest.fixture
def easy(configure, entra):
    """Sets the project up on App Service; `token` says which one is read."""

    def on_app_service(token="id_token"):
        client = AsyncAzureAdClient(entra.settings(), environ=platform(entra))
        configure(easy_auth=token, client=client, settings=..., login=...)

    return on_app_service


@pytest.mark.parametrize("kind", ["id_token", "access_token"])
def test_T17_the_platforms_session(make_visitor, easy, entra, kind):
    """A token that App Service passes on is a session: Django asks for its CSRF token, as it does not of bearers."""
    easy(kind)
    visitor = make_visitor(enforce_csrf_checks=True)
    header, token = (ID_HEADER, id_token(entra, user="megan").decode())
    if kind == "access_token":
        header, token = (ACCESS_HEADER, entra.mint_token(user="megan", scopes=["Files.Read"]))
    seen = visitor.get("/me", **{header: token})
    assert seen.json()["principal"] == f"{DEFAULT_USERS['megan'].object_id}.{entra.tenant_id}"
    assert seen["Cache-Control"] == "private, no-store"
    own = {"sec-fetch-site": "same-origin", header: token}
    assert visitor.post("/me", **own).status_code == visitor.post("/api", **own).status_code == 403
    assert visitor.get("/api", **own).status_code == 200
    assert visitor.post("/exempt", **own).status_code == 200
    assert visitor.post("/me", **{"sec-fetch-site": "cross-site", header: token}).status_code == 403
    assert visitor.with_token("/me", method="post").status_code == 200
    assert visitor.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"easy_auth": "cookie", "login": ...}, "not one of the tokens"),
        ({"easy_auth": "id_token", "login": ...}, "this is not App Service"),
        ({"easy_auth": "id_token"}, "easy_auth and login"),
    ],
)
def test_T114_easy_auth_that_cannot_be(configure, make_visitor, values, told):
    """T114: a wrong value, two ways to sign in, and any other place than App Service stop the start."""
    configure(**values)
    with pytest.raises(ConfigurationError, match=told):
        make_visitor().get("/me")
