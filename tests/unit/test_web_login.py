"""The settings of browser sign-in as a value and from the environment, and that none of their forms shows a key."""

import base64
import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from azuread_auth._settings.environment import read_environment
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.web_login import LoginProblem, WebLogin

URL = "https://app.example.com"
KEY = bytes(range(32))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
GOOD = {"AZURE_AD_BASE_URL": URL, "AZURE_AD_COOKIE_KEYS": KEY_TEXT}


def web_login(**given: Any) -> WebLogin:
    """Good settings, but for what is given."""
    return WebLogin(**{"base_url": URL, "cookie_keys": [KEY], **given})


def refusal(make: Callable[[], object]) -> str:
    """The message with which this is refused."""
    with pytest.raises(ConfigurationError) as refused:
        make()
    return str(refused.value)


def test_the_fields_are_the_documented_ones_with_their_defaults():
    """Every documented setting exists, in order, keyword-only, with the documented default."""
    fields = dataclasses.fields(WebLogin)
    assert [(field.name, field.default) for field in fields] == [
        ("base_url", None),
        ("login_path", "/auth/login"),
        ("callback_path", "/auth/callback"),
        ("logout_path", "/auth/logout"),
        ("signed_out_path", "/auth/signed-out"),
        ("frontchannel_logout_path", "/auth/frontchannel-logout"),
        ("me_path", "/auth/me"),
        ("admin_consent_path", None),
        ("scopes", ()),
        ("session_scopes", ()),
        ("response_mode", "query"),
        ("cookie_keys", ()),
        ("session_store", None),
        ("session_idle_seconds", 3600),
        ("session_lifetime_seconds", 28_800),
        ("after_login", "/"),
        ("after_logout", None),
        ("trusted_origins", ()),
        ("on_login", None),
        ("on_logout", None),
        ("error_page", None),
    ]
    assert all(field.kw_only for field in fields)


def test_on_this_machine_everything_may_be_left_out():
    """For a first try: no address, no keys, sessions in cookies."""
    settings = WebLogin()
    assert (settings.urls, settings.is_local, settings.cookie_keys, settings.session_store) == ((), True, (), None)


def test_settings_are_frozen_and_compare_by_value():
    """Two settings with the same values are equal and hash alike; none can be changed."""
    one = web_login(trusted_origins=["https://a.example.com", "https://b.example.com"], scopes=["User.Read"])
    two = web_login(trusted_origins=("https://b.example.com", "https://a.example.com"), scopes=("User.Read",))
    assert (one, hash(one), copy.copy(one)) == (two, hash(two), two)
    assert one != web_login()
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.me_path = "/me"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        one.cookie_keys.append(KEY)  # type: ignore[union-attr]


def test_a_list_that_is_changed_later_changes_nothing():
    """What was given is copied."""
    keys, urls = [KEY], [URL]
    settings = web_login(cookie_keys=keys, base_url=urls)
    keys.clear()
    urls.clear()
    assert (settings.cookie_keys, settings.urls) == ((Secret(KEY),), (URL,))


def test_settings_hash_with_what_has_no_hash():
    """A store or callable need not be hashable."""

    class Unhashable(MemoryStore):
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, _: object) -> str:
            return ""

    odd = Unhashable()
    settings = web_login(session_store=odd, on_login=odd, on_logout=odd, error_page=odd)
    assert isinstance(hash(settings), int)
    assert (settings.session_store, settings.error_page) == (odd, odd)


def test_T112_no_form_shows_a_key():
    """T112: neither repr nor a refusal does, and a pickle cannot be made."""
    settings = web_login()
    for shown in (repr(settings), str(settings), repr(dataclasses.astuple(settings))):
        assert repr(KEY) not in shown
        assert KEY_TEXT[:8] not in shown
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(settings)
    assert "canary" not in refusal(lambda: web_login(cookie_keys=["canary"]))


@pytest.mark.parametrize("base_url", [URL, [URL], (URL, "http://localhost:8000"), "https://localhost.example.com"])
def test_T106_keys_are_needed_off_this_machine(base_url):
    """T106: cookies that anybody could seal are no sessions."""
    message = refusal(lambda: web_login(base_url=base_url, cookie_keys=()))
    assert message == "cookie_keys is missing; expected at least one key of 32 bytes, as `azuread-auth key` prints it"


@pytest.mark.parametrize(
    "base_url", [None, "", (), "http://localhost:8000", "https://127.0.0.1", ["http://[::1]:5000/app"]]
)
def test_keys_may_be_left_out_on_this_machine(base_url):
    """There are none to be kept from."""
    settings = web_login(base_url=base_url, cookie_keys=())
    assert settings.is_local
    assert settings.cookie_keys == ()


@pytest.mark.parametrize("base_url", [URL, [URL, "http://localhost"]])
def test_one_address_off_this_machine_counts(base_url):
    """All have to be here for the application to be here alone."""
    assert not web_login(base_url=base_url).is_local


def test_routes_are_all_paths():
    """With the one for administrators where there is one."""
    assert web_login().routes == {
        *("/auth/login", "/auth/callback", "/auth/logout", "/auth/signed-out"),
        *("/auth/frontchannel-logout", "/auth/me"),
    }
    assert "/consent" in web_login(admin_consent_path="/consent").routes


ROUTES = [
    *("login_path", "callback_path", "logout_path", "signed_out_path", "frontchannel_logout_path", "me_path"),
    "admin_consent_path",
]


@pytest.mark.parametrize("route", ROUTES)
def test_routes_are_apart(route):
    """Two routes at one place, or one at the root, would hide something."""
    other = "me_path" if route == "login_path" else "login_path"
    later = max(route, other, key=ROUTES.index)
    message = "has a path that is taken; expected one for each route, and none of them the root"
    assert refusal(lambda: web_login(**{route: "/same", other: "/same"})) == f"{later} {message}"
    assert refusal(lambda: web_login(**{route: "/"})) == f"{route} {message}"


@pytest.mark.parametrize(
    ("setting", "path", "is_good"),
    [
        *(("after_login", path, False) for path in ("/auth/login", "/auth/callback", "/auth/logout")),
        *(("after_login", path, False) for path in ("/auth/signed-out", "/auth/frontchannel-logout")),
        ("after_login", "/auth/me", True),
        *(("after_logout", path, False) for path in ("/auth/callback", "/auth/logout", "/auth/frontchannel-logout")),
        *(("after_logout", path, True) for path in ("/auth/login", "/auth/signed-out", "/", None, URL)),
    ],
)
def test_destinations_do_not_go_round_in_circles(setting, path, is_good):
    """Who has signed in does not land where it begins or ends again."""
    if is_good:
        assert getattr(web_login(**{setting: path}), setting) == path
    else:
        assert refusal(lambda: web_login(**{setting: path})).startswith(f"{setting} is the path of a route of sign-in")


def test_idle_time_is_part_of_the_lifetime():
    """A limit that could never be reached is a slip."""
    message = refusal(lambda: web_login(session_idle_seconds=28_801))
    assert message == "session_idle_seconds is longer than session_lifetime_seconds; expected at most that"
    assert web_login(session_idle_seconds=28_800).session_idle_seconds == 28_800


def test_all_settings_can_come_from_the_environment():
    """But for what is code; lists are separated by commas."""
    environ = {
        "AZURE_AD_BASE_URL": f"{URL}, https://other.example.com/app",
        "AZURE_AD_LOGIN_PATH": "/login",
        "AZURE_AD_CALLBACK_PATH": "/callback",
        "AZURE_AD_LOGOUT_PATH": "/logout",
        "AZURE_AD_SIGNED_OUT_PATH": "/bye",
        "AZURE_AD_FRONTCHANNEL_LOGOUT_PATH": "/front",
        "AZURE_AD_ME_PATH": "/me",
        "AZURE_AD_ADMIN_CONSENT_PATH": "/consent",
        "AZURE_AD_SCOPES": "User.Read,Mail.Read",
        "AZURE_AD_SESSION_SCOPES": "Orders.Read",
        "AZURE_AD_RESPONSE_MODE": "form_post",
        "AZURE_AD_COOKIE_KEYS": f"{KEY_TEXT},{base64.b64encode(bytes(32)).decode()}",
        "AZURE_AD_SESSION_STORE": "client",
        "AZURE_AD_SESSION_IDLE_SECONDS": "600",
        "AZURE_AD_SESSION_LIFETIME_SECONDS": "1200.5",
        "AZURE_AD_AFTER_LOGIN": "/home",
        "AZURE_AD_AFTER_LOGOUT": "https://www.example.com/bye",
        "AZURE_AD_TRUSTED_ORIGINS": "https://a.example.com, https://b.example.com:8443",
    }
    assert WebLogin.from_env(environ) == WebLogin(
        base_url=[URL, "https://other.example.com/app"],
        login_path="/login",
        callback_path="/callback",
        logout_path="/logout",
        signed_out_path="/bye",
        frontchannel_logout_path="/front",
        me_path="/me",
        admin_consent_path="/consent",
        scopes=["User.Read", "Mail.Read"],
        session_scopes=["Orders.Read"],
        response_mode="form_post",
        cookie_keys=[KEY, bytes(32)],
        session_store="client",
        session_idle_seconds=600,
        session_lifetime_seconds=1200.5,
        after_login="/home",
        after_logout="https://www.example.com/bye",
        trusted_origins=["https://b.example.com:8443", "https://a.example.com"],
    )
    # The settings of the client warn of variables that look like slips of theirs: these are none.
    read_environment(environ, {})


def test_an_empty_variable_is_an_absent_one():
    """As compose files write it."""
    assert WebLogin.from_env({**GOOD, "AZURE_AD_LOGIN_PATH": "", "AZURE_AD_SESSION_STORE": ""}) == web_login()
    assert WebLogin.from_env({}) == WebLogin()


def test_the_environment_of_the_process_is_read():
    """It is the default, and says nothing of sign-in here."""
    assert WebLogin.from_env().login_path == "/auth/login"


def test_what_code_gives_wins():
    """Also over a variable that is wrong."""
    store = MemoryStore()
    environ = {**GOOD, "AZURE_AD_SESSION_IDLE_SECONDS": "soon", "AZURE_AD_SESSION_STORE": "redis"}
    settings = WebLogin.from_env(environ, session_idle_seconds=60, session_store=store, on_login=print)
    assert (settings.session_idle_seconds, settings.session_store, settings.on_login) == (60, store, print)
    assert settings.urls == (URL,)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param({"AZURE_AD_BASE_URL": URL}, "AZURE_AD_COOKIE_KEYS is missing", id="T106 no keys"),
        pytest.param({"AZURE_AD_BASE_URL": "http://app.test"}, "AZURE_AD_BASE_URL is http off this machine", id="T106"),
        pytest.param({"AZURE_AD_BASE_URL": "app"}, "AZURE_AD_BASE_URL is not the address of", id="no address"),
        pytest.param({"AZURE_AD_BASE_URL": f"{URL},"}, "AZURE_AD_BASE_URL is not the address of", id="empty item"),
        *(
            pytest.param({f"AZURE_AD_{route.upper()}": "auth"}, f"AZURE_AD_{route.upper()} is not a path", id=route)
            for route in ROUTES
        ),
        pytest.param({"AZURE_AD_ME_PATH": "/auth/login"}, "AZURE_AD_ME_PATH has a path that is taken", id="taken"),
        pytest.param({"AZURE_AD_SCOPES": "a b"}, "AZURE_AD_SCOPES has an item", id="scopes"),
        pytest.param({"AZURE_AD_SESSION_SCOPES": "a b"}, "AZURE_AD_SESSION_SCOPES has an item", id="session scopes"),
        pytest.param({"AZURE_AD_RESPONSE_MODE": "fragment"}, "AZURE_AD_RESPONSE_MODE is not known", id="mode"),
        pytest.param({"AZURE_AD_COOKIE_KEYS": "canary"}, "AZURE_AD_COOKIE_KEYS has an item that is not", id="key"),
        pytest.param({"AZURE_AD_SESSION_STORE": "redis"}, "AZURE_AD_SESSION_STORE is not a store", id="store"),
        pytest.param(
            {"AZURE_AD_SESSION_IDLE_SECONDS": "soon"}, "AZURE_AD_SESSION_IDLE_SECONDS is not a number", id="idle"
        ),
        pytest.param(
            {"AZURE_AD_SESSION_LIFETIME_SECONDS": "1"}, "AZURE_AD_SESSION_LIFETIME_SECONDS is out of range", id="life"
        ),
        pytest.param(
            {"AZURE_AD_SESSION_LIFETIME_SECONDS": "60"},
            "AZURE_AD_SESSION_IDLE_SECONDS is longer than AZURE_AD_SESSION_LIFETIME_SECONDS; expected",
            id="limits",
        ),
        pytest.param({"AZURE_AD_AFTER_LOGIN": URL}, "AZURE_AD_AFTER_LOGIN is not a path", id="after login"),
        pytest.param({"AZURE_AD_AFTER_LOGOUT": "bye"}, "AZURE_AD_AFTER_LOGOUT is not the address", id="after logout"),
        pytest.param({"AZURE_AD_TRUSTED_ORIGINS": "*"}, "AZURE_AD_TRUSTED_ORIGINS has an item", id="origins"),
    ],
)
def test_refusals_name_the_variable(environ, message):
    """Where the value came from is where it is mended."""
    told = refusal(lambda: WebLogin.from_env(environ))
    assert told.startswith(message)
    assert "canary" not in told


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"base_url": "http://app.example.com"}, "base_url is http off this machine"),
        ({"login_path": "login"}, "login_path is not a path"),
        ({"on_login": "print"}, "on_login cannot be called"),
        (
            {"session_idle_seconds": 90_000},
            "session_idle_seconds is longer than AZURE_AD_SESSION_LIFETIME_SECONDS; expected",
        ),
    ],
)
def test_a_refusal_of_what_code_gave_names_the_setting(given, message):
    """Beside variables told by theirs."""
    assert refusal(lambda: WebLogin.from_env(GOOD, **given)).startswith(message)


def test_a_problem_of_a_sign_in_has_defaults():
    """Most problems have no more than a status and two texts."""
    problem = LoginProblem(status=400, title="No", detail="not possible")
    assert (problem.correlation_id, problem.retry_url, problem.redirect_uri, problem.scopes) == (None, None, None, ())
