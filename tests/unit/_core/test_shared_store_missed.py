"""What a store has missed: made up for while nobody has done anything newer, and never otherwise."""

import pytest

from azuread_auth._core.shared_store import SharedStore
from tests.conftest import Mode
from tests.unit._core.conftest import Core, ManualClock
from tests.unit._core.outbound import LeasingDictStore, PassingRuntime

ALL = {"get", "put", "delete", "lease", "release", "put_leased"}


class Processes:
    """Two processes, A and B, that share a store."""

    def __init__(self, mode: Mode) -> None:
        clock = ManualClock()
        self.core = Core(mode, clock, PassingRuntime(mode, clock))
        self.store = LeasingDictStore(clock)
        self.a, self.b = (SharedStore(self.store, runtime=self.core.runtime, observer=self.core) for _ in range(2))

    async def write(self, process: SharedStore, value: bytes) -> None:
        """Keep what nobody can ask for again, for 90 days."""
        await process.write("key", value, ttl_seconds=90 * 86_400, is_precious=True)

    async def write_without(self, process: SharedStore, value: bytes) -> None:
        """The same while the store is away."""
        self.store.failing = set(ALL)
        await self.write(process, value)
        self.store.failing = set()

    async def forget_without(self, process: SharedStore) -> None:
        """Drop it while the store is away."""
        self.store.failing = set(ALL)
        await process.forget("key")
        assert await process.read("key", is_precious=True) is None
        self.store.failing = set()

    async def read(self, process: SharedStore) -> bytes | None:
        """What the process reads, of what nobody can ask for again."""
        return await process.read("key", is_precious=True)

    async def read_without(self, process: SharedStore) -> bytes | None:
        """The same while the store is away."""
        self.store.failing = set(ALL)
        found = await self.read(process)
        self.store.failing = set()
        return found


@pytest.fixture
def processes(mode: Mode) -> Processes:
    """Two of them, and nothing in their store."""
    return Processes(mode)


@pytest.mark.parametrize("is_first", [False, True], ids=["replaces another", "is the first"])
def test_R17_missed_value_does_not_replace_a_newer_one(mode: Mode, is_first: bool) -> None:
    """R17: what one process could not save is not written over what another has written since."""
    processes = Processes(mode)

    async def body() -> None:
        if not is_first:
            await processes.write(processes.a, b"oldest")
        await processes.write_without(processes.a, b"old")
        await processes.write(processes.b, b"newer")
        assert await processes.read(processes.a) == b"newer"
        assert await processes.read_without(processes.a) == b"newer"
        assert await processes.read(processes.b) == b"newer"

    processes.core.run(body)


def test_R17_missed_value_does_not_undo_a_sign_out(mode: Mode) -> None:
    """R17: what one process could not save does not come back after another has dropped what is kept."""
    processes = Processes(mode)

    async def body() -> None:
        await processes.write(processes.a, b"oldest")
        await processes.write_without(processes.a, b"old")
        await processes.b.forget("key")
        assert await processes.read(processes.a) is None
        assert await processes.read_without(processes.a) is None

    processes.core.run(body)
    assert processes.store.kept == {}


def test_R17_what_the_store_never_heard_of_is_saved_when_it_is_back(mode: Mode) -> None:
    """R17: a store that was busy for a moment costs nobody the sign-in of that moment."""
    processes = Processes(mode)

    async def body() -> None:
        await processes.write_without(processes.a, b"first")
        await processes.write_without(processes.a, b"new")
        assert await processes.read(processes.a) == b"new"
        assert await processes.read(processes.b) == b"new"

    processes.core.run(body)


def test_R17_rotation_in_bad_times_is_saved(processes: Processes) -> None:
    """R17: while the store has what was used up, what came for it counts, however often it was replaced meanwhile."""

    async def body() -> None:
        await processes.write(processes.b, b"1")
        assert await processes.read(processes.a) == b"1"
        for value in (b"2", b"3", b"4"):
            await processes.write_without(processes.a, value)
        assert await processes.read_without(processes.a) == b"4"
        assert await processes.read(processes.a) == b"4"
        assert await processes.read(processes.b) == b"4"
        assert processes.store.calls.count("put") == 5

    processes.core.run(body)


def test_R17_write_that_only_seemed_to_fail(processes: Processes) -> None:
    """R17: a value that arrived although the answer was lost is older than the one that followed it."""

    async def body() -> None:
        await processes.write_without(processes.a, b"1")
        processes.store.keep("key", b"1")
        await processes.write_without(processes.a, b"2")
        assert await processes.read(processes.a) == b"2"
        assert await processes.read(processes.b) == b"2"

    processes.core.run(body)


def test_value_that_others_dropped_serves_for_an_hour_at_the_most(processes: Processes) -> None:
    """What was saved is not brought back from memory for as long as it would have lived in the store."""

    async def body() -> None:
        await processes.write(processes.a, b"1")
        await processes.b.forget("key")
        assert await processes.read_without(processes.a) == b"1"
        processes.core.clock.advance(3601)
        assert await processes.read_without(processes.a) is None

    processes.core.run(body)


def test_value_that_was_seen_dropped_serves_no_longer(processes: Processes) -> None:
    """Once a process has seen that it is gone, it is."""

    async def body() -> None:
        await processes.write(processes.a, b"1")
        await processes.b.forget("key")
        assert await processes.a.read("key") is None
        assert await processes.read_without(processes.a) is None

    processes.core.run(body)


@pytest.mark.parametrize("seen", ["lately", "long ago", "never"])
def test_missed_deletion_is_made_later(mode: Mode, seen: str) -> None:
    """What the store could not be told to drop is not given, and is dropped when the store is back."""
    processes = Processes(mode)

    async def body() -> None:
        await processes.write(processes.b if seen == "never" else processes.a, b"1")
        processes.core.clock.advance(3601 if seen == "long ago" else 0)
        processes.store.keep("key", b"1" if seen != "long ago" else b"rotated since")
        await processes.forget_without(processes.a)
        processes.store.failing = {"delete"}
        assert await processes.read(processes.a) is None
        processes.store.failing = set()
        assert await processes.read(processes.a) is None
        assert processes.store.kept == {}
        await processes.write(processes.b, b"2")
        assert await processes.read(processes.a) == b"2"

    processes.core.run(body)


def test_missed_deletion_spares_what_is_newer(processes: Processes) -> None:
    """A sign-in that followed is not what was to be dropped."""

    async def body() -> None:
        await processes.write(processes.a, b"1")
        await processes.forget_without(processes.a)
        await processes.write(processes.b, b"2")
        assert await processes.read(processes.a) == b"2"
        assert await processes.read(processes.b) == b"2"

    processes.core.run(body)


def test_missed_deletion_covers_what_was_missed_before(processes: Processes) -> None:
    """Of a value that could not be saved nothing is left after it could not be dropped either."""

    async def body() -> None:
        await processes.write(processes.a, b"1")
        await processes.write_without(processes.a, b"2")
        await processes.forget_without(processes.a)
        assert await processes.read(processes.a) is None
        assert processes.store.kept == {}

    processes.core.run(body)


def test_R16_value_of_a_stale_lease_is_not_remembered(processes: Processes) -> None:
    """R16: what was not written because a later holder has been at it is nothing to fall back on."""

    async def body() -> None:
        lease = await processes.store.lease("key", seconds=1)
        processes.core.clock.advance(2)
        assert await processes.store.lease("key", seconds=1) is not None
        await processes.a.write("key", b"late", ttl_seconds=100, lease=lease, is_precious=True)
        assert await processes.read_without(processes.a) is None

    processes.core.run(body)
