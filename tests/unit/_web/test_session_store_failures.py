"""A store that fails, in any way and at any step: what is told, what is left, and what no request fails for."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._web.session_store import SessionStore
from azuread_auth.errors import ConfigurationError, StoreUnavailable, Throttled
from azuread_auth.ports import Event, Lease
from azuread_auth.principal import Account
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.unit._web.session_browser import ISSUER, NAMES, NOW, TENANT, USER, Browser, stored_sessions, user

T = TypeVar("T")

ACCOUNT = Account(TENANT, USER)
FIRST = NAMES.name("session")
CLEARING = "Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
ERRORS = [
    StoreUnavailable("down"),
    ConfigurationError("wrong"),
    Throttled("busy", error="x", retry_after=3),
    OSError("host"),
    KeyError("name"),
    TimeoutError(),
]


class Impatient(AsyncRuntime):
    """An event loop on which two seconds are soon over."""

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        assert seconds == 2.0
        return await super().within(0.02, work)


class Hanging:
    """A store with leases that never answers."""

    def __init__(self) -> None:
        self._runtime = AsyncRuntime()

    @property
    def leases(self) -> "Hanging":
        return self

    async def _hang(self) -> Any:
        await self._runtime.sleep(60)

    async def get(self, key: str) -> bytes | None:
        return await self._hang()

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        await self._hang()

    async def delete(self, key: str) -> None:
        await self._hang()

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        return await self._hang()

    async def release(self, lease: Lease) -> None:
        await self._hang()

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        return await self._hang()


class Faulty:
    """A store in memory that fails at the operations from `first` to `last`, counted from 1."""

    def __init__(self) -> None:
        self.memory = MemoryStore()
        self.fail(error=OSError("x"), first=0, last=0)

    def fail(self, *, error: Exception, first: int, last: int) -> None:
        """From now on."""
        self.done, self._error, self._failing = 0, error, range(first, last + 1)

    def _begin(self) -> None:
        self.done += 1
        if self.done in self._failing:
            raise self._error

    async def get(self, key: str) -> bytes | None:
        self._begin()
        return await self.memory.get(key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        self._begin()
        await self.memory.put(key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key: str) -> None:
        self._begin()
        await self.memory.delete(key)


class Log:
    """What the operator is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)


OPERATIONS: dict[str, Callable[[SessionStore, str], Awaitable[object]]] = {
    "get": lambda store, key: store.get(key),
    "put": lambda store, key: store.put(key, b"x", ttl_seconds=9),
    "delete": lambda store, key: store.delete(key),
    "change": lambda store, key: store.change(key, lambda _: b"x", ttl_seconds=9),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_R18_a_store_that_hangs_has_two_seconds(event_loop_mode: Mode, operation):
    """R18: an application's own store may have no limit; on an event loop each operation has one."""
    store = SessionStore(Hanging(), app=NAMES.app, runtime=Impatient())

    async def body() -> None:
        with pytest.raises(StoreUnavailable, match=r"^the session store failed with TimeoutError$"):
            await OPERATIONS[operation](store, store.key("session", "x"))

    event_loop_mode.run(body)


def test_R18_in_threads_the_store_has_its_own_time():
    """R18: a thread cannot be cancelled; how long it took is no error."""

    class Slow(MemoryStore):
        async def get(self, key: str) -> bytes | None:
            await BlockingRuntime().sleep(0.05)
            return await super().get(key)

    store = SessionStore(Slow(), app=NAMES.app, runtime=BlockingRuntime())
    assert run_blocking(store.get("x")) is None


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_R18_whatever_a_store_raises_is_a_store_that_fails(mode: Mode, operation, error):
    """R18: also other errors of this package, which would be taken for something else; only its kind is told."""
    faulty = Faulty()
    faulty.fail(error=error, first=1, last=1)
    store = SessionStore(faulty, app=NAMES.app, runtime=mode.runtime)

    async def body() -> str:
        with pytest.raises(StoreUnavailable) as told:
            await OPERATIONS[operation](store, store.key("session", "x"))
        return str(told.value)

    kind = type(error).__name__
    assert mode.run(body) == ("down" if kind == "StoreUnavailable" else f"the session store failed with {kind}")


def test_what_no_request_fails_for_is_told():
    """Where somebody listens; other errors are slips of ours, and are not swallowed."""

    async def down() -> None:
        raise ERRORS[0]

    async def slip() -> None:
        raise ERRORS[4]

    log = Log()
    store = SessionStore(MemoryStore(), app=NAMES.app, runtime=BlockingRuntime(), observer=log)
    run_blocking(store.attempt(down(), "this was not done"))
    (event,) = log.events
    assert (event.name, event.message) == ("store.unavailable", "this was not done: down")
    assert event.fields == {"error": "StoreUnavailable"}
    run_blocking(SessionStore(MemoryStore(), app=NAMES.app, runtime=BlockingRuntime()).attempt(down(), "nor this"))
    with pytest.raises(KeyError):
        run_blocking(store.attempt(slip(), "x"))


async def is_alive(sessions: Any, browser: Browser) -> bool:
    """Whether there is a session for what the browser has."""
    return await sessions.find(browser.headers, now=NOW) is not None


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_T103_a_sign_out_is_done_or_was_not_begun(error):
    """T103: at whichever operation the store fails, the session is dead and that is said, or it is as it was."""
    outcomes = []
    for step in range(1, 12):
        store = Faulty()
        sessions = stored_sessions(store)
        browser = Browser().take(run_blocking(sessions.begin(user(), [], now=NOW)))
        store.fail(error=error, first=step, last=step)
        try:
            is_told = run_blocking(sessions.end(browser.headers, now=NOW)) == (user(), [f"{FIRST}=; {CLEARING}"])
        except StoreUnavailable:
            is_told = False
        store.fail(error=error, first=0, last=0)
        outcomes.append((is_told, run_blocking(is_alive(sessions, browser))))
    assert outcomes == [(False, True)] * 2 + [(True, False)] * 9


def test_T103_of_several_sessions_none_ends_while_the_store_cannot_be_read():
    """T103: all of them are read first; then the user is not told of an outage by a browser that lost half of them."""
    store = Faulty()
    sessions = stored_sessions(store)
    browsers = [Browser().take(run_blocking(sessions.begin(user(), [], now=NOW))) for _ in range(2)]
    both = [header for browser in browsers for header in browser.headers]
    store.fail(error=OSError("x"), first=2, last=2)
    with pytest.raises(StoreUnavailable):
        run_blocking(sessions.end(both, now=NOW))
    assert [run_blocking(is_alive(sessions, browser)) for browser in browsers] == [True, True]
    run_blocking(sessions.end([*both, *both], now=NOW))
    assert [run_blocking(is_alive(sessions, browser)) for browser in browsers] == [False, False]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_T76_a_second_sign_in_leaves_one_session_whatever_fails(error):
    """T76: the earlier one where it fails, at whichever operation; the new one where it does not."""
    kept, signed_in = 0, 0
    for step in range(1, 30):
        store = Faulty()
        sessions = stored_sessions(store)
        browser = Browser().take(run_blocking(sessions.begin(user(), [], now=NOW)))
        store.fail(error=error, first=step, last=99)  # and it stays down
        try:
            cookies = run_blocking(sessions.begin(user(), browser.headers, now=NOW))
        except StoreUnavailable:
            kept += 1
        else:
            signed_in += 1
            browser.take(cookies)
        store.fail(error=error, first=0, last=0)
        assert run_blocking(is_alive(sessions, browser))
        run_blocking(sessions.end_all(ACCOUNT))
        assert not run_blocking(is_alive(sessions, browser))
    assert (kept, signed_in) == (9, 20)


def test_T98_whether_the_provider_ended_anything_is_told(mode: Mode):
    """T98: for what the answer says to the browser."""
    sessions = stored_sessions(MemoryStore(), runtime=mode.runtime)

    async def body() -> list[bool]:
        await sessions.begin(user(), [], now=NOW)
        return [await sessions.end_by_sid(ISSUER, sid) for sid in ("other", "sid-1", "sid-1")]

    assert mode.run(body) == [False, True, False]
