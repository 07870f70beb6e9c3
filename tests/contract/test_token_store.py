"""What every TokenStore does, on asyncio, trio and threads."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azuread_auth.ports import TokenStore
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, patient

KEYS = [b"o" * 32, b"n" * 32]


@pytest.fixture(params=["memory", "redis", "encrypted memory", "encrypted redis"])
def store(request: pytest.FixtureRequest, mode: Mode) -> TokenStore:
    """Each store, by the mode's clock, as the mode's client would use it."""
    kind = request.param
    made: MemoryStore | RedisStore | EncryptedStore
    if "redis" in kind:
        made = patient(RedisStore(request.getfixturevalue("redis_server").url))
    else:
        made = MemoryStore(monotonic=mode.clock.monotonic)
    if "encrypted" in kind:
        made = EncryptedStore(made, KEYS, now=mode.clock.now)
    return made.blocking() if mode.name == "threads" and not isinstance(made, MemoryStore) else made


@pytest.fixture
def let_time_pass(request: pytest.FixtureRequest, mode: Mode, store: TokenStore) -> Callable[[float], None]:
    """Lets so many seconds pass for the store, without waiting for them."""
    is_in_redis = "redis_server" in request.fixturenames
    server: RedisServer | None = request.getfixturevalue("redis_server") if is_in_redis else None

    def advance(seconds: float) -> None:
        mode.clock.advance(seconds)
        if server is not None:
            server.let_time_pass(seconds)

    return advance


def test_absent_key_has_no_value(mode: Mode, store: TokenStore) -> None:
    """A key that was never put is None, and deleting it is fine."""

    async def body() -> bytes | None:
        await store.delete("key")
        return await store.get("key")

    assert mode.run(body) is None


@pytest.mark.parametrize("value", [b"", b"\x00\xff", b"x" * 100_000], ids=["empty", "binary", "large"])
def test_value_comes_back(mode: Mode, store: TokenStore, value: bytes) -> None:
    """Bytes are kept as they are, under their key alone."""

    async def body() -> tuple[bytes | None, bytes | None]:
        await store.put("key", value, ttl_seconds=60)
        return await store.get("key"), await store.get("other")

    assert mode.run(body) == (value, None)


def test_later_value_replaces(mode: Mode, store: TokenStore, let_time_pass: Callable[[float], None]) -> None:
    """The last put counts, with its own life time."""

    async def body() -> bytes | None:
        await store.put("key", b"old", ttl_seconds=1)
        await store.put("key", b"new", ttl_seconds=60)
        let_time_pass(2)
        return await store.get("key")

    assert mode.run(body) == b"new"


def test_value_ends_with_its_life_time(mode: Mode, store: TokenStore, let_time_pass: Callable[[float], None]) -> None:
    """A value is there until its time is up, and gone from then on; deleting it then is fine."""

    async def body() -> list[bytes | None]:
        await store.put("key", b"value", ttl_seconds=60)
        let_time_pass(50)
        before = await store.get("key")
        let_time_pass(11)
        after = await store.get("key")
        await store.delete("key")
        return [before, after]

    assert mode.run(body) == [b"value", None]


@pytest.mark.parametrize("ttl_seconds", [0, -1, float("-inf"), float("nan")])
def test_value_without_life_time_is_not_kept(mode: Mode, store: TokenStore, ttl_seconds: float) -> None:
    """A value that has expired already takes the place of the earlier one by leaving nothing."""

    async def body() -> bytes | None:
        await store.put("key", b"old", ttl_seconds=60)
        await store.put("key", b"new", ttl_seconds=ttl_seconds)
        return await store.get("key")

    assert mode.run(body) is None


def test_deleted_value_is_gone(mode: Mode, store: TokenStore) -> None:
    """Deleting is at once and for good."""

    async def body() -> bytes | None:
        await store.put("key", b"value", ttl_seconds=60)
        await store.delete("key")
        return await store.get("key")

    assert mode.run(body) is None


def test_R13_many_at_once(mode: Mode, store: TokenStore) -> None:
    """R13: tasks and threads that put, get and delete at the same time see whole values and no errors."""

    async def work() -> bool:
        is_whole = True
        for number in range(100):
            key = str(number % 7)
            await store.put(key, b"value", ttl_seconds=60 if number % 3 else 0.001)
            is_whole &= await store.get(key) in (b"value", None)
            await store.delete(str(number % 5))
        return is_whole

    assert mode.run(lambda: mode.gather(*[work] * 8)) == [True] * 8


@given(key=st.text(max_size=50), value=st.binary(max_size=10_000))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_key_and_value(mode: Mode, store: TokenStore, key: str, value: bytes) -> None:
    """Whatever the key and the value, what was put comes back until it is deleted."""

    async def body() -> list[bytes | None]:
        await store.put(key, value, ttl_seconds=60)
        before = await store.get(key)
        await store.delete(key)
        return [before, await store.get(key)]

    assert mode.run(body) == [value, None]


@pytest.mark.parametrize("ttl_seconds", [0.5, 1e12, float("inf")], ids=["half a second", "ages", "for ever"])
def test_life_time_may_be_any_length(mode: Mode, store: TokenStore, ttl_seconds: float) -> None:
    """Parts of a second count, and a life time that is longer than any is no error."""

    async def body() -> bytes | None:
        await store.put("key", b"value", ttl_seconds=ttl_seconds)
        return await store.get("key")

    assert mode.run(body) == b"value"


def test_R20_memory_is_bounded(mode: Mode) -> None:
    """R20: beyond the limit the least recently used goes."""
    store = MemoryStore(max_entries=3, monotonic=mode.clock.monotonic)

    async def body() -> list[bytes | None]:
        for key in ("a", "b", "c"):
            await store.put(key, key.encode(), ttl_seconds=60)
        await store.get("a")
        await store.put("d", b"d", ttl_seconds=60)
        return [await store.get(key) for key in ("a", "b", "c", "d")]

    assert mode.run(body) == [b"a", None, b"c", b"d"]


def test_R14_forked_process_begins_empty(threads_mode: Mode, run_forked: Callable[..., bytes]) -> None:
    """R14: a child shares neither values nor the lock, which another thread may have held at that moment."""
    store = MemoryStore()

    async def put() -> None:
        await store.put("key", b"parent", ttl_seconds=60)

    async def child() -> bytes:
        found = await store.get("key")
        await store.put("key", b"child", ttl_seconds=60)
        return repr((found, await store.get("key"))).encode()

    threads_mode.run(put)
    with store._entries().lock:
        printed = run_forked(lambda: threads_mode.run(child))
    assert printed == b"(None, b'child')"
    assert threads_mode.run(lambda: store.get("key")) == b"parent"
