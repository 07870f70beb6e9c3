"""Sign-ins under way: bound to the browser that began them, few, and short."""

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.pending_logins import PendingLogin, PendingLogins
from azuread_auth._web.sealing import Sealer
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

NOW = 1_800_000_000.0
KEY = Secret(b"k" * 32)
NAMES = CookieNames("0123456789ab", is_secure=True)
PREFIX = "__Host-azuread-login-0123456789ab-"


def sealer(*keys, purpose="login"):
    """Seals with such keys."""
    return Sealer(keys or (KEY,), purpose=purpose, app=NAMES.app, random_bytes=os.urandom)


def pending_logins(*keys, names=NAMES, same_site="Lax"):
    """What is tested."""
    return PendingLogins(names, sealer(*keys), same_site=same_site)


def login(number=0, *, started_at=NOW, **changes):
    """One of usual size."""
    usual = PendingLogin(
        state=f"{number:043d}",
        nonce="n" * 43,
        code_verifier="v" * 43,
        next="/reports/2026?department=sales&page=2",
        tenant="5f1c2e5b-7a1d-4a52-9a6e-1d0a3f8b1c11",
        redirect_uri="https://app.example.com/auth/callback",
        scopes=("https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"),
        started_at=started_at,
    )
    return replace(usual, **changes)


class Browser:
    """Keeps cookies, as far as these tests need it."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def take(self, set_cookies):
        for set_cookie in set_cookies:
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in set_cookie:
                self.cookies[name] = value

    @property
    def headers(self):
        return ["; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()]


@pytest.fixture
def browser():
    """One without cookies."""
    return Browser()


def test_T73_a_login_is_found_again_with_all_that_it_was(browser):
    """By its state, in the browser that began it."""
    begun = login(is_silent=True, attempts=3, attempts_since=7.0)
    browser.take(pending_logins().begin(begun, browser.headers, NOW))
    assert pending_logins().find(begun.state, browser.headers, NOW + 599) == begun


@given(
    st.builds(
        PendingLogin,
        state=st.text(st.characters(codec="utf-8"), max_size=50),
        nonce=st.text(st.characters(codec="utf-8"), max_size=50),
        code_verifier=st.text(st.characters(codec="utf-8"), max_size=50),
        next=st.text(st.characters(codec="utf-8"), max_size=50),
        tenant=st.text(st.characters(codec="utf-8"), max_size=50),
        redirect_uri=st.text(st.characters(codec="utf-8"), max_size=50),
        scopes=st.lists(st.text(st.characters(codec="utf-8"), max_size=9), max_size=3).map(tuple),
        is_silent=st.booleans(),
        attempts=st.integers(0, 99),
        started_at=st.floats(0, 1e12) | st.integers(0, 10**12),
    )
)
def test_T73_any_login_is_found_again(begun):
    """Whatever is in it."""
    browser = Browser()
    browser.take(pending_logins().begin(begun, [], NOW))
    assert pending_logins().find(begun.state, browser.headers, NOW) == begun


@pytest.mark.parametrize(
    ("state", "passed_seconds"),
    [
        pytest.param("", 0, id="no state"),
        pytest.param(login(1).state, 0, id="state of another login"),
        pytest.param(login().state[:-1], 0, id="cut"),
        pytest.param(login().state + "0", 0, id="longer"),
        pytest.param("ä\ud800", 0, id="no state that we make"),
        pytest.param(login().state, 601, id="after ten minutes"),
        pytest.param(login().state, -100, id="before it began"),
    ],
)
def test_T73_another_state_or_time_finds_nothing(browser, state, passed_seconds):
    """It is as if there were no login."""
    browser.take(pending_logins().begin(login(), browser.headers, NOW))
    assert pending_logins().find(state, browser.headers, NOW + passed_seconds) is None


def test_T73_T74_a_login_of_another_browser_is_not_found(browser):
    """The state alone, even a true one, finds nothing: not in a browser without cookies, nor beside its own login."""
    pending_logins().begin(login(1), [], NOW)
    assert pending_logins().find(login(1).state, browser.headers, NOW) is None
    browser.take(pending_logins().begin(login(0), browser.headers, NOW))
    assert pending_logins().find(login(1).state, browser.headers, NOW) is None


def test_T73_a_cookie_under_the_name_of_another_state_is_not_taken(browser):
    """The state is in what is sealed."""
    browser.take(pending_logins().begin(login(0), [], NOW))
    (value,) = browser.cookies.values()
    (other,) = (each.partition("=")[0] for each in pending_logins().begin(login(1), [], NOW))
    assert pending_logins().find(login(1).state, [f"{other}={value}".encode()], NOW) is None


def test_T88_planted_cookies_of_the_same_name_do_not_hide_a_login(browser):
    """All values of the name are tried."""
    browser.take(pending_logins().begin(login(), [], NOW))
    (name,) = browser.cookies
    headers = [f"{name}=planted; broken".encode(), *browser.headers, f"{name}=1AAAA.AAAA.{'A' * 43}".encode()]
    assert pending_logins().find(login().state, headers, NOW) == login()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="nothing"),
        pytest.param({"state": "s"}, id="with names"),
        pytest.param([2, "s", "n", "v", "/", "t", "r", [], False, False, 1, NOW], id="another order"),
        pytest.param(["s", "n", "v", "/", "t", "r", [], 0, False, 1, NOW], id="another type"),
    ],
)
def test_T92_what_another_release_has_sealed_is_no_login(browser, values):
    """Users begin again, which costs a click."""
    browser.take(pending_logins().begin(login(state="s"), [], NOW))
    (name,) = browser.cookies
    text = sealer().seal(json.dumps(values).encode(), now=NOW)
    assert pending_logins().find("s", [f"{name}={text}".encode()], NOW) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"[" * 100_000, b"\0\0\0[1"], ids=range(5))
def test_T92_what_is_sealed_and_no_json_is_no_login(browser, data):
    """Another release may have packed it."""
    browser.take(pending_logins().begin(login(state="s"), [], NOW))
    (name,) = browser.cookies
    header = f"{name}={sealer().seal(data, now=NOW)}; {browser.headers[0].decode()}".encode()
    assert pending_logins().find("s", [header], NOW) == login(state="s")
    assert pending_logins().begin(login(1), [header], NOW)


def test_T92_cookies_of_another_purpose_or_key_are_no_login(browser):
    """A session is none, and a key that was taken away opens nothing."""
    browser.take(pending_logins().begin(login(), [], NOW))
    (name,) = browser.cookies
    inside = sealer().open(browser.cookies[name], now=NOW, max_age_seconds=1)
    other = sealer(purpose="session").seal(inside, now=NOW)
    assert pending_logins().find(login().state, [f"{name}={other}".encode()], NOW) is None
    assert pending_logins(Secret(b"o" * 32)).find(login().state, browser.headers, NOW) is None
    assert pending_logins(KEY, Secret(b"o" * 32)).find(login().state, browser.headers, NOW) == login()


def test_T90_R30_a_browser_keeps_the_five_newest_logins(browser):
    """However many it begins; nothing is kept anywhere else."""
    for number in range(200):
        begun = login(number, started_at=NOW + number / 10)
        set_cookies = pending_logins().begin(begun, browser.headers, NOW + number / 10)
        assert len(set_cookies) <= 2
        browser.take(set_cookies)
        assert len(browser.cookies) <= 5
    states = [number for number in range(200) if pending_logins().find(login(number).state, browser.headers, NOW + 20)]
    assert states == [195, 196, 197, 198, 199]


def test_T90_the_oldest_login_goes_whatever_the_order_of_cookies(browser):
    """Cookies come in the order that the browser likes; what cannot be read goes first."""
    for number in (3, 1, 4, 2):
        browser.take(pending_logins().begin(login(number, started_at=NOW + number), [], NOW + 5))
    unreadable = f"{PREFIX}aaaaaaaaaaaa"
    browser.cookies = {unreadable: "planted", **browser.cookies}
    browser.take(pending_logins().begin(login(5, started_at=NOW + 5), browser.headers, NOW + 5))
    assert unreadable not in browser.cookies
    assert len(browser.cookies) == 5
    browser.take(pending_logins().begin(login(6, started_at=NOW + 6), browser.headers, NOW + 6))
    found = [number for number in range(7) if pending_logins().find(login(number).state, browser.headers, NOW + 6)]
    assert found == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("same_site", ["Lax", "None"])
@pytest.mark.parametrize("length", [1, 300, 700, 1_500, 2_200])
def test_T90_all_logins_of_a_browser_together_are_small(browser, length, same_site):
    """However long the addresses are: what is left of 8 kB of header is enough for a session and what else there is."""
    pending = pending_logins(same_site=same_site)
    for number in range(12):
        begun = login(number, started_at=NOW + number, next="/" + "a" * length)
        browser.take(pending.begin(begun, browser.headers, NOW + number))
        assert len(browser.headers[0]) < 4_100
        assert pending.find(begun.state, browser.headers, NOW + number) == begun
    assert len(browser.cookies) == {1: 5, 300: 4, 700: 2, 1_500: 1, 2_200: 1}[length]


def test_T90_large_logins_go_before_newer_small_ones(browser):
    """The oldest first, until there is room; what somebody planted under our names counts, and goes before all."""
    browser.take(pending_logins().begin(login(0, next="/" + "a" * 1_500), [], NOW))
    browser.take(pending_logins().begin(login(1, started_at=NOW + 1), browser.headers, NOW + 1))
    browser.cookies[f"{PREFIX}aaaaaaaaaaaa"] = "x" * 1_000
    for number in (2, 3):
        browser.take(pending_logins().begin(login(number, started_at=NOW + number), browser.headers, NOW + number))
    found = [number for number in range(4) if pending_logins().find(login(number).state, browser.headers, NOW + 3)]
    assert (found, len(browser.cookies)) == ([1, 2, 3], 3)


@pytest.mark.parametrize(("length", "is_small"), [(0, True), (500, True), (900, False), (2_200, False)])
def test_T90_a_small_login_leaves_room_for_others(length, is_small):
    """Which is asked before it is begun."""
    assert pending_logins().is_small(login(next="/" + "a" * length)) is is_small


def test_T90_deletions_are_few_and_of_our_own_names_alone():
    """Two hundred planted cookies do not make an answer that is too large for a proxy, nor a header that is none."""
    planted = [f"{PREFIX}{number:012x}=planted" for number in range(100)]
    strange = [f"{PREFIX}{name}=planted" for name in ("", "x", "a\r\nb", "ABCDEF012345", "aaaaaaaaaaaaa", "a b")]
    other = ["__Host-azuread-login-ba9876543210-aaaaaaaaaaaa=another application's", "a=b"]
    _, *deletions = pending_logins().begin(login(), ["; ".join([*strange, *other, *planted]).encode()], NOW)
    assert len(deletions) == 10
    assert all(each.startswith(PREFIX) and "Max-Age=0" in each and "\n" not in each for each in deletions)
    assert pending_logins().begin(login(), ["; ".join([*strange, *other]).encode()], NOW)[1:] == []


def test_a_login_that_is_begun_again_is_not_deleted(browser):
    """The same state has the same cookie, and only one."""
    browser.take(pending_logins().begin(login(0), [], NOW))
    for number in range(1, 5):
        browser.take(pending_logins().begin(login(number, started_at=NOW + 1), browser.headers, NOW + 1))
    set_cookies = pending_logins().begin(login(0), browser.headers, NOW + 2)
    assert len(set_cookies) == 1


def test_T91_several_logins_end_in_any_order(browser):
    """Each has a cookie of its own, and ends alone."""
    for number in range(3):
        browser.take(pending_logins().begin(login(number), browser.headers, NOW))
    for number in (2, 0, 1):
        assert pending_logins().find(login(number).state, browser.headers, NOW) == login(number)
        browser.take(pending_logins().end(login(number).state))
        assert pending_logins().find(login(number).state, browser.headers, NOW) is None
    assert browser.cookies == {}


@pytest.mark.parametrize(
    ("same_site", "is_secure", "flags"),
    [
        pytest.param("Lax", True, "Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure", id="query"),
        pytest.param("None", True, "Path=/; Max-Age=600; HttpOnly; SameSite=None; Secure", id="form_post"),
        pytest.param("Lax", False, "Path=/; Max-Age=600; HttpOnly; SameSite=Lax", id="http on this machine"),
    ],
)
def test_T83_T87_flags_of_the_cookie(same_site, is_secure, flags):
    """As the answer's way back needs them, for ten minutes; its deletion has the same."""
    pending = pending_logins(names=CookieNames("0123456789ab", is_secure=is_secure), same_site=same_site)
    (kept,) = pending.begin(login(), [], NOW)
    (dropped,) = pending.end(login().state)
    name = ("" if is_secure else "azuread") + kept.partition("=")[0].removeprefix("azuread")
    assert kept.startswith(f"{name}=1")
    assert kept.endswith(f"; {flags}")
    assert dropped == f"{name}=; {flags}".replace("600", "0")


def test_T89_a_cookie_is_small():
    """A usual one has less than a kilobyte; one that browsers would drop is refused, without a word of what it has."""
    (usual,) = pending_logins().begin(login(), [], NOW)
    assert len(usual) < 1_000
    (largest,) = pending_logins().begin(login(next="/" + "a" * 1_999), [], NOW)
    assert len(largest) < 3_800
    with pytest.raises(ConfigurationError, match="asks for too much at once") as caught:
        pending_logins().begin(login(next="/" + "a" * 3_000), [], NOW)
    assert "aaa" not in str(caught.value)


def test_T108_nothing_secret_is_shown():
    """Not by repr."""
    shown = repr(login())
    assert login().state not in shown
    assert "nnn" not in shown
    assert "vvv" not in shown
    assert "reports" not in shown


def test_T76_the_earlier_session_is_found_again_and_not_shown(browser):
    """T76: what stands for it is sealed with the rest."""
    begun = login(earlier_session="e" * 43)
    browser.take(pending_logins().begin(begun, browser.headers, NOW))
    found = pending_logins().find(begun.state, browser.headers, NOW)
    assert found == begun
    assert "eee" not in repr(found)
    (largest,) = pending_logins().begin(login(earlier_session="e" * 43, next="/" + "a" * 1_999), [], NOW)
    assert len(largest) < 3_800
