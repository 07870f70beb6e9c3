"""Changes of what several requests keep together: one at a time, by a lease where the store gives them."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import cycle

import pytest

from azuread_auth._web.session_index import SessionIndex
from azuread_auth._web.session_store import SessionStore
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Lease, Runtime, TokenStore
from azuread_auth.principal import Account
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.unit._web.session_browser import NAMES, NOW, TENANT, USER, Browser, stored_sessions, user

ACCOUNT = Account(TENANT, USER)
BOTH = {"one", "two"}


class SlowStore:
    """A store in memory whose operations take their time; `after` is done at the end of the next of a kind."""

    def __init__(self, runtime: Runtime, seconds: float = 0.0) -> None:
        self.entries: dict[str, bytes] = {}
        self.after: dict[str, Callable[[], Awaitable[None]]] = {}
        self.operations: list[str] = []
        self._runtime = runtime
        self._seconds = seconds

    async def _end(self, operation: str) -> None:
        self.operations.append(operation)
        after = self.after.pop(operation, None)
        if after is not None:
            await after()
        if self._seconds:
            await self._runtime.sleep(self._seconds)

    async def get(self, key: str) -> bytes | None:
        value = self.entries.get(key)
        await self._end("get")
        return value

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        self.entries[key] = value
        await self._end("put")

    async def delete(self, key: str) -> None:
        self.entries.pop(key, None)
        await self._end("delete")


class LeasingStore(SlowStore):
    """The same with leases, which last until they are given back."""

    def __init__(self, runtime: Runtime, seconds: float = 0.0) -> None:
        super().__init__(runtime, seconds)
        self.held: dict[str, str] = {}
        self.release_error: Exception | None = None
        self._given = 0

    @property
    def leases(self) -> "LeasingStore":
        return self

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        assert seconds == 2.0
        await self._end("lease")
        if key in self.held:
            return None
        self._given += 1
        self.held[key] = str(self._given)
        return Lease(key, self._given, self.held[key])

    async def release(self, lease: Lease) -> None:
        if self.release_error is not None:
            raise self.release_error
        if self.held.get(lease.key) == lease.owner:
            del self.held[lease.key]

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        message = "a list of sessions is put while the lease is held, not under it"
        raise AssertionError(message)


def index_in(store: TokenStore, mode: Mode) -> SessionIndex:
    """The lists as one process has them."""
    return SessionIndex(SessionStore(store, app=NAMES.app, runtime=mode.runtime), lifetime_seconds=1000)


async def add(index: SessionIndex, session: str) -> None:
    """Note a session of the user."""
    assert await index.add(index.of_user(ACCOUNT), session, now=NOW) == []


async def listed(index: SessionIndex) -> set[str]:
    """The user's sessions."""
    return set(await index.listed(index.of_user(ACCOUNT)))


@pytest.mark.parametrize("has_leases", [True, False])
def test_T98_no_session_of_simultaneous_sign_ins_is_lost(mode: Mode, has_leases):
    """T98, T103: of tasks and threads of one process, and with leases of several."""
    store = LeasingStore(mode.runtime, 0.001) if has_leases else SlowStore(mode.runtime, 0.001)
    indexes = [index_in(store, mode) for _ in range(3 if has_leases else 1)]
    names = {f"session {number}" for number in range(9)}

    async def body() -> set[str]:
        parts = zip(cycle(indexes), sorted(names), strict=False)
        await mode.gather(*[partial(add, index, name) for index, name in parts])
        return await listed(indexes[0])

    assert mode.run(body) == names


def test_T98_sessions_that_end_meanwhile_take_no_other_along(mode: Mode):
    """T98: what is removed is what was ended; what began since is still listed."""
    store = LeasingStore(mode.runtime, 0.001)
    index = index_in(store, mode)

    async def body() -> set[str]:
        await add(index, "one")

        async def end() -> None:
            await index.remove(index.of_user(ACCOUNT), ["one"])

        await mode.gather(end, lambda: add(index, "two"), lambda: add(index, "three"))
        return await listed(index)

    assert mode.run(body) == {"two", "three"}


def test_T98_what_another_process_overwrites_is_written_again(mode: Mode):
    """T98: in a store without leases, a change that is not there when it is read back is made again, a few times."""
    store = SlowStore(mode.runtime)
    here, there = index_in(store, mode), index_in(store, mode)

    async def body() -> tuple[set[str], list[str]]:
        await add(there, "two")
        older = dict(store.entries)

        async def overwrite() -> None:
            store.entries = dict(older)

        store.after["put"] = overwrite
        await add(here, "one")
        found, store.operations = await listed(here), []

        async def always() -> None:
            store.entries = dict(older)
            store.after["put"] = always

        store.after["put"] = always
        await add(here, "three")
        return found, store.operations

    found, operations = mode.run(body)
    assert found == BOTH
    assert operations == ["get", "put"] * 5


def test_T98_a_sign_in_looks_again_at_its_end(mode: Mode):
    """T98: where there are no leases, who read the list before has written it by then."""
    store = SlowStore(mode.runtime)
    sessions = stored_sessions(store, runtime=mode.runtime)

    async def forget() -> None:
        store.entries = {key: value for key, value in store.entries.items() if "-session-" in key}

    async def body() -> bool:
        earlier = Browser().take(await sessions.begin(user(), [], now=NOW))
        store.after["delete"] = forget  # as the earlier session ends, which is last
        browser = Browser().take(await sessions.begin(user(), earlier.headers, now=NOW))
        await sessions.end_all(ACCOUNT)
        return await sessions.find(browser.headers, now=NOW) is None

    assert mode.run(body)


def test_R16_a_lease_that_nobody_gives_back_fails_the_change(mode: Mode):
    """R16: after three seconds, as a store that cannot be asked; nothing is written without the lease."""
    store = LeasingStore(mode.runtime)
    index = index_in(store, mode)

    async def hold() -> None:
        mode.clock.advance(1.5)
        store.after["lease"] = hold

    async def body() -> None:
        await add(index, "one")
        before = dict(store.entries)
        store.held = Everything()
        store.after["lease"] = hold
        with pytest.raises(StoreUnavailable, match="being changed by others for three seconds; try again"):
            await add(index, "two")
        assert store.entries == before

    mode.run(body)


class Everything(dict[str, str]):
    """Each lease is taken."""

    def __contains__(self, key: object) -> bool:
        return True


def test_R16_a_dead_process_is_outwaited(mode: Mode):
    """R16: its lease ends after two seconds."""
    store = LeasingStore(mode.runtime)
    index = index_in(store, mode)

    async def end() -> None:
        mode.clock.advance(2.0)
        store.held = {}

    async def body() -> set[str]:
        store.held = Everything()
        store.after["lease"] = end
        await add(index, "one")
        return await listed(index)

    assert mode.run(body) == {"one"}


def test_R16_who_was_too_slow_looks_again(mode: Mode):
    """R16: a lease that may have gone to another while the list was read or written proves nothing."""
    store = LeasingStore(mode.runtime)
    here, there = index_in(store, mode), index_in(store, mode)

    async def lose() -> None:
        mode.clock.advance(1.1)
        store.held = {}
        await add(there, "two")

    async def body() -> list[set[str]]:
        store.after["get"] = lose
        await add(here, "one")
        found = [await listed(here)]
        store.entries = {}

        async def overwrite() -> None:
            await lose()
            store.entries = {key: value.replace(b"one", b"old") for key, value in store.entries.items()}

        store.after["put"] = overwrite
        await add(here, "one")
        return [*found, await listed(here)]

    assert mode.run(body) == [BOTH, {"old", "two", "one"}]


def test_a_lease_that_cannot_be_given_back_fails_nothing(mode: Mode):
    """It ends by itself; what was changed is changed."""
    store = LeasingStore(mode.runtime)
    store.release_error = OSError("gone")
    index = index_in(store, mode)

    async def body() -> set[str]:
        await add(index, "one")
        return await listed(index)

    assert mode.run(body) == {"one"}


def test_T103_signing_out_does_not_wait_for_lists(mode: Mode):
    """T103: the session has ended with its record; a list that cannot be changed now is no reason to say otherwise."""
    store = LeasingStore(mode.runtime)
    sessions = stored_sessions(store, runtime=mode.runtime)

    async def hold() -> None:
        mode.clock.advance(1.5)
        store.after["lease"] = hold

    async def body() -> list[bool]:
        browsers = [Browser().take(await sessions.begin(user(), [], now=NOW)) for _ in range(2)]
        store.held = Everything()
        store.after["lease"] = hold
        principal, _ = await sessions.end(browsers[0].headers, now=NOW)
        await sessions.end_all(ACCOUNT)
        alive = [await sessions.find(browser.headers, now=NOW) is not None for browser in browsers]
        return [principal == user(), *alive]

    assert mode.run(body) == [True, False, False]


def test_a_session_is_read_in_one_operation(mode: Mode):
    """Whatever its beginning took; a renewal writes nothing."""
    store = LeasingStore(mode.runtime)
    sessions = stored_sessions(store, runtime=mode.runtime)

    async def body() -> list[str]:
        browser = Browser().take(await sessions.begin(user(), [], now=NOW))
        store.operations = []
        for at in (1, 400):
            assert await sessions.find(browser.headers, now=NOW + at) is not None
        return store.operations

    assert mode.run(body) == ["get", "get"]


def test_T98_threads_that_sign_in_at_once_are_all_ended(mode: Mode):
    """T98, T103: with the memory of one process, however they come in between each other."""
    sessions = stored_sessions(MemoryStore(), runtime=mode.runtime)

    async def work() -> list[Browser]:
        return [Browser().take(await sessions.begin(user(sid="same"), [], now=NOW)) for _ in range(2)]

    async def body() -> list[bool]:
        outcomes = []
        for end in (lambda: sessions.end_all(ACCOUNT), lambda: sessions.end_by_sid(user().issuer, "same")):
            browsers = [browser for each in await mode.gather(*[work] * 8) for browser in each]
            await end()
            outcomes += [await sessions.find(browser.headers, now=NOW) is not None for browser in browsers]
        return outcomes

    assert not any(mode.run(body))
