"""What piles up under load stops at its bound: background tasks, entries of stores, names, ids and logs."""

import logging
from collections.abc import Callable

import anyio
import pytest

from azuread_auth._adapters.async_runtime import _MAX_BACKGROUND
from azuread_auth._protocol.http import HttpRequest
from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.grants.replays import SeenAssertions
from azuread_auth.simulation.policies import MOST_CONSENTS, Policies
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, patient


def test_R19_background_tasks_are_limited(event_loop_mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    """R19: of renewals that are all due at once, so many are begun; others are when those have ended."""
    mode = event_loop_mode
    begun: list[int] = []

    async def body() -> list[int]:
        may_end = anyio.Event()

        async def work() -> None:
            begun.append(1)
            await may_end.wait()

        for _ in range(_MAX_BACKGROUND + 50):
            mode.runtime.start_background(work, name="renew on_behalf_of token")
        await mode.runtime.sleep(0.05)
        counts = [len(begun)]
        may_end.set()
        await mode.runtime.sleep(0.05)
        mode.runtime.start_background(work, name="renew on_behalf_of token")
        await mode.runtime.sleep(0.05)
        return [*counts, len(begun)]

    with caplog.at_level(logging.DEBUG, logger="azuread_auth"):
        assert mode.run(body) == [_MAX_BACKGROUND, _MAX_BACKGROUND + 1]
    assert len([each for each in caplog.records if "was not done" in each.getMessage()]) == 50
    assert not mode.runtime._background


def test_R19_what_callers_wait_for_is_not_refused(event_loop_mode: Mode) -> None:
    """R19: a thousand background tasks are no reason to keep somebody from what they wait for."""
    mode = event_loop_mode

    async def body() -> str:
        async def wait() -> None:
            await mode.runtime.sleep(60)

        async def answer() -> str:
            return "answer"

        for _ in range(_MAX_BACKGROUND):
            mode.runtime.start_background(wait, name="renew")
        found = await mode.runtime.share(answer).wait()
        await mode.runtime.aclose()
        return found

    assert mode.run(body) == "answer"


def test_R19_memory_store_is_bounded_in_bytes(mode: Mode) -> None:
    """R19: large values take the place of several; what is larger than all is not kept, nor what it was to replace."""
    store = MemoryStore(max_entries=10, max_bytes=1000)

    async def body() -> list[int]:
        for number in range(10):
            await store.put(f"large {number}", bytes(400), ttl_seconds=60)
        large = [len(value) for number in range(10) if (value := await store.get(f"large {number}")) is not None]
        await store.put("large 9", bytes(1001), ttl_seconds=60)
        assert await store.get("large 9") is None
        return large

    assert mode.run(body) == [400, 400]


@pytest.mark.parametrize("limits", [{"max_entries": 0}, {"max_bytes": 0}, {"max_entries": -1}], ids=str)
def test_R19_memory_store_that_keeps_nothing_is_refused(limits: dict[str, int]) -> None:
    """R19: a limit that leaves no room is a slip, told when the store is made."""
    with pytest.raises(ConfigurationError, match=r"expected max_entries and max_bytes of 1 at the least"):
        MemoryStore(**limits)


def test_R19_memory_store_replaces_in_place(mode: Mode) -> None:
    """R19: writing one key again and again drives nothing else out."""
    store = MemoryStore(max_entries=3, max_bytes=30)

    async def body() -> list[bytes | None]:
        await store.put("other", b"other", ttl_seconds=60)
        for size in (5, 20, 15, 20, 1):
            await store.put("key", bytes(size), ttl_seconds=60)
        return [await store.get("other"), await store.get("key")]

    assert mode.run(body) == [b"other", b"\0"]


@pytest.mark.parametrize(
    "remember",
    [
        pytest.param(lambda names: names.of_scopes("a" * 5000), id="scopes"),
        pytest.param(lambda names: names.of_roles(["a" * 5000]), id="a role"),
        pytest.param(lambda names: names.of_roles([str(number) for number in range(200)]), id="many roles"),
    ],
)
def test_R19_names_that_are_very_long_are_not_remembered(remember: Callable[[NameSets], object]) -> None:
    """R19: the count of names that are remembered bounds their size too; the names themselves are right."""
    names = NameSets()
    assert remember(names) == remember(NameSets())
    assert not names._scopes
    assert not names._sets


def test_R19_assertions_of_the_simulation_are_bounded() -> None:
    """R19: a flood of client assertions that are all good for long leaves no more than twice what is kept."""
    seen = SeenAssertions(most=5)
    for number in range(100):
        assert seen.is_first_use("client", str(number), expires_at=10, now=0)
    assert len(seen._expiries) == 10
    assert not seen.is_first_use("client", "99", expires_at=10, now=0)


def test_R19_log_of_the_simulation_keeps_a_few_scopes() -> None:
    """R19: a request with a hundred thousand scopes is logged with fifty."""
    tenant = SimulatedTenant()
    tenant.answer(
        HttpRequest(
            url=f"{tenant.authority_host}/{tenant.tenant_id}/oauth2/v2.0/token",
            method="POST",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=b"grant_type=client_credentials&scope=" + b"+".join([b"s"] * 100_000),
        )
    )
    (entry,) = tenant.requests
    assert len(entry.scopes) == 50


def test_R19_idle_connections_to_redis_are_limited(mode: Mode, redis_server: RedisServer) -> None:
    """R19: after a rush of a hundred callers at most twenty connections are kept."""
    store: RedisStore = patient(RedisStore(redis_server.url))
    used = store.blocking() if mode.name == "threads" else store
    before = int(redis_server.ask("INFO", "clients")["connected_clients"])

    def get(number: int) -> Callable[[], object]:
        async def body() -> bytes | None:
            return await used.get(f"key {number}")

        return body

    async def rush() -> list[object]:
        return await mode.settle(*map(get, range(100)))

    assert mode.run(rush) == [None] * 100
    pool = store._pools.here()
    assert len(pool._idle) <= 20
    assert int(redis_server.ask("INFO", "clients")["connected_clients"]) - before <= 20
    pool.close()


def test_R19_consents_of_the_simulation_are_bounded() -> None:
    """R19: of ever new people who consent the oldest are asked again one day."""
    policies = Policies()
    for number in range(MOST_CONSENTS + 10):
        policies.accept_for_tenant(str(number), "client")
    assert len(policies._consented) == MOST_CONSENTS
    assert not policies.has_tenant_consent("9", "client")
    assert policies.has_tenant_consent("10", "client")
