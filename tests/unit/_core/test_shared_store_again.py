"""What is precious is looked for twice in a store that did not answer; and for how long a store is done without."""

import pytest

from azuread_auth._core.shared_store import SharedStore
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Event
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode

DAY = 86_400


class Log:
    """What the operator is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def record(self, event: Event) -> None:
        self.events.append(event.name)


class Unsteady(MemoryStore):
    """A store that fails so often."""

    failures = 0
    asked = 0

    async def get(self, key: str) -> bytes | None:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            message = "it did not answer in time"
            raise StoreUnavailable(message)
        return await super().get(key)


@pytest.fixture
def unsteady() -> Unsteady:
    """The store."""
    return Unsteady()


@pytest.fixture
def shared(mode: Mode, unsteady: Unsteady) -> SharedStore:
    """As the core has it."""
    return SharedStore(unsteady, runtime=mode.runtime, observer=Log())


@pytest.mark.parametrize(
    ("failures", "is_precious", "expected"),
    [
        pytest.param(1, True, (b"x", 2), id="precious, and silent once"),
        pytest.param(2, True, (None, 2), id="precious, and away"),
        pytest.param(1, False, (None, 1), id="can be asked for again elsewhere"),
        pytest.param(0, True, (b"x", 1), id="a store that works"),
    ],
)
def test_R18_precious_values_are_looked_for_twice(mode: Mode, unsteady, failures, is_precious, expected):
    """R18: nobody has to sign in because a packet was lost."""
    shared = SharedStore(unsteady, runtime=mode.runtime, observer=Log())

    async def body() -> bytes | None:
        await unsteady.put("key", b"x", ttl_seconds=60)
        unsteady.failures = failures
        return await shared.read("key", is_precious=is_precious)

    assert (mode.run(body), unsteady.asked) == expected


def test_R18_what_is_remembered_is_not_waited_for_twice(mode: Mode, unsteady, shared):
    """R18: with something in memory, one time-out is enough."""

    async def body() -> bytes | None:
        await shared.write("key", b"x", ttl_seconds=60, is_precious=True)
        unsteady.failures = 1
        return await shared.read("key", is_precious=True)

    assert mode.run(body) == b"x"
    assert unsteady.asked == 1


@pytest.mark.parametrize("step", [-DAY, 0, DAY])
def test_R22_without_the_store_an_hour_is_an_hour(mode: Mode, unsteady, shared, step):
    """R22: a wall clock that is set makes what was seen in the store serve neither longer nor shorter without it."""

    async def body() -> list[bytes | None]:
        await unsteady.put("key", b"x", ttl_seconds=DAY)
        assert await shared.read("key", is_precious=True) == b"x"
        unsteady.failures = 100
        mode.clock.set_wall_clock(step)
        found = []
        for seconds in (3500, 200):
            mode.clock.advance(seconds)
            found.append(await shared.read("key", is_precious=True))
        return found

    assert mode.run(body) == [b"x", None]


@pytest.mark.parametrize("step", [-DAY, 0, DAY])
def test_R22_what_the_store_missed_keeps_its_time(mode: Mode, unsteady, shared, step):
    """R22: it is saved later for as long as was left of its time, whatever the wall clock says meanwhile."""

    class Deaf(Unsteady):
        ttl = 0.0

        async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
            if self.failures:
                message = "away"
                raise StoreUnavailable(message)
            self.ttl = ttl_seconds

    store = Deaf()
    store.failures = 100
    shared = SharedStore(store, runtime=mode.runtime, observer=Log())

    async def body() -> bytes | None:
        await shared.write("key", b"x", ttl_seconds=1000, is_precious=True)
        mode.clock.set_wall_clock(step)
        mode.clock.advance(100)
        store.failures = 0
        return await shared.read("key", is_precious=True)

    assert mode.run(body) == b"x"
    assert 880 < store.ttl <= 900
