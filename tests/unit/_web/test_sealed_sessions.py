"""Sessions in cookies: who is found, when they end, and what is no session."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._web.sealed_sessions import SealedSessions
from azuread_auth._web.session_cookies import FoundSession
from azuread_auth._web.session_record import new_record, record_bytes
from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.principal import Account, Principal
from tests.unit._web.session_browser import (
    KEY,
    NAMES,
    NOW,
    OTHER_KEY,
    OTHER_USER,
    RULES,
    TENANT,
    USER,
    Browser,
    guid,
    sealed_sessions,
    sealer,
    user,
)

FIRST, SECOND = NAMES.name("session"), NAMES.name("session-1")


def signed_in(
    sessions: SealedSessions | None = None,
    principal: Principal | None = None,
    *,
    now: float = NOW,
    browser: Browser | None = None,
) -> Browser:
    """A browser whose user has signed in."""
    browser = browser or Browser()
    begun = (sessions or sealed_sessions()).begin(principal or user(), browser.headers, now=now)
    return browser.take(run_blocking(begun))


def found(browser: Browser, *, now: float = NOW, sessions: SealedSessions | None = None) -> FoundSession | None:
    """Whom this browser's cookies sign in, as a server says that just started."""
    return (sessions or sealed_sessions()).recall(browser.headers, now=now)


def test_the_session_is_who_signed_in():
    """Found by each request, at any server that has the keys, without anything to wait for."""
    browser = signed_in()
    for _ in range(3):
        session = found(browser, now=NOW + 10)
        assert session is not None
        assert (session.principal, session.principal.scopes) == (user(), {"Files.Read"})
        assert (session.principal.auth_method, session.set_cookies) == ("session", ())
    assert "__Host-" not in repr(session)
    same = run_blocking(sealed_sessions().find(browser.headers, now=NOW))
    assert same is not None
    assert same.principal == session.principal


def test_no_cookie_is_no_session():
    """Most anonymous requests are known as such without opening anything."""
    assert found(Browser()) is None
    assert sealed_sessions().recall([b"theme=dark"], now=NOW) is None


def test_a_principal_that_an_application_changes_is_its_own():
    """What a request does to its claims is not there for the next."""
    sessions, browser = sealed_sessions(), signed_in(principal=user(groups=[guid(1)]))
    first = found(browser, sessions=sessions)
    assert first is not None
    groups: Any = first.principal.claims["groups"]
    groups.append(guid(2))
    second = found(browser, sessions=sessions)
    assert second is not None
    assert second.principal.groups == {guid(1)}


def test_T76_a_sign_in_begins_a_session_of_its_own():
    """T76: nothing of a cookie that was there before is taken over, whoever put it there."""
    browser = signed_in(principal=user(object_id=OTHER_USER))
    before = _session_id(browser)
    signed_in(browser=browser)
    assert _session_id(browser) != before
    session = found(browser)
    assert session is not None
    assert session.principal.object_id == USER
    planted = Browser()
    planted.cookies[FIRST] = "1planted"
    signed_in(browser=planted)
    assert planted.cookies[FIRST] != "1planted"


def test_T89_group_lists_do_not_overflow():
    """T89: all groups that Entra lists fit, in less than servers take as one header; more mark an overage."""
    for count, is_cut in ((200, False), (300, True)):
        browser = signed_in(principal=user(groups=[guid(number) for number in range(count)]))
        session = found(browser)
        assert session is not None
        assert len(session.principal.groups) == (0 if is_cut else count)
        assert session.principal.groups_overage is is_cut
        assert len(browser.headers[0]) < 6_200


def test_T89_roles_are_not_cut():
    """T89: groups make room for them, and where that is not enough the sign-in fails and says what to do."""
    roles = [f"Role.{number:04}" for number in range(325)]
    browser = signed_in(principal=user(roles=roles, groups=[guid(number) for number in range(20)]))
    session = found(browser)
    assert session is not None
    assert session.principal.roles == set(roles)
    assert session.principal.groups_overage
    assert len(browser.headers[0]) < 6_200
    with pytest.raises(LoginFailed, match="assign fewer of them, or give WebLogin a session_store"):
        signed_in(principal=user(roles=[*roles, *(f"More.{number:04}" for number in range(20))]))


@pytest.mark.parametrize(("count", "length", "is_too_much"), [(90, 40, False), (150, 40, True), (950, 4, True)])
def test_T89_no_session_is_larger_than_servers_take(count, length, is_too_much):
    """T89: a server that refuses headers over 8 kB would refuse each request of this browser, even to sign out."""
    roles = [f"{number:03}".ljust(length, "x") for number in range(count)]
    if is_too_much:
        with pytest.raises(LoginFailed, match="more app roles than a session can hold"):
            signed_in(principal=user(roles=roles))
    else:
        assert len(signed_in(principal=user(roles=roles)).headers[0]) < 6_200


def test_T89_mixed_chunks_are_no_session():
    """T89: chunks of two sessions make none, and a stale one does no harm."""
    groups = [guid(number) for number in range(150)]
    one, other = signed_in(principal=user(groups=groups)), signed_in(principal=user(groups=groups))
    mixed = Browser()
    mixed.cookies = {FIRST: one.cookies[FIRST], SECOND: other.cookies[SECOND]}
    assert found(mixed) is None
    small = signed_in()
    small.cookies[SECOND] = one.cookies[SECOND]
    assert found(small) is not None
    assert SECOND not in signed_in(browser=small).cookies


def test_T88_planted_cookies_do_not_sign_out():
    """T88: beside a cookie of the same name that is not ours, and broken ones, ours counts."""
    good = signed_in().headers[0]
    planted = f"{FIRST}=1planted; {FIRST}=; bad key=1; ;".encode()
    for headers in ([planted, good], [good, planted], [planted + b"; " + good]):
        assert sealed_sessions().recall(headers, now=NOW) is not None
    flood = "; ".join(f"{FIRST}=1{number}" for number in range(100)).encode()
    assert sealed_sessions().recall([flood, good], now=NOW) is None


def _sealed(**of_sealer: Any) -> str:
    record = new_record(user(), session_id=bytes(16), now=NOW)
    return sealer(**of_sealer).seal(record_bytes(record), now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_sealed(purpose="login"), id="a cookie of a pending sign-in"),
        pytest.param(_sealed(purpose="session handle"), id="of sessions in a store"),
        pytest.param(_sealed(app="ffffffffffff"), id="of another application with the same keys"),
        pytest.param(_sealed(keys=[OTHER_KEY]), id="by a key that was removed"),
        pytest.param(sealer().seal(b"\x02" + bytes(100), now=NOW), id="of another release"),
        pytest.param(sealer().seal(b"", now=NOW), id="empty"),
        pytest.param("", id="nothing"),
        pytest.param("a.b.c", id="no sealed text"),
    ],
)
def test_T92_what_is_not_our_session_is_none(text):
    """T92: cookies of other purposes, applications, keys and releases sign nobody in."""
    browser = Browser()
    browser.cookies[FIRST] = f"1{_sealed()}"
    assert found(browser) is not None
    browser.cookies[FIRST] = f"1{text}"
    assert found(browser) is None


def test_T92_a_changed_byte_is_no_session():
    """T92: whichever character is changed, dropped or doubled, nothing is left."""
    text = signed_in().cookies[FIRST]
    browser = Browser()
    for at, character in enumerate(text):
        changes = {chr(ord(character) ^ 1), chr(ord(character) ^ 32), "A", "_", "", character * 2} - {character}
        for change in changes:
            browser.cookies[FIRST] = text[:at] + change + text[at + 1 :]
            assert found(browser) is None


@given(st.data())
def test_T92_any_change_is_no_session(data):
    """T92: nor after any other change."""
    text = TEXT_OF_A_SESSION
    at = data.draw(st.integers(0, len(text)))
    other = text[:at] + data.draw(st.text(max_size=4)) + text[data.draw(st.integers(at, len(text))) :]
    browser = Browser()
    browser.cookies[FIRST] = other
    # Browsers and we leave out blanks around a value; a semicolon ends it.
    is_same = other.encode().split(b";")[0].strip(b" \t") == text.encode()
    assert (found(browser) is not None) is is_same


TEXT_OF_A_SESSION = signed_in().cookies[FIRST]


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_arbitrary_cookies_never_raise(headers):
    """Whatever a client sends, it is nobody."""
    planted = [*headers, *(FIRST.encode() + b"=1" + header for header in headers)]
    sessions = sealed_sessions()
    assert sessions.recall(planted, now=NOW) is None
    assert run_blocking(sessions.end(planted, now=NOW))[0] is None
    assert run_blocking(sessions.begin(user(), planted, now=NOW))


@pytest.mark.parametrize(("after", "is_there"), [(3599, True), (3600, False), (1e6, False), (-61, False)])
def test_T103_idle_sessions_end(after, is_there):
    """T103: also where it was opened before, and whatever a browser does with its cookies."""
    browser, sessions = signed_in(), sealed_sessions()
    assert found(browser, sessions=sessions) is not None
    assert (found(browser, now=NOW + after, sessions=sessions) is not None) is is_there
    assert (found(browser, now=NOW + after) is not None) is is_there


def test_T103_sliding_renewal():
    """T103: a request renews the session once a tenth of the idle time has passed, and not with each request."""
    sessions, browser = sealed_sessions(), signed_in()
    for seconds, is_renewed in ((1, False), (359, False), (360, True), (361, False), (719, False), (720, True)):
        session = found(browser, now=NOW + seconds, sessions=sessions)
        assert session is not None
        assert bool(session.set_cookies) is is_renewed
        seen_at = NOW + seconds // 360 * 360
        assert session.principal.expires_at == seen_at + 3600
        browser.take(session.set_cookies)


def test_T103_an_older_copy_stays_good_for_its_own_time():
    """T103: requests on their way while the cookie is renewed are not signed out; the copy ends when it is idle."""
    browser = signed_in()
    older = Browser()
    older.cookies = dict(browser.cookies)
    renewed = found(browser, now=NOW + 400)
    assert renewed is not None
    browser.take(renewed.set_cookies)
    assert found(older, now=NOW + 401) is not None
    assert found(older, now=NOW + 3600) is None
    assert found(browser, now=NOW + 3600) is not None


def test_T103_nothing_outlives_the_absolute_limit():
    """T103: however often it is renewed, the session keeps its id and its end."""
    sessions, browser = sealed_sessions(), signed_in()
    session_id, seconds = _session_id(browser), 0
    while (session := found(browser, now=NOW + seconds, sessions=sessions)) is not None:
        assert session.principal.expires_at <= NOW + RULES.lifetime_seconds
        browser.take(session.set_cookies)
        seconds += 100
    assert seconds == RULES.lifetime_seconds
    assert _session_id(browser) == session_id


def _session_id(browser: Browser) -> bytes:
    data = sealer().open(browser.cookies[FIRST][1:], now=NOW + RULES.lifetime_seconds, max_age_seconds=1e9)
    assert data is not None
    return data[1:17]


def test_R31_keys_are_rotated():
    """R31: an old key opens until it is removed; renewal seals with the newest."""

    def server(*keys: Any) -> SealedSessions:
        return sealed_sessions(keys=keys)

    old, both, new = server(KEY), server(KEY, OTHER_KEY), server(OTHER_KEY)
    browser = signed_in(old)
    assert found(browser, sessions=both) is not None
    assert found(browser, sessions=new) is None
    renewed = found(browser, now=NOW + 400, sessions=both)
    assert renewed is not None
    browser.take(renewed.set_cookies)
    assert found(browser, now=NOW + 500, sessions=new) is not None
    assert found(browser, now=NOW + 500, sessions=old) is None


def ended(browser: Browser, *, now: float = NOW) -> tuple[Principal | None, list[str]]:
    """What a sign-out says and sends."""
    return run_blocking(sealed_sessions().end(browser.headers, now=now))


def test_signing_out_takes_all_cookies():
    """The browser has nothing left but the note that it ended, and the application learns who left."""
    browser = signed_in(principal=user(groups=[guid(number) for number in range(150)]))
    assert len(browser.cookies) == 2
    principal, set_cookies = ended(browser)
    assert principal == user()
    assert list(browser.take(set_cookies).cookies) == [NAMES.name("ended")]
    assert ended(browser) == (None, [])


def test_signing_out_of_what_has_ended_takes_its_cookies():
    """Nobody is signed out then, and the remains go."""
    principal, set_cookies = ended(signed_in(), now=NOW + 1e6)
    assert (principal, len(set_cookies)) == (None, 1)


def test_T98_cookies_cannot_be_ended_from_elsewhere():
    """T98: the provider's call does nothing and is no error; ending all says that it takes a store."""
    browser, sessions = signed_in(), sealed_sessions()
    assert run_blocking(sessions.end_by_sid("issuer", "sid-1")) is False
    with pytest.raises(ConfigurationError, match="give WebLogin a session_store"):
        run_blocking(sessions.end_all(Account(TENANT, USER)))
    assert found(browser, sessions=sessions) is not None


def test_very_short_idle_times_are_renewed():
    """With an idle time of a minute there still is a time to renew in."""
    rules = replace(RULES, idle_seconds=60)
    session = found(signed_in(), now=NOW + 30, sessions=sealed_sessions(rules))
    assert session is not None
    assert session.set_cookies


def test_several_headers_are_one():
    """HTTP/2 may split cookies into headers, in any order."""
    browser = signed_in(principal=user(groups=[guid(number) for number in range(150)]))

    def headers(names: Iterable[str]) -> list[bytes]:
        return [f"{name}={browser.cookies[name]}".encode() for name in names]

    sessions = sealed_sessions()
    for names in ((FIRST, SECOND), (SECOND, FIRST)):
        assert sessions.recall(headers(names), now=NOW) is not None
    assert sessions.recall(headers([FIRST]), now=NOW) is None
