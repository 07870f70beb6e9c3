"""What is kept of a sign-in in Django's sessions, and the lists by which they are ended from elsewhere."""

from importlib import import_module

import pytest

from azuread_auth.principal import Account
from azuread_auth.simulation.users import DEFAULT_USERS

pytest_plugins = ("tests.web.django_fixtures",)

DATABASE = "django.contrib.sessions.backends.db"
ENGINES = [DATABASE, "django.contrib.sessions.backends.cache", "django.contrib.sessions.backends.file"]
RECORD = "azuread_auth"
MEGAN = DEFAULT_USERS["megan"]


def store(key=None):
    """A session in the database."""
    return import_module(DATABASE).SessionStore(key)


@pytest.fixture
def index(configure):
    """The lists."""
    from azuread_auth.django.session_index import SessionIndex  # noqa: PLC0415 - Django is set up only now

    return SessionIndex()


@pytest.mark.parametrize("record", [7, "no base64!", "{}.no base64!", "{}.AAAA", None])
def test_a_record_that_cannot_be_read(visitor, record):
    """Whatever else is in its place, as after an upgrade: no rule can be asked about it, so it counts as nobody's."""
    visitor.sign_in("megan")
    session = store(visitor.session_key)
    context = session[RECORD].partition(".")[0]
    session[RECORD] = record.format(context) if isinstance(record, str) else record
    session.save()
    assert visitor.get("/me").status_code == 401
    assert visitor.get("/public/me").json()["user"] is None


def test_no_record(visitor):
    """A session that began by other means is Django's own matter: its user is known, and is nobody of Entra's."""
    visitor.sign_in("megan")
    session = store(visitor.session_key)
    del session[RECORD]
    session.save()
    me = visitor.get("/me").json()
    assert (me["user"] is not None, me["principal"]) == (True, None)
    assert visitor.get("/admin-role").status_code == 401


def test_no_token_and_no_address_is_kept_of_it(visitor):
    """The session holds who it is, as text, and nothing that could be used elsewhere."""
    visitor.sign_in("megan")
    kept = store(visitor.session_key)[RECORD]
    assert isinstance(kept, str)
    assert "eyJ" not in kept


@pytest.mark.parametrize("saves", [False, True], ids=["fixed", "sliding"])
def test_how_long_a_caller_is_known(visitor, configure, saves):
    """The principal ends with Django's session: so long after the sign-in, or after the last request."""
    configure(others={"SESSION_COOKIE_AGE": 1000, "SESSION_SAVE_EVERY_REQUEST": saves})
    visitor.sign_in("megan")
    first = visitor.get("/auth/me").json()["expires_at"]
    second = visitor.get("/auth/me").json()["expires_at"]
    assert (second > first) == saves
    assert visitor.cookies["sessionid"]["max-age"] == 1000


def test_sessions_until_the_browser_is_closed(visitor, configure):
    """Then the cookie has no age, also at sign-in."""
    configure(others={"SESSION_EXPIRE_AT_BROWSER_CLOSE": True})
    visitor.sign_in("megan")
    assert visitor.cookies["sessionid"]["max-age"] == ""
    assert visitor.get("/me").status_code == 200


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_that_keeps_sessions(make_visitor, configure, entra, engine, tmp_path):
    """The provider, and the application, end sessions in whatever keeps them."""
    configure(others={"SESSION_ENGINE": engine, "SESSION_FILE_PATH": str(tmp_path)})
    here, there = make_visitor(), make_visitor()
    here.sign_in("megan")
    there.sign_in("megan")
    assert there.get(f"/end/{MEGAN.object_id}").status_code == 200
    assert here.get("/me").status_code == there.get("/me").status_code == 401


@pytest.mark.parametrize("ending", ["user", "sign-in"])
def test_T98_sessions_under_another_key_end_too(make_visitor, ending):
    """Where no list names a session any more, a note says that what began before is over; later ones count."""
    visitor, other = make_visitor(), make_visitor()
    visitor.sign_in("megan")
    if ending == "user":
        assert visitor.get("/cycle").content == b"cycled"
        other.sign_in("megan")
        assert other.get(f"/end/{MEGAN.object_id}").status_code == 200
    else:
        claims = record_of(visitor).claims
        visitor.get("/cycle")
        query = {"iss": claims["iss"], "sid": claims["sid"]}
        for _ in range(2):
            assert other.get("/auth/frontchannel-logout", query).status_code == 200
    key = visitor.session_key
    assert store().exists(key)
    assert visitor.get("/public/me").json()["user"] is None
    assert not store().exists(key)
    assert visitor.get("/me").status_code == 401
    visitor.sign_in("megan")
    assert visitor.get("/me").status_code == visitor.get("/async/me").status_code == 200


def record_of(visitor):
    """What Django's session holds of the sign-in."""
    from azuread_auth.django.sessions import _record_in  # noqa: PLC0415 - Django is set up only now

    return _record_in(store(visitor.session_key)[RECORD].partition(".")[2])


def test_ends_of_unknown_sign_ins_are_not_noted(visitor, stored_sessions):
    """Anybody can tell of some: nothing is kept of that."""
    visitor.sign_in("megan")
    before = stored_sessions.objects.count()
    issuer = record_of(visitor).claims["iss"]
    assert visitor.get("/auth/frontchannel-logout", {"iss": issuer, "sid": "another"}).status_code == 200
    assert stored_sessions.objects.count() == before


def test_a_password_given_since_outlives_the_sign_in(visitor, users):
    """The sign-in with Entra is over; who has given a password in the same session is known by that."""
    visitor.sign_in("megan")
    user = users.objects.get()
    visitor.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get("/me").json()["principal"] is not None
    visitor.get("/cycle")
    visitor.get(f"/end/{MEGAN.object_id}")
    assert visitor.get("/me").json() == {"user": user.username, "principal": None, "claims": [], "staff": True}
    assert RECORD not in store(visitor.session_key)


def test_lists_are_bounded(index):
    """The oldest session ends where a list has too many: nobody could end it from elsewhere any more."""
    name = index.of_user(Account("T", "U"))
    sessions = []
    for _ in range(101):
        session = store()
        session.create()
        sessions.append(session.session_key)
        index.add(name, session.session_key)
    assert index.listed(name) == sessions[1:]
    assert not store().exists(sessions[0])
    assert store().exists(sessions[1])
    assert name == index.of_user(Account("t", "u"))
    index.add(name, sessions[-1])
    index.remove(name, "unknown")
    index.remove(name, sessions[1])
    assert index.listed(name) == sessions[2:]


def test_a_list_that_cannot_be_written(index, configure):
    """Where another process is always quicker, the session is not listed, and the sign-in goes on."""
    configure(others={"SESSION_ENGINE": f"{__name__}"})
    index.add(index.of_sign_in("i", "s"), "session")
    assert index.listed(index.of_sign_in("i", "s")) == []


class SessionStore(dict):
    """An engine in which somebody else always creates a key first."""

    session_key = None

    def __init__(self, key=None):
        super().__init__()

    def set_expiry(self, seconds):
        pass

    def save(self, *, must_create):
        from django.contrib.sessions.backends.base import CreateError  # noqa: PLC0415 - as above

        raise CreateError


def test_T83_the_earlier_session_ends(configure, entra, users):
    """A form of the provider's brings no cookie: what was noted of the session before ends, if it was somebody's."""
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415 - Django is set up only now
    from django.test import RequestFactory  # noqa: PLC0415 - as above

    from azuread_auth.client import run_blocking  # noqa: PLC0415 - as above
    from azuread_auth.django.configuration import configuration  # noqa: PLC0415 - as above
    from azuread_auth.django.gate import sessions_of  # noqa: PLC0415 - as above
    from azuread_auth.django.sessions import present_request  # noqa: PLC0415 - as above

    async def here(work):
        return work()

    known = configuration()
    sessions = sessions_of(known.web_login, known.client.blocking(), here)
    principal = entra.principal(user="megan")
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    keys = []
    for earlier in ("", "somebody", "anonymous"):
        if earlier == "anonymous":
            other = store()
            other["basket"] = 1
            other.save()
            keys.append(other.session_key)
        request.session = store()
        present_request.set(request)
        assert sessions.recall([], now=0.0) is None
        assert sessions.present_id([], now=0.0) == ""
        run_blocking(sessions.begin(principal, [], now=0.0, earlier=keys[-1] if earlier else ""))
        assert sessions.present_id([], now=0.0) == request.session.session_key
        keys.append(request.session.session_key)
    first, second, basket, third = keys
    assert [store().exists(key) for key in (first, second, basket, third)] == [False, True, True, True]
