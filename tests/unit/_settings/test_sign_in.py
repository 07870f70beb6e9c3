"""The single settings of browser sign-in: what each accepts, and how it refuses the rest."""

import math
from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.web_login import WebLogin

KEY = bytes(range(32))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def web_login(**given: Any) -> WebLogin:
    """Good settings, but for what is given."""
    return WebLogin(**{"cookie_keys": [KEY], **given})


def refusal(**given: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        web_login(**given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("base_url", "urls"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("https://app.example.com", ("https://app.example.com",)),
        ("HTTPS://App.Example.com:443/", ("https://app.example.com",)),
        ("https://app.example.com:8443/orders/eu", ("https://app.example.com:8443/orders/eu",)),
        ("http://localhost:8000", ("http://localhost:8000",)),
        ("http://127.0.0.9", ("http://127.0.0.9",)),
        ("http://[::1]:5000", ("http://[::1]:5000",)),
        (["https://b.test", "https://a.test", "https://B.test/"], ("https://b.test", "https://a.test")),
    ],
)
def test_addresses_that_are_accepted(base_url, urls):
    """One or several, each in one form."""
    assert web_login(base_url=base_url).urls == urls


@pytest.mark.parametrize(
    "base_url",
    [
        *("http://app.example.com", "http://localhost.example.com", "http://10.0.0.1", "http://[::2]"),
        *("http://0.0.0.0:8000", "http://127.0.0.1.nip.io", ["https://app.example.com", "http://app.example.com"]),
    ],
)
def test_T106_http_off_this_machine_is_refused(base_url):
    """T106: a code, or a cookie, that travels in the clear can be stolen."""
    # Addresses that are none of this machine's may not even be addresses: either way it is no.
    told = refusal(base_url=base_url)
    assert told.startswith(("base_url is http off this machine; expected https", "base_url is not the address of an"))


@pytest.mark.parametrize(
    "base_url",
    [
        *("app.example.com", "//app.example.com", "ftp://app.example.com", "https://", "https://app.example.com?a=b"),
        *("https://app.example.com#a", "https://user@app.example.com", "https://app.example.com/a/../b", 7, ["", ""]),
        *("https://app.example.com/a//b", "https://app.example.com:0", "https://app.example.com\\evil", "https://a b"),
        *(
            " https://app.example.com",
            "https://app.example.com\n",
            b"https://app.example.com",
            [None],
            "https://ä.test",
        ),
    ],
)
def test_addresses_that_are_refused(base_url):
    """What is no plain address, or means another thing to another parser, is told at once."""
    assert refusal(base_url=base_url).startswith("base_url is not ")


ROUTES = [
    *("login_path", "callback_path", "logout_path", "signed_out_path", "frontchannel_logout_path", "me_path"),
    "admin_consent_path",
]
BAD_PATHS = [
    *("auth", "auth/login", "//auth", "/auth//login", "/auth/", "/auth/./login", "/auth/../login", "/.auth"),
    *("/auth%2flogin", "/auth login", "/auth\\login", "\\auth", "/auth?x", "/auth#x", "/auth;x", "/ä", "/auth\n"),
    *("https://app.example.com/auth", "/{path}", 7, b"/auth"),
]


@pytest.mark.parametrize("route", [*ROUTES, "after_login"])
@pytest.mark.parametrize("path", [*BAD_PATHS, None, ""])
def test_paths_that_are_refused(route, path):
    """Only what every router and browser takes for the same path."""
    if route == "admin_consent_path" and path in (None, ""):
        assert web_login(admin_consent_path=path).admin_consent_path is None
    else:
        expected = "is not a path; expected one that begins with a slash, of plain names, such as /auth/login"
        assert refusal(**{route: path}) == f"{route} {expected}"


@pytest.mark.parametrize("path", ["/sign-in", "/a/b/c", "/~user/_x", "/v1.0/sign.in", "/A"])
@pytest.mark.parametrize("route", [*ROUTES, "after_login"])
def test_paths_that_are_accepted(route, path):
    """As they are."""
    assert getattr(web_login(**{route: path}), route) == path


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        ("/", "/"),
        ("/bye", "/bye"),
        ("https://www.example.com/bye", "https://www.example.com/bye"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_where_browsers_go_after_signing_out(given, kept):
    """A path, a whole address, or our page."""
    assert web_login(after_logout=given).after_logout == kept


@pytest.mark.parametrize("given", [*BAD_PATHS[1:17], "http://www.example.com", "javascript:alert(1)", 7, ["/bye"]])
def test_where_browsers_do_not_go_after_signing_out(given):
    """Nothing that a browser reads otherwise than we do."""
    assert refusal(after_logout=given).startswith("after_logout is ")


@pytest.mark.parametrize("given", ["client", None, "", MemoryStore()])
def test_stores_that_are_accepted(given):
    """A store, the client's, or none."""
    assert web_login(session_store=given).session_store == (given or None)


@pytest.mark.parametrize("given", ["redis", "redis://cache", MemoryStore, object(), 7, {}, b"client"])
def test_stores_that_are_refused(given):
    """What has not the three operations, or is a class that was not called."""
    assert refusal(session_store=given).startswith("session_store is not a store; expected one with get, put and")


@pytest.mark.parametrize("setting", ["session_idle_seconds", "session_lifetime_seconds"])
@pytest.mark.parametrize(
    "seconds", [59.9, 0, -1, 2_592_000.5, 10**400, math.inf, -math.inf, math.nan, True, "3600", None, [3600]]
)
def test_T103_limits_that_are_refused(setting, seconds):
    """T103: every session ends, and lasts long enough to be used."""
    expected = "is out of range; expected seconds from 60 to 2592000 (30 days)"
    assert refusal(**{setting: seconds}) == f"{setting} {expected}"


@pytest.mark.parametrize("seconds", [60, 60.5, 2_592_000])
def test_T103_limits_that_are_accepted(seconds):
    """T103: from a minute to 30 days."""
    kept = web_login(session_idle_seconds=60, session_lifetime_seconds=seconds).session_lifetime_seconds
    assert (kept, type(kept)) == (seconds, float)


@pytest.mark.parametrize("key", [KEY, KEY_TEXT, f"{KEY_TEXT}=", Secret(KEY)])
def test_keys_that_are_accepted(key):
    """32 bytes, or what the key command prints; the order counts."""
    assert web_login(cookie_keys=[key, bytes(32)]).cookie_keys == (Secret(KEY), Secret(bytes(32)))


@pytest.mark.parametrize("keys", [["canary"], [b"canary"], [KEY, ""], KEY, KEY_TEXT, [7], [None], None, Secret(KEY)])
def test_keys_that_are_refused(keys):
    """What is not a collection of exactly 32 bytes each; their values are not told."""
    told = refusal(cookie_keys=keys)
    assert told.startswith("cookie_keys ")
    assert "canary" not in told


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([], frozenset()),
        (["https://A.test", "https://a.test:443/"], {"https://a.test"}),
        ({"https://a.test:8443", "http://localhost:3000"}, {"https://a.test:8443", "http://localhost:3000"}),
    ],
)
def test_origins_that_are_accepted(given, kept):
    """In the form in which browsers send them."""
    assert web_login(trusted_origins=given).trusted_origins == kept


@pytest.mark.parametrize(
    "given",
    [["*"], ["null"], ["http://a.test"], ["https://a.test/path"], ["a.test"], [""], [7], "https://a.test", None],
)
def test_origins_that_are_refused(given):
    """No wildcard, no path, nothing that travels in the clear, and one text is no collection."""
    assert refusal(trusted_origins=given).startswith("trusted_origins ")


@pytest.mark.parametrize("setting", ["scopes", "session_scopes"])
@pytest.mark.parametrize("given", ["User.Read", ["a b"], [""], [7], None, 7])
def test_scopes_that_are_refused(setting, given):
    """A text alone, spaces, and what is no text."""
    assert refusal(**{setting: given}).startswith(f"{setting} ")


@pytest.mark.parametrize("scope", ['User"Read', "User\\Read", "Bücher.Read"])
def test_scopes_that_no_request_can_carry(scope):
    """RFC 6749 3.3 has the characters of a scope."""
    assert refusal(scopes=[scope]) == "scopes has what is no scope; expected some such as User.Read"


def test_scopes_that_are_accepted():
    """Each once, in order."""
    scopes = ["User.Read", "https://graph.microsoft.com/Mail.Read", "User.Read"]
    assert web_login(scopes=scopes).scopes == ("User.Read", "https://graph.microsoft.com/Mail.Read")
    assert web_login(session_scopes=iter(["a", "b", "a"])).session_scopes == ("a", "b")


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_response_modes_that_are_accepted(mode):
    """Those in which the server, and no script, gets the code."""
    assert web_login(response_mode=mode).response_mode == mode


@pytest.mark.parametrize("mode", ["fragment", "", None, "QUERY", 7, ["query"]])
def test_response_modes_that_are_refused(mode):
    """A fragment never reaches a server."""
    assert refusal(response_mode=mode) == 'response_mode is not known; expected "query" or "form_post"'


@pytest.mark.parametrize("setting", ["on_login", "on_logout", "error_page"])
def test_callables(setting):
    """A function or nothing."""
    assert getattr(web_login(**{setting: print}), setting) is print
    assert getattr(web_login(**{setting: None}), setting) is None
    for given in ("print", 7, ""):
        assert refusal(**{setting: given}) == f"{setting} cannot be called; expected a function, or nothing"
