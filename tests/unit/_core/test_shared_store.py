"""The application's store, as the core uses it."""

import pytest

from azuread_auth._core.shared_store import TAKEN, SharedStore
from azuread_auth._core.store_memory import MAX_REMEMBERED
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Lease
from tests.conftest import Mode
from tests.unit._core.conftest import Core, ManualClock
from tests.unit._core.outbound import LeasingDictStore, PassingRuntime


class Kept:
    """A SharedStore over a store that fails as told."""

    def __init__(self, mode: Mode) -> None:
        clock = ManualClock()
        self.core = Core(mode, clock, PassingRuntime(mode, clock))
        self.store = LeasingDictStore(clock)
        self.shared = self.another()

    def another(self) -> SharedStore:
        """That of another process."""
        return SharedStore(self.store, runtime=self.core.runtime, observer=self.core)

    async def write(self, value: bytes, *, lease: Lease | None = None) -> None:
        """Keep what nobody can ask for again."""
        await self.shared.write("key", value, ttl_seconds=100, is_precious=True, lease=lease)


@pytest.fixture
def kept(mode: Mode) -> Kept:
    """A store with nothing in it."""
    return Kept(mode)


def test_R17_precious_value_outlives_a_store_that_fails(kept: Kept) -> None:
    """R17: what was written is read again while the store is away, to the end of its time and no longer."""

    async def body() -> None:
        await kept.write(b"1")
        kept.store.failing = {"get"}
        assert await kept.shared.read("key") == b"1"
        assert await kept.shared.read("another") is None
        kept.core.clock.advance(101)
        assert await kept.shared.read("key") is None

    kept.core.run(body)


def test_R17_value_that_the_store_missed_is_saved_later(kept: Kept) -> None:
    """R17: what the store did not take is newer than what is in it: it counts, and is written as soon as possible."""

    async def body() -> None:
        await kept.write(b"1")
        kept.store.failing = {"put"}
        await kept.write(b"2")
        assert await kept.shared.read("key") == b"2"
        assert await kept.another().read("key") == b"1"
        kept.core.clock.advance(40)
        kept.store.failing = set()
        assert await kept.shared.read("key") == b"2"
        assert await kept.another().read("key") == b"2"
        assert kept.store.lifetimes["key"] == 60
        kept.store.keep("key", b"3")
        assert await kept.shared.read("key") == b"3"

    kept.core.run(body)


def test_missed_value_that_has_ended_is_not_saved(kept: Kept) -> None:
    """A value whose time is over is forgotten; the store is asked again."""

    async def body() -> None:
        kept.store.failing = {"put"}
        await kept.write(b"1")
        kept.core.clock.advance(101)
        kept.store.failing = set()
        assert await kept.shared.read("key") is None
        kept.store.keep("key", b"2")
        assert await kept.shared.read("key") == b"2"

    kept.core.run(body)


def test_forgotten_value_does_not_come_back(kept: Kept) -> None:
    """What is dropped is gone even if the store can be told neither now nor later."""

    async def body() -> None:
        kept.store.failing = {"put", "get", "delete"}
        await kept.write(b"1")
        await kept.shared.forget("key")
        assert await kept.shared.read("key") is None

    kept.core.run(body)


def test_R20_values_for_bad_times_are_bounded(kept: Kept) -> None:
    """R20: users come and go while the store is away: the oldest are let go of."""

    async def body() -> None:
        kept.store.failing = {"put", "get"}
        for number in range(MAX_REMEMBERED + 10):
            await kept.shared.write(str(number), b"1", ttl_seconds=100, is_precious=True)
        assert await kept.shared.read("9") is None
        assert await kept.shared.read("10") == b"1"

    kept.core.run(body)
    assert len(kept.shared._memory.unsaved) == MAX_REMEMBERED


def test_R20_values_that_many_threads_write_are_bounded(threads_mode: Mode) -> None:
    """R20, R13: threads that let go of the oldest at the same time do not trip over each other."""
    kept = Kept(threads_mode)

    async def write_many() -> None:
        for number in range(3000):
            await kept.shared.write(f"{id(number)} {number}", b"1", ttl_seconds=100, is_precious=True)

    assert kept.core.run(lambda: threads_mode.settle(*[write_many] * 8)) == [None] * 8
    assert len(kept.shared._memory.seen) <= MAX_REMEMBERED + 8


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (StoreUnavailable("no answer from redis"), "the token store cannot be used: no answer from redis"),
        (ValueError("canary"), "the token store failed with ValueError"),
    ],
)
def test_R17_operator_is_told(mode: Mode, error: Exception, message: str) -> None:
    """R17: a failing store is a warning, with the error's own words only where they are ours."""
    kept = Kept(mode)
    kept.store.failing, kept.store.error = {"get"}, error
    assert kept.core.run(lambda: kept.shared.read("key")) is None
    [event] = kept.core.events
    assert (event.name, event.message, event.fields) == (
        "store.unavailable",
        message,
        {"error": type(error).__name__},
    )


def test_T111_value_of_another_type_is_a_failure(kept: Kept) -> None:
    """T111: a store that gives text in place of bytes is told of, and what this process wrote counts."""

    async def body() -> bytes | None:
        await kept.write(b"1")
        kept.store.keep("key", "text")
        return await kept.shared.read("key")

    assert kept.core.run(body) == b"1"
    assert "gave a str, expected bytes" in kept.core.events[0].message


def test_R16_leases(kept: Kept) -> None:
    """R16: one process has the lease; another is told so, and gets it when it is given back."""

    async def body() -> None:
        lease = await kept.shared.lease("key")
        assert isinstance(lease, Lease)
        assert await kept.another().lease("key") == TAKEN
        await kept.shared.release(lease)
        assert isinstance(await kept.another().lease("key"), Lease)
        await kept.shared.release(None)

    kept.core.run(body)


def test_R16_stale_lease_writes_nothing(kept: Kept) -> None:
    """R16: a value that comes too late is not written over that of a later holder."""

    async def body() -> None:
        lease = await kept.shared.lease("key")
        assert isinstance(lease, Lease)
        kept.core.clock.advance(6)
        assert isinstance(await kept.another().lease("key"), Lease)
        kept.store.keep("key", b"theirs")
        await kept.write(b"ours", lease=lease)
        assert await kept.shared.read("key") == b"theirs"

    kept.core.run(body)
