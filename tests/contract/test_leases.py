"""What every LeasingStore does, on asyncio, trio and threads."""

from collections.abc import Callable

import pytest

from azuread_auth.ports import Lease, LeasingStore
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, patient

MakeStore = Callable[[], LeasingStore]


@pytest.fixture(params=["redis", "encrypted redis"])
def make_store(request: pytest.FixtureRequest, mode: Mode, redis_server: RedisServer) -> MakeStore:
    """Makes the stores of several processes, which share one server."""

    def make() -> LeasingStore:
        made: RedisStore | EncryptedStore = patient(RedisStore(redis_server.url))
        if request.param.startswith("encrypted"):
            made = EncryptedStore(made, [b"o" * 32, b"n" * 32], now=mode.clock.now)
        leases = (made.blocking() if mode.name == "threads" else made).leases
        assert leases is not None
        return leases

    return make


def test_R16_one_process_has_the_lease(mode: Mode, make_store: MakeStore) -> None:
    """R16: who asks first has it, others get none until it is given back; other keys are other leases."""
    ours, theirs = make_store(), make_store()

    async def body() -> None:
        lease = await ours.lease("key", seconds=10)
        assert lease is not None
        assert lease.key == "key"
        assert await theirs.lease("key", seconds=10) is None
        assert await ours.lease("key", seconds=10) is None
        assert await theirs.lease("other", seconds=10) is not None
        await ours.release(lease)
        later = await theirs.lease("key", seconds=10)
        assert later is not None
        assert later.fence > lease.fence
        assert later.owner != lease.owner

    mode.run(body)


def test_R16_lease_of_a_dead_process_ends(mode: Mode, make_store: MakeStore, redis_server: RedisServer) -> None:
    """R16: a lease that nobody gives back ends by itself; giving it back too late touches no other."""
    ours, theirs = make_store(), make_store()

    async def body() -> None:
        lease = await ours.lease("key", seconds=10)
        assert lease is not None
        redis_server.let_time_pass(11)
        later = await theirs.lease("key", seconds=10)
        assert later is not None
        assert later.fence > lease.fence
        await ours.release(lease)
        assert await ours.lease("key", seconds=10) is None

    mode.run(body)


def test_R16_earlier_holder_overwrites_nothing(mode: Mode, make_store: MakeStore, redis_server: RedisServer) -> None:
    """R16: what a holder writes after a later lease was given is not written, whether that one wrote already or not."""
    ours, theirs = make_store(), make_store()

    async def body() -> None:
        lease = await ours.lease("key", seconds=10)
        assert lease is not None
        assert await ours.put_leased("value", b"1", ttl_seconds=60, lease=lease)
        assert await ours.get("value") == b"1"
        redis_server.let_time_pass(11)
        assert await ours.put_leased("value", b"2", ttl_seconds=60, lease=lease)
        later = await theirs.lease("key", seconds=10)
        assert later is not None
        assert not await ours.put_leased("value", b"3", ttl_seconds=60, lease=lease)
        assert await theirs.put_leased("value", b"4", ttl_seconds=60, lease=later)
        assert not await ours.put_leased("value", b"5", ttl_seconds=0, lease=lease)
        assert await ours.get("value") == b"4"
        await theirs.release(later)
        assert not await ours.put_leased("value", b"6", ttl_seconds=60, lease=lease)
        assert await theirs.put_leased("value", b"", ttl_seconds=0, lease=later)
        assert await ours.get("value") is None

    mode.run(body)


def test_fences_grow_where_redis_lost_its_data(mode: Mode, make_store: MakeStore, redis_server: RedisServer) -> None:
    """After a loss of all data a holder may still write, until the next lease is given, whose fence is greater."""
    ours, theirs = make_store(), make_store()

    async def body() -> None:
        lease = await ours.lease("key", seconds=10)
        assert lease is not None
        redis_server.ask("FLUSHALL")
        assert await ours.put_leased("key", b"1", ttl_seconds=60, lease=lease)
        later = await theirs.lease("key", seconds=10)
        assert later is not None
        assert later.fence > lease.fence
        assert not await ours.put_leased("key", b"2", ttl_seconds=60, lease=lease)
        assert await theirs.get("key") == b"1"

    mode.run(body)


def test_R16_many_ask_at_once(mode: Mode, make_store: MakeStore) -> None:
    """R16: of many that ask at the same time one gets it."""
    stores = [make_store() for _ in range(8)]

    def asking(store: LeasingStore) -> Callable[[], object]:
        async def ask() -> Lease | None:
            return await store.lease("key", seconds=10)

        return ask

    async def body() -> list[Lease | None]:
        return await mode.gather(*[asking(store) for store in stores])

    assert sum(lease is not None for lease in mode.run(body)) == 1


def test_leases_have_a_life_time(mode: Mode, make_store: MakeStore, redis_server: RedisServer) -> None:
    """Nothing that a lease leaves behind stays for ever."""
    store = make_store()

    async def body() -> None:
        assert await store.lease("key", seconds=0) is not None
        assert await store.lease("other", seconds=10) is not None

    mode.run(body)
    left = [redis_server.ask("PTTL", key) for key in redis_server.ask("KEYS", "*")]
    assert len(left) >= 3
    # -1 is for ever; -2 is gone already.
    assert all(milliseconds <= 30 * 86_400_000 and milliseconds != -1 for milliseconds in left)
