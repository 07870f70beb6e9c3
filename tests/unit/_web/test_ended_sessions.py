"""Which sessions have ended in a browser: an answer that comes late brings none of them back."""

import struct
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.ended_sessions import EndedSessions
from azuread_auth._web.sealed_sessions import SealedSessions
from tests.unit._web.session_browser import (
    KEY,
    NAMES,
    NOW,
    OTHER_KEY,
    OTHER_USER,
    RULES,
    Browser,
    guid,
    sealed_sessions,
    sealer,
    user,
)

SESSION, ENDED = NAMES.name("session"), NAMES.name("ended")
LIFETIME = RULES.lifetime_seconds
PURPOSE = "ended sessions"


def ended_sessions(names: CookieNames = NAMES, **of_sealer: Any) -> EndedSessions:
    """What is tested."""
    return EndedSessions(names, sealer(PURPOSE, **of_sealer), lifetime_seconds=LIFETIME)


def session_id(number: int) -> bytes:
    """An id of its own for each number."""
    return number.to_bytes(16, "big")


def noted(browser: Browser, *numbers: int, now: float = NOW, ends_at: float = NOW + LIFETIME) -> Browser:
    """The browser after these sessions have ended in it."""
    ends = {session_id(number): ends_at for number in numbers}
    return browser.take(ended_sessions().noted(ends, browser.headers, now=now))


def known(browser: Browser, numbers: Iterable[int], *, now: float = NOW) -> list[int]:
    """Those of the sessions that have ended in this browser."""
    return [number for number in numbers if ended_sessions().has(session_id(number), browser.headers, now=now)]


def test_T103_what_ended_is_known_until_nothing_of_it_could_count():
    """T103: to the absolute end of the session, whatever the idle time is."""
    browser = noted(Browser(), 1, ends_at=NOW + 100)
    assert known(browser, (1, 2)) == [1]
    assert known(browser, (1,), now=NOW + 99) == [1]
    assert known(browser, (1,), now=NOW + 100) == []
    assert known(Browser(), (1,)) == []


def test_T103_the_last_four_are_kept():
    """T103: the cookie does not grow; those that are over make room."""
    browser = Browser()
    for number in range(6):
        noted(browser, number)
    assert known(browser, range(6)) == [2, 3, 4, 5]
    noted(browser, 3)
    noted(browser, 6, 7, 8)
    assert known(browser, range(9)) == [3, 6, 7, 8]
    assert len(browser.headers[0]) < 300
    noted(browser, 9, now=NOW + LIFETIME - 1, ends_at=NOW + LIFETIME + 50)
    assert known(browser, range(10), now=NOW + LIFETIME + 1) == [9]


def test_T103_what_is_over_is_not_noted():
    """T103: nothing has to be known of it."""
    assert ended_sessions().noted({session_id(1): NOW}, [], now=NOW) == []
    assert ended_sessions().noted({}, noted(Browser(), 1).headers, now=NOW) == []


@pytest.mark.parametrize(("is_secure", "flags"), [(True, "SameSite=Lax; Secure"), (False, "SameSite=Lax")])
def test_T87_flags_are_those_of_the_session(is_secure, flags):
    """T87: where the one is sent, so is the other; it lasts as long as the last of the sessions could."""
    names = CookieNames(NAMES.app, is_secure)
    ends = {session_id(1): NOW + 10.5, session_id(2): NOW + 1e9}
    (set_cookie,) = ended_sessions(names).noted(ends, [], now=NOW)
    assert set_cookie.startswith(f"{names.name('ended')}=1")
    assert set_cookie.endswith(f"; Path=/; Max-Age={LIFETIME:.0f}; HttpOnly; {flags}")


ENTRY = struct.pack(">16sd", session_id(1), NOW + 100)


def _sealed(data: bytes = b"\x01" + ENTRY, purpose: str = PURPOSE, **of_sealer: Any) -> str:
    return sealer(purpose, **of_sealer).seal(data, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_sealed(purpose="session"), id="of another purpose"),
        pytest.param(_sealed(app="ffffffffffff"), id="of another application with the same keys"),
        pytest.param(_sealed(keys=[OTHER_KEY]), id="by a key that was removed"),
        pytest.param(_sealed(b"\x02" + ENTRY), id="of another release"),
        pytest.param(_sealed(b"\x01" + ENTRY[1:]), id="cut"),
        pytest.param(_sealed(b""), id="empty"),
        pytest.param("", id="nothing"),
        pytest.param("a.b.c", id="no sealed text"),
    ],
)
def test_T88_T92_what_is_not_ours_says_nothing(text):
    """T88, T92: it signs nobody out, and hides nothing that is ours, wherever it stands and however often."""
    browser = Browser()
    browser.cookies[ENDED] = _sealed()
    assert known(browser, (1,)) == [1]
    flood = "; ".join([f"{ENDED}={text}"] * 100).encode()
    for headers in (
        [flood, *browser.headers],
        [*browser.headers, flood],
        [b"x; " + flood + b"; " + browser.headers[0]],
    ):
        assert ended_sessions().has(session_id(1), headers, now=NOW)
    assert not ended_sessions().has(session_id(1), [flood], now=NOW)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_T88_arbitrary_cookies_sign_nobody_out(headers):
    """T88: whatever stands beside a session."""
    planted = [*headers, *(ENDED.encode() + b"=1" + header for header in headers)]
    assert sealed_sessions().recall([SIGNED_IN, *planted], now=NOW) is not None
    assert sealed_sessions().recall([*planted, SIGNED_IN], now=NOW) is not None


def test_R31_keys_are_rotated():
    """R31: an old key opens until it is removed."""
    browser = noted(Browser(), 1)
    assert ended_sessions(keys=[KEY, OTHER_KEY]).has(session_id(1), browser.headers, now=NOW)
    assert not ended_sessions(keys=[OTHER_KEY]).has(session_id(1), browser.headers, now=NOW)


def signed_in(sessions: SealedSessions, browser: Browser, now: float = NOW, **who: Any) -> Browser:
    """The browser after a sign-in."""
    return browser.take(run_blocking(sessions.begin(user(**who), browser.headers, now=now)))


SIGNED_IN = signed_in(sealed_sessions(), Browser()).headers[0]


def signed_out(sessions: SealedSessions, browser: Browser, now: float) -> Browser:
    """The browser after a sign-out."""
    return browser.take(run_blocking(sessions.end(browser.headers, now=now))[1])


@pytest.mark.parametrize("groups", [0, 150], ids=["one cookie", "two cookies"])
def test_T103_a_late_renewal_does_not_revive_what_has_ended(groups):
    """T103: it is nobody's at any server, nor renewed, from the first request on and however often it is asked."""
    sessions, browser = sealed_sessions(), Browser()
    signed_in(sessions, browser, groups=[guid(number) for number in range(groups)])
    assert sessions.recall(browser.headers, now=NOW + 1) is not None
    late = sessions.recall(browser.headers, now=NOW + 400)
    assert late is not None
    assert late.set_cookies
    signed_out(sessions, browser, NOW + 401).take(late.set_cookies)
    assert SESSION in browser.cookies
    for at in (402, 402, 1000, 3999):
        assert sessions.recall(browser.headers, now=NOW + at) is None
        assert sealed_sessions().recall(browser.headers, now=NOW + at) is None
        assert run_blocking(sessions.end(browser.headers, now=NOW + at))[0] is None


def test_T103_what_was_remembered_does_not_pass_by_it():
    """T103: a session that this very server has opened is nobody's beside the note that it ended."""
    sessions, browser = sealed_sessions(), signed_in(sealed_sessions(), Browser())
    before = dict(browser.cookies)
    for _ in range(2):
        assert sessions.recall(browser.headers, now=NOW) is not None
    signed_out(sessions, browser, NOW)
    browser.cookies |= before
    assert sessions.recall(browser.headers, now=NOW) is None
    assert sessions.recall([f"{name}={value}".encode() for name, value in browser.cookies.items()], now=NOW) is None
    browser.cookies = before
    assert sessions.recall(browser.headers, now=NOW) is not None


def test_T103_what_was_idle_for_too_long_is_noted_too():
    """T103: a renewal may have been under way since before that."""
    sessions, browser = sealed_sessions(), signed_in(sealed_sessions(), Browser())
    late = sessions.recall(browser.headers, now=NOW + 3599)
    signed_out(sessions, browser, NOW + 3601)
    assert late is not None
    assert sessions.recall(browser.take(late.set_cookies).headers, now=NOW + 3602) is None


def test_T76_a_new_sign_in_counts_at_once_and_is_not_replaced_by_the_earlier_session():
    """T76: an answer to the earlier user that comes late signs out; it does not bring that user back."""
    sessions, browser = sealed_sessions(), signed_in(sealed_sessions(), Browser(), object_id=OTHER_USER)
    late = sessions.recall(browser.headers, now=NOW + 400)
    signed_in(sessions, browser, NOW + 401)
    found = sessions.recall(browser.headers, now=NOW + 402)
    assert found is not None
    assert found.principal == user()
    assert late is not None
    assert sessions.recall(browser.take(late.set_cookies).headers, now=NOW + 403) is None
    signed_in(sessions, browser, NOW + 404)
    assert sessions.recall(browser.headers, now=NOW + 405) is not None


def test_a_browser_that_signs_in_and_out_keeps_few_cookies():
    """Names and sizes do not grow with it."""
    sessions, browser = sealed_sessions(), Browser()
    for round_ in range(20):
        signed_in(sessions, browser, NOW + round_)
        signed_out(sessions, browser, NOW + round_)
    assert list(browser.cookies) == [ENDED]
    assert len(browser.headers[0]) < 300
