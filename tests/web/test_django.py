"""The Django integration: tokens, sessions and decorators, over WSGI and over ASGI."""

from dataclasses import replace

import pytest
from django.test import RequestFactory
from django.views import View

from azuread_auth.django import require_scope
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS

pytest_plugins = ("tests.web.django_fixtures",)

MEGAN = DEFAULT_USERS["megan"]


@pytest.mark.parametrize(
    ("path", "wishes", "status"),
    [
        ("/me", None, 401),
        ("/me", {}, 200),
        ("/nowhere", None, 401),
        ("/nowhere", {}, 404),
        ("/anyone", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/files", {"scopes": ["Files.Read"]}, 200),
        ("/files", {"scopes": ["Mail.Read"]}, 403),
        ("/async/files", {"scopes": ["Files.Read"]}, 200),
        ("/async/files", {"scopes": ["Mail.Read"]}, 403),
        ("/admin-role", {"user": "megan"}, 200),
        ("/admin-role", {"user": "adele"}, 403),
        ("/job", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/job", {"user": "megan"}, 403),
        ("/either", {"scopes": ["Files.Read"]}, 200),
        ("/either", {"kind": "app", "roles": ["access_as_app"]}, 200),
        ("/either", {"scopes": ["Mail.Read"]}, 403),
        ("/step-up", {"claims": {"acrs": ["c1"]}}, 200),
        ("/step-up", {"claims": {"xms_cc": ["cp1"]}}, 401),
        ("/step-up", {}, 403),
        ("/slowly/book", {"scopes": ["Files.Read"]}, 200),
        ("/slowly/book", {}, 403),
        ("/orders", {}, 200),
        ("/async/orders", {}, 200),
        ("/orders", {"kind": "app", "roles": ["access_as_app"]}, 403),
        ("/nightly", {}, 200),
        ("/async/nightly", {}, 200),
    ],
)
def test_views_say_what_they_need(visitor, path, wishes, status):
    """A view runs for those who meet its requirement; others get a problem document with the challenge."""
    answer = visitor.get(path) if wishes is None else visitor.with_token(path, **wishes)
    assert answer.status_code == status
    if status in (401, 403):
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Cache-Control"] == "no-store"
    assert "sessionid" not in visitor.cookies


def test_scopes_are_named_in_full(visitor, entra):
    """The challenge names what is missing as clients request it."""
    answer = visitor.with_token("/files", scopes=["Mail.Read"])
    assert f'scope="api://{entra.client_id}/Files.Read"' in answer["WWW-Authenticate"]


def test_application_errors_are_its_own(visitor):
    """An error that says nothing about the caller goes on to Django, which makes a 500 of it."""
    visitor.client.raise_request_exception = False
    assert visitor.with_token("/broken").status_code == 500


def test_callers_with_tokens_have_users(visitor, users, stored_sessions):
    """A user who calls is the user of that identity; an application is nobody for Django; there is no session."""
    identity = visitor.with_token("/me", user="adele").json()["principal"]
    assert visitor.with_token("/me", user="adele").json()["user"] == identity
    assert visitor.with_token("/async/me", user="adele").json()["user"] == identity
    assert not users.objects.get(username=identity).has_usable_password()
    assert visitor.with_token("/me", kind="app", roles=["access_as_app"]).json()["user"] is None
    assert (stored_sessions.objects.count(), "sessionid" in visitor.cookies) == (0, False)


@pytest.mark.parametrize("path", ["/open/anyone", "/open/async/anyone", "/open/admin"])
def test_anonymous_callers_of_optional_paths(visitor, path):
    """Where a path lets anonymous callers in, the decorators do not: 401 without an error, or a page to sign in."""
    assert visitor.get("/open/me").json()["user"] is None
    refused = visitor.get(path)
    assert (refused.status_code, "error=" in refused["WWW-Authenticate"]) == (401, False)
    page = visitor.get(path, page=True)
    assert (page.status_code, page["Location"]) == (303, f"/auth/login?next={path.replace('/', '%2F')}")


def test_a_user_signs_in(visitor, users):
    """Sign-in ends in Django's own login: a session of Django's, `request.user`, and the caller as a Principal."""
    page = visitor.get("/me?a=1", page=True)
    assert (page.status_code, page["Location"]) == (303, "/auth/login?next=%2Fme%3Fa%3D1")
    back = visitor.sign_in("megan", next_path="/me?a=1")
    assert (back.status_code, back["Location"]) == (303, "/me?a=1")
    me = visitor.get("/me")
    user = users.objects.get()
    assert me.json()["user"] == me.json()["principal"] == user.username
    assert (user.first_name, user.email, user.has_usable_password()) == ("Megan Bowen", "", False)
    assert user.last_login is not None
    assert me["Cache-Control"] == "private, no-store"
    assert visitor.get("/async/me").json()["user"] == user.username
    assert visitor.get("/open/async/me").json()["principal"] == user.username
    assert visitor.get("/open/async/anyone").status_code == 200
    assert visitor.get("/auth/me").json()["name"] == "Megan Bowen"
    assert visitor.get("/public/me").json() == {"user": user.username, "principal": None, "claims": [], "staff": True}


def test_views_of_a_session(visitor):
    """A session meets requirements by its roles, gets tokens for other APIs, and steps up through the sign-in."""
    visitor.sign_in("megan")
    assert visitor.get("/admin-role").content == b"admin"
    assert visitor.get("/orders").content == visitor.get("/async/orders").content == b"ey"
    assert visitor.get("/files").status_code == 403
    assert visitor.get("/step-up").status_code == 401
    key = visitor.session_key
    stepping = visitor.get("/step-up", page=True)
    assert stepping["Location"].startswith("/auth/login?next=%2Fstep-up&")
    to_provider = visitor.get(stepping["Location"], page=True)["Location"]
    answer = visitor.get("/auth/callback", visitor.tenant.sign_in(to_provider, user="megan"), page=True)
    assert answer["Location"] == "/step-up"
    assert visitor.get("/step-up").content == b"stepped up"
    assert visitor.session_key != key


def test_session_scopes(visitor, configure):
    """A session has the scopes that the settings say, by short or full names."""
    configure(login={"session_scopes": ["Files.Read"]})
    visitor.sign_in()
    assert visitor.get("/files").content == b"files of Megan Bowen"


def test_roles_decide_at_each_sign_in(make_visitor, entra, users):
    """Roles make staff, superusers and members of groups at sign-in, and unmake them; other groups are left alone."""
    make_visitor().sign_in("megan")
    user = users.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert [group.name for group in user.groups.all()] == ["administrators"]
    user.groups.create(name="choir")
    entra.sign_out("megan")
    make_visitor().sign_in(replace(MEGAN, roles=()))
    user = users.objects.get()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert [group.name for group in user.groups.all()] == ["choir"]


def test_roles_decide_nothing_unless_configured(make_visitor, configure, users):
    """Without the settings what an administrator of Django's has given stays."""
    configure(staff_role=..., superuser_role=..., group_roles=...)
    make_visitor().sign_in("adele")
    users.objects.update(is_staff=True)
    make_visitor().sign_in("adele")
    assert users.objects.get().is_staff


@pytest.mark.parametrize("wrong", ["files", View], ids=["text", "class"])
def test_decorators_on_what_is_no_view(wrong):
    """A decorator on something else says how it is written."""
    with pytest.raises(ConfigurationError, match="method_decorator"):
        require_scope("Files.Read")(wrong)


def test_views_without_the_middleware(django_project):
    """A view that the middleware does not stand before says so to its programmer."""
    with pytest.raises(RuntimeError, match="MIDDLEWARE"):
        require_scope("Files.Read")(lambda request: None)(RequestFactory().get("/"))


def test_an_application_without_a_sign_in(visitor, configure, users):
    """Without `login` sessions that began by other means are let in, and nobody else but by a token."""
    configure(login=...)
    assert visitor.get("/me", page=True).status_code == 401
    assert visitor.get("/auth/login", page=True).status_code == 401
    visitor.client.force_login(users.objects.create_user("root"))
    assert visitor.get("/me").json()["user"] == "root"
    assert visitor.get("/auth/login").status_code == 404


def test_djangos_own_decorators(visitor):
    """They send people to the sign-in, as LOGIN_URL says, and let in who has signed in."""
    asked = visitor.get("/open/djangos", page=True)
    assert (asked.status_code, asked["Location"]) == (302, "/auth/login?next=/open/djangos")
    visitor.sign_in("adele", next_path="/open/djangos")
    assert visitor.get("/open/djangos").content == b"anyone"


def test_classes_of_coroutines(visitor):
    """`method_decorator` works on a class whose methods are coroutines, wherever the user is looked up."""
    for path in ("/open/awaited", "/public/awaited", "/awaited"):
        assert visitor.get(path).status_code == 401
    visitor.sign_in("megan")
    for path in ("/open/awaited", "/public/awaited", "/awaited"):
        assert visitor.get(path).content == b"awaited"
    assert visitor.with_token("/awaited", user="adele").content == b"awaited"


def test_caches_know_whose_an_answer_is(visitor, make_visitor):
    """Answers vary by what says who calls, also for a cache of Django's around the view."""
    first = visitor.with_token("/cached", user="megan")
    assert {"Authorization", "Cookie"} <= set(first["Vary"].replace(" ", "").split(","))
    assert visitor.with_token("/cached", user="adele").status_code == 403
    other = make_visitor()
    other.sign_in("megan")
    assert other.get("/cached").json()["staff"]
    assert not visitor.with_token("/cached", user="megan").json()["staff"]
    assert "Authorization" in visitor.with_token("/me")["Vary"]
    assert "Vary" not in visitor.get("/public/exempt")
