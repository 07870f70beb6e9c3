"""Sessions are judged by the rules in force, each time, wherever they are kept."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._web.session_cookies import FoundSession
from azuread_auth._web.session_record import SessionRecord, new_record
from azuread_auth._web.sessions import Sessions
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.rejection import RejectionReason
from azuread_auth.stores.memory import MemoryStore
from tests.unit._web.session_browser import (
    NAMES,
    NOW,
    OTHER_USER,
    TENANT,
    USER,
    Admitting,
    Browser,
    sealed_sessions,
    stored_sessions,
    user,
)

FIRST = NAMES.name("session")


@pytest.fixture
def rules() -> Admitting:
    """Rules that a test can change."""
    return Admitting()


@pytest.fixture(params=["cookie", "store"])
def sessions(request: pytest.FixtureRequest, rules: Admitting) -> Sessions:
    """Sessions under these rules."""
    admission = rules.admission
    if request.param == "cookie":
        return sealed_sessions(admission=admission)
    return stored_sessions(MemoryStore(), admission=admission)


def signed_in(sessions: Sessions, **of_user: Any) -> Browser:
    """A browser whose user has signed in."""
    return Browser().take(run_blocking(sessions.begin(user(**of_user), [], now=NOW)))


def found(sessions: Sessions, browser: Browser, *, now: float = NOW) -> FoundSession | None:
    """Whom a request has a session of, asked for as the middlewares do."""
    headers = browser.headers
    return sessions.recall(headers, now=now) or run_blocking(sessions.find(headers, now=now))


def test_T103_a_session_counts_for_nothing_once_its_user_is_not_welcome(sessions, rules):
    """T103: and again when the rules admit the user again."""
    browser = signed_in(sessions)
    rules.known_seconds = 60
    refused = {TENANT: RejectionReason.WRONG_TENANT}
    for after, now_refused in ((0, {}), (100, refused), (200, {}), (300, refused), (400, refused), (500, {})):
        rules.refused = now_refused
        session = found(sessions, browser, now=NOW + after)
        assert (session is None) is bool(now_refused)
        assert session is None or bool(session.set_cookies) is (after >= 360)


NEWER: SessionRecord = new_record(user(), session_id=bytes(16), now=NOW)


def test_the_operator_is_told_once(sessions, rules):
    """With the reason and whose session it is, not with each request that a page's scripts send."""
    browser, other = signed_in(sessions), signed_in(sessions, object_id=OTHER_USER)
    rules.refused = {TENANT: RejectionReason.WRONG_TENANT}
    for _ in range(3):
        assert found(sessions, browser) is None
    (event,) = rules.events
    assert (event.name, event.level) == ("session.refused", logging.WARNING)
    assert event.fields == {"reason": "wrong_tenant", "tenant_id": TENANT, "object_id": USER}
    assert event.message == (
        "a session counts as nobody's: wrong_tenant; add the tenant's GUID to tenants= if its users and applications "
        "are welcome"
    )
    assert found(sessions, other) is None
    assert [each.fields["object_id"] for each in rules.events] == [USER, OTHER_USER]
    rules.refused = {TENANT: RejectionReason.GUEST_NOT_ALLOWED}
    assert found(sessions, browser) is None
    assert len(rules.events) == 3


def test_what_was_told_is_not_remembered_without_end(rules):
    """After a thousand sessions it is forgotten, and may be told again."""
    admission = rules.admission
    rules.refused = {TENANT: RejectionReason.WRONG_TENANT}
    for number in (*range(1_001), 0):
        record = replace(NEWER, session_id=number.to_bytes(16))
        assert not run_blocking(admission.admits(record))
    assert len(rules.events) == 1_002
    assert len(admission._reported) == 2


def test_nobody_can_say_whether_it_counts(sessions, rules):
    """Then the request fails, and nobody is signed out."""
    browser = signed_in(sessions)
    rules.known_seconds, rules.is_broken = 0, True
    with pytest.raises(ProviderUnavailable, match="cannot say"):
        found(sessions, browser)
    rules.is_broken = False
    assert found(sessions, browser) is not None
    assert rules.events == []


def test_signing_out_works_for_who_is_not_welcome(sessions, rules):
    """The application learns who left, so that the user's tokens are forgotten."""
    browser = signed_in(sessions)
    rules.refused = {TENANT: RejectionReason.WRONG_TENANT}
    principal, set_cookies = run_blocking(sessions.end(browser.headers, now=NOW))
    assert principal == user()
    assert FIRST not in browser.take(set_cookies).cookies


def test_T88_a_session_that_does_not_count_hides_none_that_does(sessions, rules):
    """T88: planted beside a good one, before it or after it."""
    rules.refused = {"guest": RejectionReason.GUEST_NOT_ALLOWED}
    browser = signed_in(sessions)
    guest = _signed_in_as_guest(sessions)
    for headers in ([guest.headers[0], browser.headers[0]], [browser.headers[0], guest.headers[0]]):
        session = sessions.recall(headers, now=NOW) or run_blocking(sessions.find(headers, now=NOW))
        assert session is not None
        assert session.principal.object_id == USER
    assert found(sessions, guest) is None


def _signed_in_as_guest(sessions: Sessions) -> Browser:
    principal = user(object_id=OTHER_USER)
    principal._checked.is_guest = True
    return Browser().take(run_blocking(sessions.begin(principal, [], now=NOW)))


@pytest.mark.parametrize(
    ("known_seconds", "after", "is_judged_again"),
    [
        pytest.param(60, 59, False, id="while the answer holds"),
        pytest.param(60, 60, True, id="when it is old"),
        pytest.param(60, -1, True, id="when the clock was set back"),
        pytest.param(float("inf"), 359, False, id="not where settings alone decide"),
    ],
)
def test_what_is_remembered_is_so_no_longer_than_the_answer_holds(rules, known_seconds, after, is_judged_again):
    """A sealed session that was seen before is found without a question, until the rules have to be asked again."""
    sessions = sealed_sessions(admission=rules.admission)
    browser = signed_in(sessions)
    rules.known_seconds = known_seconds
    assert sessions.recall(browser.headers, now=NOW) is not None
    rules.refused = {TENANT: RejectionReason.WRONG_TENANT}
    assert (sessions.recall(browser.headers, now=NOW + after) is None) is is_judged_again


def test_a_session_whose_tenant_was_not_asked_about_waits_for_the_answer(rules):
    """`recall` cannot wait, and says nothing; `find` asks once, and both know it then."""
    sessions = sealed_sessions(admission=rules.admission)
    browser = signed_in(sessions)
    rules.known_seconds = 0
    assert sessions.recall(browser.headers, now=NOW) is None
    assert rules.asked == []
    assert run_blocking(sessions.find(browser.headers, now=NOW)) is not None
    assert rules.asked == [TENANT]
    rules.known_seconds = 60
    for _ in range(2):
        assert sessions.recall(browser.headers, now=NOW + 1) is not None
    assert rules.asked == [TENANT]
