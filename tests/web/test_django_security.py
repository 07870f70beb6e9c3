"""What attackers try at a Django project: other people's sessions, other sites' forms, bad tokens."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS

pytest_plugins = ("tests.web.django_fixtures",)

MEGAN = DEFAULT_USERS["megan"]
OURS = "azuread_auth.django.AzureAdMiddleware"
EVIL = "https://evil.example"


def identity(user, tenant):
    """How a user of the tenant is called here."""
    return f"{user.object_id}.{tenant.tenant_id}"


def test_the_middleware_in_the_wrong_place(visitor, configure, make_visitor):
    """Before Django's own it would let a session's user stand in for a token's: nothing is served then."""
    names = list(settings.MIDDLEWARE)
    names.remove(OURS)
    configure(others={"MIDDLEWARE": [names[0], OURS, *names[1:]]})
    with pytest.raises(ImproperlyConfigured, match="right after"):
        make_visitor().with_token("/me")


def test_T76_a_session_fixed_before_is_not_the_one_after(visitor, users):
    """The id that a browser had before the sign-in is worth nothing after it."""
    visitor.client.cookies["sessionid"] = "fixedfixedfixedfixedfixedfixed12"
    visitor.sign_in("megan")
    after = visitor.session_key
    assert after not in (None, "fixedfixedfixedfixedfixedfixed12")
    visitor.sign_in("adele")
    assert visitor.session_key != after
    assert visitor.get("/me").json()["user"] == identity(DEFAULT_USERS["adele"], visitor.tenant)
    visitor.client.cookies["sessionid"] = after
    assert visitor.get("/me").status_code == 401


def test_a_bad_token_beside_a_good_session(visitor):
    """A token that is there has to be good, on optional paths too; on public ones nobody looks at it."""
    visitor.sign_in("megan")
    for path in ("/me", "/async/me", "/open/me", "/api"):
        assert visitor.with_token(path, fault="expired").status_code == 401
    assert visitor.with_token("/public/me", fault="expired").status_code == 200
    assert visitor.get("/me", authorization="Bearer a, Bearer b").status_code == 400
    assert visitor.get("/me", authorization="Basic bWVnYW46eA==").status_code == 200
    assert visitor.get("/me").status_code == 200


def test_a_token_goes_before_a_session(visitor, stored_sessions):
    """Who calls with a token is who the token says, and the session stays as it was."""
    visitor.sign_in("megan")
    before = visitor.session_key
    caller = visitor.with_token("/me", user="adele")
    assert caller.json()["user"] == caller.json()["principal"] == identity(DEFAULT_USERS["adele"], visitor.tenant)
    assert not caller.json()["staff"]
    assert "sessionid" not in caller.cookies
    assert visitor.session_key == before
    assert visitor.get("/me").json()["user"] == identity(MEGAN, visitor.tenant)


def test_T96_forms_of_other_sites(make_visitor):
    """A session's unsafe requests need Django's CSRF token; a token's do not, and do not stand in for a session's."""
    visitor = make_visitor(enforce_csrf_checks=True)
    assert visitor.sign_in("megan").status_code == 303
    assert visitor.post("/me").status_code == 403
    assert visitor.post("/api").status_code == 403
    assert visitor.with_token("/me", method="post", user="adele").status_code == 200
    assert visitor.with_token("/api", method="post", user="adele").status_code == 200
    assert visitor.with_token("/me", method="post", fault="expired").status_code == 401
    assert visitor.post("/me", authorization="Basic bWVnYW46eA==").status_code == 403


def test_T96_other_sites_sign_nobody_out(make_visitor):
    """A form or picture of another site gets a page with a question; the site's own button needs no more."""
    visitor = make_visitor(enforce_csrf_checks=True)
    visitor.sign_in("megan")
    for asked in (
        visitor.post("/auth/logout", origin=EVIL, sec_fetch_site="cross-site"),
        visitor.get("/auth/logout", sec_fetch_site="cross-site", sec_fetch_mode="no-cors"),
    ):
        assert (asked.status_code, visitor.get("/me").status_code) == (200, 200)
    signed_out = visitor.post("/auth/logout", origin="http://localhost", sec_fetch_site="same-origin")
    assert signed_out.status_code == 303
    at_provider = urlsplit(signed_out["Location"])
    assert at_provider.netloc.startswith("login.")
    assert parse_qs(at_provider.query)["post_logout_redirect_uri"] == ["http://localhost/auth/signed-out"]
    assert visitor.session_key is None
    assert visitor.get("/me").status_code == 401
    assert visitor.get("/auth/me").status_code == 401


@pytest.mark.parametrize(
    "evil", [EVIL, "//evil.example", "/\\evil.example", "/%2f/evil.example", "javascript:alert(1)"]
)
def test_T84_sign_in_leads_nowhere_else(visitor, evil):
    """Whatever `next` says, a sign-in ends on a path of this site."""
    assert visitor.sign_in("megan", next_path=evil)["Location"] == "/"


def test_T98_the_provider_ends_sessions(make_visitor, entra):
    """Front-channel sign-out ends the sessions of that sign-in, without their cookie, and no others."""
    visitor, other, stranger = make_visitor(), make_visitor(), make_visitor()
    visitor.sign_in("megan")
    other.sign_in("adele")
    claims = entra_claims(visitor)
    wrong = stranger.get("/auth/frontchannel-logout", {"iss": "https://evil.example", "sid": claims["sid"]})
    assert (wrong.status_code, visitor.get("/me").status_code) == (200, 200)
    framed = stranger.get("/auth/frontchannel-logout", {"iss": claims["iss"], "sid": claims["sid"]})
    assert framed.status_code == 200
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors" not in framed["Content-Security-Policy"]
    assert visitor.get("/me").status_code == 401
    assert other.get("/me").status_code == 200


def entra_claims(visitor):
    """What Django's session holds of the sign-in."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 - Django is set up only now

    from azuread_auth.django.sessions import _record_in  # noqa: PLC0415 - as above

    return _record_in(SessionStore(visitor.session_key)["azuread_auth"].partition(".")[2]).claims


@pytest.mark.parametrize("address", ["/end", "/async/end"])
def test_all_sessions_of_a_user_end(make_visitor, address):
    """`end_sessions` of either client ends the user's sessions in all browsers."""
    here, there, other = make_visitor(), make_visitor(), make_visitor()
    here.sign_in("megan")
    there.sign_in("megan")
    other.sign_in("adele")
    assert there.get(f"{address}/{MEGAN.object_id}").status_code == 200
    assert [each.get("/me").status_code for each in (here, there, other)] == [401, 401, 200]


def test_sessions_in_cookies(make_visitor, configure, entra):
    """Sessions in signed cookies hold the caller too; the provider cannot end them, and `end_sessions` says so."""
    configure(others={"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"})
    visitor = make_visitor()
    visitor.sign_in("megan")
    assert visitor.get("/me").json()["principal"] == identity(MEGAN, entra)
    assert visitor.get("/auth/frontchannel-logout", {"iss": "i", "sid": "s"}).status_code == 200
    with pytest.raises(ConfigurationError):
        visitor.get(f"/end/{MEGAN.object_id}")
    visitor.post("/auth/logout", origin="http://localhost")
    assert visitor.get("/me").status_code == 401


def test_lists_of_sessions_sign_nobody_in(visitor, entra, stored_sessions):
    """The records that name other sessions are kept as sessions, and are not one that anybody is signed in by."""
    visitor.sign_in("megan")
    keys = set(stored_sessions.objects.values_list("session_key", flat=True)) - {visitor.session_key}
    assert len(keys) == 2
    for key in keys:
        visitor.client.cookies["sessionid"] = key
        assert visitor.get("/me").status_code == 401


def test_T83_the_form_of_the_provider(make_visitor, configure):
    """The provider's form comes from another site, without Django's CSRF token, and ends a sign-in all the same."""
    configure(login={"response_mode": "form_post"})
    visitor = make_visitor(enforce_csrf_checks=True)
    parameters = visitor.tenant.sign_in(visitor.begin("/me"), user="megan")
    ended = visitor.post_form("/auth/callback", parameters, origin="https://login.microsoftonline.com")
    assert (ended.status_code, ended["Location"]) == (303, "/me")
    assert visitor.get("/me").status_code == 200


def test_T75_a_double_click_signs_in_once(visitor, stored_sessions):
    """Two answers to the same sign-in bring the same session, whichever the browser keeps."""
    query = visitor.tenant.sign_in(visitor.begin("/me"), user="megan")
    pending = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    first = visitor.get("/auth/callback", query, page=True)
    for name, value in pending.items():
        visitor.client.cookies[name] = value
    visitor.client.cookies.pop("sessionid")
    second = visitor.get("/auth/callback", query, page=True)
    assert first.status_code == second.status_code == 303
    assert first.cookies["sessionid"].value == second.cookies["sessionid"].value
    assert second.cookies["sessionid"]["httponly"]
    assert visitor.get("/me").status_code == 200


def test_passwords_and_other_logins_work_as_ever(visitor, users, entra):
    """Who signed in with a password, or by force_login in a test, is let in, and is nobody of Entra's."""
    root = users.objects.create_superuser("root", password="x" * 12)
    assert visitor.get("/admin/", page=True)["Location"] == "/auth/login?next=%2Fadmin%2F"
    assert visitor.get("/admin/login/", page=True).status_code == 200
    posted = visitor.post("/admin/login/?next=/admin/", {"username": "root", "password": "x" * 12})
    assert posted["Location"] == "/admin/"
    assert b"Site administration" in visitor.get("/admin/").content
    assert visitor.get("/me").json() == {"user": "root", "principal": None, "claims": [], "staff": True}
    assert visitor.get("/async/me").json()["user"] == "root"
    assert visitor.get("/anyone").status_code == visitor.get("/open/async/anyone").status_code == 200
    assert visitor.get("/admin-role").status_code == 401
    assert visitor.get("/admin-role", page=True)["Location"].startswith("/auth/login")
    assert visitor.get("/auth/me").status_code == 401
    visitor.client.logout()
    assert visitor.get("/me").status_code == 401
    visitor.client.force_login(root)
    assert visitor.get("/me").json()["user"] == "root"
    visitor.sign_in("megan")
    assert visitor.get("/me").json()["user"] == identity(MEGAN, entra)


def test_a_password_login_after_entra_is_nobody_of_entras(visitor, users):
    """What a session held of one user is gone when another signs in by other means."""
    root = users.objects.create_superuser("root", password="x" * 12)
    visitor.sign_in("megan")
    visitor.client.force_login(root)
    visitor.post("/admin/login/?next=/admin/", {"username": "root", "password": "x" * 12})
    assert visitor.get("/me").json()["principal"] is None


def test_the_backend_takes_no_password(configure, users):
    """Where it is the only backend, nobody signs in with a password, by neither of Django's functions."""
    import asyncio  # noqa: PLC0415 - for one line

    from django.contrib.auth import aauthenticate, authenticate  # noqa: PLC0415 - Django is set up only now

    configure(others={"AUTHENTICATION_BACKENDS": ["azuread_auth.django.AzureAdBackend"]})
    users.objects.create_user("root", password="x" * 12)
    assert authenticate(None, username="root", password="x" * 12) is None
    assert asyncio.run(aauthenticate(None, username="root", password="x" * 12)) is None
    assert authenticate(None, principal="root") is None
    assert asyncio.run(aauthenticate(None, principal="root")) is None


def test_T14_questions_of_browsers(visitor):
    """A preflight of what needs credentials never reaches the view, whatever session comes with it."""
    visitor.sign_in("megan")
    headers = {"origin": EVIL, "access-control-request-method": "POST"}
    for path in ("/save", "/me", "/async/me", "/nowhere"):
        refused = ask_options(visitor, path, headers)
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
        assert not any(name.lower().startswith("access-control") for name in refused.headers)
    assert visitor.get("/me", page=True).json()["user"] == identity(MEGAN, visitor.tenant)
    for path in ("/open/me", "/public/exempt"):
        assert ask_options(visitor, path, headers).status_code == 200
    assert b"megan" not in ask_options(visitor, "/open/me", headers).content.lower()


def ask_options(visitor, path, headers):
    """An OPTIONS request, with a body that nobody asked for."""
    return visitor._ask(visitor.client.options, path, "a body", page=False, **headers)


def test_large_forms_are_refused(visitor, configure):
    """A callback reads no more than a form of the provider's can have."""
    configure(login={"response_mode": "form_post"})
    answer = visitor.post_form("/auth/callback", {"code": "x" * 70_000}, accept="text/html")
    assert answer.status_code == 400
    assert visitor.get("/auth/callback", page=True).status_code == 405
