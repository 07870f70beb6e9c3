"""Sessions in a store, on asyncio, trio and threads: they can be ended from elsewhere, and then they are dead."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._web.session_cookies import FoundSession
from azuread_auth._web.stored_sessions import StoredSessions
from azuread_auth.errors import LoginFailed, StoreUnavailable
from azuread_auth.principal import Account, Principal
from azuread_auth.requirements import Group
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.unit._web.session_browser import (
    ISSUER,
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
    stored_sessions,
    user,
)

FIRST = NAMES.name("session")
ACCOUNT = Account(TENANT, USER)
STORE_DOWN = StoreUnavailable("the store cannot be reached")


class WatchedStore:
    """A store in memory that can be read, fail, or have something happen before an operation."""

    def __init__(self, error: Exception | None = None) -> None:
        self.entries: dict[str, bytes] = {}
        self.lifetimes: dict[str, float] = {}
        self.error = error
        self.operations: list[str] = []
        self.before: dict[str, Callable[[], Awaitable[object]]] = {}

    async def _begin(self, operation: str) -> None:
        self.operations.append(operation)
        before = self.before.pop(operation, None)
        if before is not None:
            await before()
        if self.error is not None:
            raise self.error

    async def get(self, key: str) -> bytes | None:
        await self._begin("get")
        return self.entries.get(key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        await self._begin("put")
        self.entries[key], self.lifetimes[key] = value, ttl_seconds

    async def delete(self, key: str) -> None:
        await self._begin("delete")
        self.entries.pop(key, None)

    def named(self, kind: str) -> list[str]:
        """The keys of one kind."""
        return [key for key in self.entries if key.startswith(f"azuread-{kind}-")]


@pytest.fixture
def store() -> WatchedStore:
    """A store that shows what it has."""
    return WatchedStore()


@pytest.fixture
def sessions(store: WatchedStore) -> StoredSessions:
    """Sessions in it."""
    return stored_sessions(store)


async def signed_in(
    sessions: StoredSessions, principal: Principal | None = None, *, now: float = NOW, browser: Browser | None = None
) -> Browser:
    """A browser whose user has signed in."""
    browser = browser or Browser()
    return browser.take(await sessions.begin(principal or user(), browser.headers, now=now))


def copied(browser: Browser) -> Browser:
    """Another that has the same cookies, such as a thief's."""
    copy = Browser()
    copy.cookies = dict(browser.cookies)
    return copy


async def is_alive(sessions: StoredSessions, browser: Browser, now: float = NOW) -> bool:
    """Whether a request of this browser has a session."""
    return await sessions.find(browser.headers, now=now) is not None


def test_the_session_is_who_signed_in(mode: Mode):
    """Found by any server that has the store and the keys, in a cookie that says nothing."""
    store = MemoryStore(monotonic=mode.clock.monotonic)

    async def body() -> tuple[Browser, FoundSession | None]:
        browser = await signed_in(stored_sessions(store), user(groups=[guid(1)]))
        return browser, await stored_sessions(store).find(browser.headers, now=NOW + 1)

    browser, session = mode.run(body)
    assert session is not None
    assert (session.principal, session.principal.scopes) == (user(), {"Files.Read"})
    assert (session.principal.groups, session.principal.expires_at) == ({guid(1)}, NOW + 3600)
    assert (session.set_cookies, list(browser.cookies)) == ((), [FIRST])
    assert len(browser.headers[0]) < 300


def test_who_reads_the_store_learns_nothing(sessions, store):
    """Neither the id, with which one could sign in, nor the user is in it in the clear."""
    browser = run_blocking(signed_in(sessions))
    handle = sealer("session handle").open(browser.cookies[FIRST][1:], now=NOW, max_age_seconds=60)
    assert handle is not None
    everything = repr(store.entries)
    for secret in (handle[1:33].hex(), "Adele", USER, TENANT, "sid-1"):
        assert secret not in everything


def test_who_writes_into_the_store_signs_in_as_nobody(sessions, store):
    """A record that is not sealed by us does not count, whatever it is."""
    browser = run_blocking(signed_in(sessions))
    (key,) = store.named("session")
    good = store.entries[key]
    for planted in (b"", b"\xff", b"record", good[:-1], sealer("session").seal(b"\x01", now=NOW).encode()):
        store.entries[key] = planted
        assert not run_blocking(is_alive(sessions, browser))
    store.entries[key] = good
    assert run_blocking(is_alive(sessions, browser))


def test_T111_a_record_in_the_place_of_another_counts_as_nothing(sessions, store):
    """T111: who may write, and has signed in once, does not become whoever signed in elsewhere."""
    mine, theirs = run_blocking(signed_in(sessions)), run_blocking(signed_in(sessions, user(object_id=OTHER_USER)))
    first, second = store.named("session")
    store.entries[first], store.entries[second] = store.entries[second], store.entries[first]
    assert not run_blocking(is_alive(sessions, mine))
    assert not run_blocking(is_alive(sessions, theirs))
    store.entries[first], store.entries[second] = store.entries[second], store.entries[first]
    assert run_blocking(is_alive(sessions, mine))


def test_recalling_takes_the_store(sessions):
    """Without asking it nobody knows whether the session was ended meanwhile."""
    browser = run_blocking(signed_in(sessions))
    assert sessions.recall(browser.headers, now=NOW) is None


def test_T76_a_sign_in_ends_the_session_before(mode: Mode):
    """T76: there is a new id, and the old one is dead, also for who has a copy of its cookie."""
    sessions = stored_sessions(MemoryStore())

    async def body() -> tuple[bool, FoundSession | None]:
        browser = await signed_in(sessions, user(object_id=OTHER_USER))
        old = copied(browser)
        await signed_in(sessions, browser=browser)
        return await is_alive(sessions, old), await sessions.find(browser.headers, now=NOW)

    is_old_alive, session = mode.run(body)
    assert not is_old_alive
    assert session is not None
    assert session.principal.object_id == USER


def test_T76_a_sign_in_that_fails_leaves_the_session_before(sessions, store):
    """T76: while the store is down nobody loses a session to a sign-in that came to nothing."""
    browser = run_blocking(signed_in(sessions))
    store.error = STORE_DOWN
    with pytest.raises(StoreUnavailable):
        run_blocking(signed_in(sessions, browser=copied(browser)))
    store.error = None
    assert run_blocking(is_alive(sessions, browser))


def test_T88_planted_cookies_do_not_sign_out(sessions):
    """T88: beside cookies of the same name that are not ours, ours counts; of several that are, one that is alive."""

    async def body() -> list[bool]:
        good, gone = await signed_in(sessions), await signed_in(sessions)
        ended = copied(gone)
        await sessions.end(gone.headers, now=NOW)
        planted = f"{FIRST}=1planted; {FIRST}=; bad key=1".encode()
        both = [*ended.headers, planted, *good.headers]
        return [await sessions.find(both, now=NOW) is not None, await is_alive(sessions, ended)]

    assert run_blocking(body()) == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(sealer("login").seal(bytes(41), now=NOW), id="a cookie of a pending sign-in"),
        pytest.param(sealer("session record").seal(b"\x01" + bytes(40), now=NOW), id="a record"),
        pytest.param(sealer("session handle").seal(b"\x02" + bytes(40), now=NOW), id="R31 of another release"),
        pytest.param(sealer("session handle").seal(b"\x01" + bytes(32), now=NOW), id="too short"),
        pytest.param(
            sealer("session handle").seal(b"\x01" + bytes(32) + b"\x7f\xf8" + bytes(6), now=NOW), id="no time"
        ),
        pytest.param(sealer("session handle").seal(b"\x01" + bytes(40), now=NOW), id="idle for ever"),
        pytest.param("a.b.c", id="no sealed text"),
    ],
)
def test_T92_what_is_not_our_session_is_none(sessions, store, text):
    """T92: the store is not even asked about what was not sealed as a session's id."""
    assert run_blocking(sessions.find([f"{FIRST}=1{text}".encode()], now=NOW)) is None
    assert store.operations == []


def test_T92_applications_do_not_share_sessions():
    """T92: where they share a store and keys, one neither finds nor ends what is the other's."""
    store = WatchedStore()
    browser = run_blocking(signed_in(stored_sessions(store)))
    other = stored_sessions(store, app="ffffffffffff")
    assert not run_blocking(is_alive(other, browser))
    run_blocking(other.end_all(ACCOUNT))
    run_blocking(other.end_by_sid(ISSUER, "sid-1"))
    run_blocking(other.end(browser.headers, now=NOW))
    assert run_blocking(is_alive(stored_sessions(store), browser))


def test_R31_keys_are_rotated():
    """R31: a cookie and a record of the old key count until it is removed."""
    store = WatchedStore()
    browser = run_blocking(signed_in(stored_sessions(store)))
    assert run_blocking(is_alive(stored_sessions(store, keys=[KEY, OTHER_KEY]), browser))
    assert not run_blocking(is_alive(stored_sessions(store, keys=[OTHER_KEY]), browser))


def test_T92_modes_do_not_mix():
    """T92: where the settings change from cookies to a store or back, users sign in again."""
    stored, sealed = stored_sessions(WatchedStore()), sealed_sessions()
    of_cookies = Browser().take(run_blocking(sealed.begin(user(), [], now=NOW)))
    of_store = run_blocking(signed_in(stored))
    assert not run_blocking(is_alive(stored, of_cookies))
    assert sealed.recall(of_store.headers, now=NOW) is None


def test_T103_limits_and_sliding_renewal(sessions, store):
    """T103: idle and absolute limits hold; renewal writes a cookie now and then, and never into the store."""

    async def body() -> tuple[int, int]:
        browser = await signed_in(sessions)
        written, seconds, renewals = len(store.operations), 0, 0
        while (session := await sessions.find(browser.headers, now=NOW + seconds)) is not None:
            assert session.principal.expires_at <= NOW + RULES.lifetime_seconds
            renewals += bool(session.set_cookies)
            browser.take(session.set_cookies)
            seconds += 90
        assert set(store.operations[written:]) == {"get"}
        return seconds, renewals

    assert run_blocking(body()) == (28_800, 70)
    (key,) = store.named("session")
    assert store.lifetimes[key] == RULES.lifetime_seconds


@pytest.mark.parametrize(("after", "is_there"), [(3599, True), (3600, False), (-61, False)])
def test_T103_idle_sessions_end(sessions, after, is_there):
    """T103: by the time in the cookie, which is sealed."""

    async def body() -> bool:
        return await is_alive(sessions, await signed_in(sessions), NOW + after)

    assert run_blocking(body()) is is_there


def test_T103_a_session_that_is_ended_is_dead_for_all_copies(mode: Mode):
    """T103: the record is gone, and no copy of the cookie brings it back."""
    sessions = stored_sessions(MemoryStore())

    async def body() -> tuple[Principal | None, list[str], bool, Principal | None]:
        browser = await signed_in(sessions)
        copy = copied(browser)
        principal, set_cookies = await sessions.end(browser.headers, now=NOW)
        browser.take(set_cookies)
        again, _ = await sessions.end(copy.headers, now=NOW)
        return principal, list(browser.cookies), await is_alive(sessions, copy), again

    assert mode.run(body) == (user(), [], False, None)


def test_T103_a_renewal_does_not_revive_what_is_ended_meanwhile(sessions, store):
    """T103: a request that read the record just before writes nothing back, and its new cookie is worth nothing."""

    async def body() -> list[bool]:
        browser = await signed_in(sessions)
        found = await sessions.find(browser.headers, now=NOW + 400)
        await sessions.end_all(ACCOUNT)
        assert found is not None
        assert found.set_cookies
        return [await is_alive(sessions, browser.take(found.set_cookies), NOW + 401), bool(store.named("session"))]

    assert run_blocking(body()) == [False, False]


def test_signing_out_of_what_is_idle_deletes_it(sessions, store):
    """Nobody is signed out then, but what was kept goes, from the lists too."""

    async def body() -> Principal | None:
        browser = await signed_in(sessions)
        principal, set_cookies = await sessions.end(browser.headers, now=NOW + 5000)
        assert browser.take(set_cookies).cookies == {}
        return principal

    assert run_blocking(body()) is None
    assert store.entries == {}


def test_signing_out_counts_all_cookies(sessions, store):
    """Where a browser has two sessions, both end, and the first is told."""

    async def body() -> Principal | None:
        first = await signed_in(sessions)
        second = await signed_in(sessions, user(object_id=OTHER_USER))
        principal, _ = await sessions.end([*first.headers, *second.headers], now=NOW)
        return principal

    assert run_blocking(body()) == user()
    assert store.entries == {}


@pytest.mark.parametrize(
    ("issuer", "sid", "alive"),
    [
        pytest.param(ISSUER, "sid-1", [False, False, True], id="of that sign-in"),
        pytest.param(ISSUER, "sid-2", [True, True, False], id="of the other"),
        pytest.param(ISSUER, "sid-3", [True, True, True], id="another sid"),
        pytest.param("https://evil.test", "sid-1", [True, True, True], id="another issuer"),
        pytest.param("", "", [True, True, True], id="nothing said"),
        pytest.param("\ud800", "\0" * 9000, [True, True, True], id="nonsense"),
    ],
)
def test_T98_the_provider_ends_the_sessions_of_one_sign_in(mode: Mode, issuer, sid, alive):
    """T98: those with that issuer and sid, without their cookies; a stranger who guesses ends nothing."""
    sessions = stored_sessions(MemoryStore())

    async def body() -> list[bool]:
        browsers = [await signed_in(sessions, user(sid=each)) for each in ("sid-1", "sid-1", "sid-2")]
        await sessions.end_by_sid(issuer, sid)
        return [await is_alive(sessions, browser) for browser in browsers]

    assert mode.run(body) == alive


def test_T98_sessions_without_a_sid(sessions, store):
    """T98: where the ID token has none, there is nothing that the provider could name."""

    async def body() -> bool:
        browser = await signed_in(sessions, user(sid=None))
        assert store.named("sid") == []
        await sessions.end_by_sid(ISSUER, "None")
        return await is_alive(sessions, browser)

    assert run_blocking(body())


def test_all_sessions_of_a_user_end(mode: Mode):
    """Wherever they are, by the GUIDs in any case; another user's go on."""
    sessions = stored_sessions(MemoryStore())

    async def body() -> list[bool]:
        browsers = [await signed_in(sessions, user(sid=f"sid-{number}")) for number in range(3)]
        browsers.append(await signed_in(sessions, user(object_id=OTHER_USER)))
        await sessions.end_all(Account(TENANT.upper(), USER.upper()))
        await sessions.end_all(ACCOUNT)
        return [await is_alive(sessions, browser) for browser in browsers]

    assert mode.run(body) == [False, False, False, True]


@pytest.mark.parametrize(("sids", "most"), [(["same"] * 120, 20), ([str(number) for number in range(120)], 100)])
def test_lists_are_bounded_and_nothing_escapes_them(sessions, store, sids, most):
    """A session that falls off a list ends: what no list names any more could not be ended from elsewhere."""

    async def body() -> list[bool]:
        browsers = [await signed_in(sessions, user(sid=sid), now=NOW + at) for at, sid in enumerate(sids)]
        alive = [await is_alive(sessions, browser, NOW + len(sids)) for browser in browsers]
        assert len(store.named("session")) == most
        await sessions.end_all(ACCOUNT)
        assert store.named("session") == []
        return alive

    assert run_blocking(body()) == [False] * (120 - most) + [True] * most


def test_lists_forget_what_has_ended_by_itself(sessions, store):
    """Sessions that nobody signed out of do not push out those that are alive."""

    async def body() -> bool:
        for _ in range(100):
            await signed_in(sessions, user(sid=None))
        browser = await signed_in(sessions, user(sid=None), now=NOW + RULES.lifetime_seconds)
        (key,) = store.named("user")
        assert store.entries[key].count(b"azuread-session-") == 1
        return await is_alive(sessions, browser, NOW + RULES.lifetime_seconds)

    assert run_blocking(body())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="not text"),
        pytest.param(b"{}", id="an object"),
        pytest.param(b"7", id="a number"),
        pytest.param(b"[1,[],[1,2]]", id="a list of something else"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'[["key","soon"]]', id="an end that is text"),
        pytest.param(b'[["key",true],["other",null]]', id="an end that is no number"),
        pytest.param(b'[["key",NaN],["other",Infinity]]', id="an end that is no time"),
        pytest.param(b'[["key",' + b"9" * 400 + b"]]", id="an end that is larger than any float"),
        pytest.param(b'[["key",' + b"9" * 5000 + b"]]", id="an end of thousands of digits"),
    ],
)
def test_a_list_that_cannot_be_read_is_begun_anew(sessions, store, data):
    """As after an upgrade: remote sign-out may miss what was in it, and signing in goes on."""

    async def body() -> bool:
        browser = await signed_in(sessions)
        for key in (*store.named("user"), *store.named("sid")):
            store.entries[key] = data
        await signed_in(sessions)
        await sessions.end_all(ACCOUNT)
        await sessions.end_by_sid(ISSUER, "sid-1")
        alive = await is_alive(sessions, browser)
        await sessions.end(browser.headers, now=NOW)
        return alive

    assert run_blocking(body())
    assert store.entries == {}


@pytest.mark.parametrize("text", ["", "x", "a" * 42, "ä", "!" * 43])
def test_T76_what_stands_for_no_session_ends_none(sessions, store, text):
    """T76: neither is it an error, whoever asks."""
    browser = run_blocking(signed_in(sessions))
    assert run_blocking(sessions.begin(user(), [], now=NOW, earlier=text))
    assert run_blocking(is_alive(sessions, browser))
    assert len(store.named("session")) == 2


def test_T76_the_earlier_session_ends_without_its_cookie(sessions):
    """T76: by what was noted of it before, once the new one is there; renewed in between, it is still the same."""

    async def body() -> list[bool]:
        browser = await signed_in(sessions)
        noted = sessions.present_id(browser.headers, now=NOW)
        found = await sessions.find(browser.headers, now=NOW + 400)
        assert found is not None
        browser.take(found.set_cookies)
        alive = await is_alive(sessions, browser, NOW + 400)
        new = Browser().take(await sessions.begin(user(), [], now=NOW + 400, earlier=noted))
        return [alive, await is_alive(sessions, browser, NOW + 400), await is_alive(sessions, new, NOW + 400)]

    assert run_blocking(body()) == [True, False, True]
    assert sessions.present_id([], now=NOW) == sealed_sessions().present_id([], now=NOW) == ""


def test_an_entry_lost_in_a_race_keeps_nothing_alive(sessions, store):
    """A process that writes long after it read hides a sign-in, where there are no leases: its own browser ends it."""
    elsewhere, browsers = stored_sessions(store), []

    async def other() -> None:
        browsers.append(await signed_in(elsewhere))

    async def meanwhile() -> None:
        # The first reads the list; before it writes, the second comes and goes.
        store.before["put"] = other

    async def body() -> list[bool]:
        await signed_in(sessions, user(sid=None), browser=(first := Browser()))
        await sessions.end(first.headers, now=NOW)
        store.before["get"] = meanwhile
        browsers.append(await signed_in(sessions, user(sid=None)))
        await sessions.end_all(ACCOUNT)
        alive = [await is_alive(sessions, browser) for browser in browsers]
        for browser in browsers:
            await sessions.end(browser.headers, now=NOW)
        return [*alive, *[await is_alive(sessions, browser) for browser in browsers]]

    assert run_blocking(body()) == [True, False, False, False]
    assert store.named("session") == []


def test_many_at_once(mode: Mode):
    """Tasks and threads that begin, find and end sessions at the same time see whole ones and no errors."""
    sessions = stored_sessions(MemoryStore())

    async def work() -> bool:
        is_right = True
        for _ in range(15):
            browser = await signed_in(sessions)
            is_right &= await is_alive(sessions, browser)
            copy = copied(browser)
            await sessions.end(browser.headers, now=NOW)
            is_right &= not await is_alive(sessions, copy)
        return is_right

    assert mode.run(lambda: mode.gather(*[work] * 6)) == [True] * 6


OPERATIONS: dict[str, Callable[[StoredSessions, Browser], Coroutine[Any, Any, object]]] = {
    "find": lambda sessions, browser: sessions.find(browser.headers, now=NOW),
    "begin": lambda sessions, browser: sessions.begin(user(), browser.headers, now=NOW),
    "end": lambda sessions, browser: sessions.end(browser.headers, now=NOW),
    "end by sid": lambda sessions, browser: sessions.end_by_sid(ISSUER, "sid-1"),
    "end all": lambda sessions, browser: sessions.end_all(ACCOUNT),
}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(STORE_DOWN, "the store cannot be reached", id="ours"),
        pytest.param(OSError("secret host"), "the session store failed with OSError", id="of the application's store"),
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_store_that_is_down_is_told(sessions, store, operation, error, message):
    """A session that cannot be looked up, begun or ended is an outage, and nobody is told to be signed out."""
    browser = run_blocking(signed_in(sessions))
    store.error = error
    with pytest.raises(StoreUnavailable) as told:
        run_blocking(OPERATIONS[operation](sessions, browser))
    assert str(told.value) == message
    store.error = None
    assert run_blocking(is_alive(sessions, browser))


def test_R18_a_look_that_fails_once_costs_no_session(sessions, store):
    """R18: one answer that is lost says nothing; the session is looked up again."""

    async def fail() -> None:
        raise STORE_DOWN

    browser = run_blocking(signed_in(sessions))
    store.before["get"] = fail
    assert run_blocking(is_alive(sessions, browser))
    assert store.operations[-2:] == ["get", "get"]


def test_a_store_that_gives_no_bytes_is_told(sessions, store):
    """A store that decodes its values, as Redis clients can be set to do, is a store that does not work."""
    browser = run_blocking(signed_in(sessions))
    store.entries: Any = {key: value.decode() for key, value in store.entries.items()}
    with pytest.raises(StoreUnavailable, match="gave a str, expected bytes or None"):
        run_blocking(is_alive(sessions, browser))


def test_T89_group_lists_do_not_overflow(sessions):
    """T89: a store holds all groups that a token can; more mark an overage, and too many roles are refused."""

    async def session(**claims: Any) -> FoundSession | None:
        browser = await signed_in(sessions, user(**claims))
        return await sessions.find(browser.headers, now=NOW)

    whole = run_blocking(session(groups=[guid(number) for number in range(2000)]))
    assert whole is not None
    assert Group(guid(1999)).is_met_by(whole.principal)
    cut = run_blocking(session(groups=[guid(number) for number in range(5000)]))
    assert cut is not None
    assert (cut.principal.groups, cut.principal.groups_overage) == (frozenset(), True)
    with pytest.raises(LoginFailed, match=r"assign fewer of them$"):
        run_blocking(session(roles=[f"A.role.with.quite.a.long.name.{number}" for number in range(2000)]))


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_arbitrary_cookies_never_raise(headers):
    """Whatever a client sends, it is nobody."""
    planted = [*headers, *(FIRST.encode() + b"=1" + header for header in headers)]
    sessions = stored_sessions(WatchedStore())
    assert run_blocking(sessions.find(planted, now=NOW)) is None
    assert run_blocking(sessions.end(planted, now=NOW))[0] is None
    assert run_blocking(sessions.begin(user(), planted, now=NOW))
