"""What a RedisStore does while its server is down, slow or unwilling, and that it recovers by itself."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import anyio
import pytest

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.redis import BlockingRedisStore, RedisStore
from tests.conftest import Mode
from tests.redis_server import RedisServer, free_port, patient

Store = RedisStore | BlockingRedisStore
MakeStore = Callable[..., Store]
MakeServer = Callable[..., RedisServer]

# The limit is 0.2 seconds; the rest is for a busy machine.
QUICKLY = 1.0
LONGEST_PAUSE = 10.0


@pytest.fixture
def make_store(mode: Mode) -> MakeStore:
    """Makes stores as the mode's client would use them; their pauses go by the mode's clock."""

    def make(url: str) -> Store:
        made = RedisStore(url, monotonic=mode.clock.monotonic)
        return made.blocking() if mode.name == "threads" else made

    return make


def get(store: Store) -> Callable[[], Any]:
    """An operation that needs the server."""

    async def body() -> bytes | None:
        return await store.get("key")

    return body


def put(store: Store) -> Callable[[], Any]:
    """An operation that needs a server that takes writes."""

    async def body() -> None:
        await store.put("key", b"value", ttl_seconds=60)

    return body


def assert_unavailable(mode: Mode, body: Callable[[], Any], match: str) -> None:
    """The operation fails quickly, for the reason."""
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match=match):
        mode.run(body)
    assert time.monotonic() - begun < QUICKLY


def served(mode: Mode, body: Callable[[], Any]) -> Any:
    """The operation succeeds. Where it takes too long, as on a busy machine, it is tried again."""
    for _ in range(10):
        try:
            return mode.run(body)
        except StoreUnavailable as error:
            if "did not answer in time" not in str(error):
                raise
            # A thread that was left behind may still be asking.
            time.sleep(0.3)
            mode.clock.advance(LONGEST_PAUSE)
    pytest.fail("the server is not used again")


def test_R17_down_at_start(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: a server that is not there is told at once, then not asked for a while, and found when it comes."""
    server = disposable_redis(starts=False)
    store = make_store(server.url)
    assert_unavailable(mode, get(store), rf"^redis at 127\.0\.0\.1:{server.port} cannot be reached")
    assert_unavailable(mode, put(store), r"cannot be reached .* \(it is asked again in 0\.\d seconds\)$")
    server.start()
    assert_unavailable(mode, get(store), "it is asked again in")
    mode.clock.advance(0.5)
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


def test_R17_killed_and_started_again(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: a server that dies is told at once; when it is back it is used again."""
    server = disposable_redis()
    store = make_store(server.url)
    served(mode, put(store))
    server.kill()
    for _ in range(3):
        assert_unavailable(mode, get(store), "cannot be reached")
        mode.clock.advance(LONGEST_PAUSE)
    server.start()
    assert served(mode, get(store)) is None


def test_R17_restart_is_not_noticed(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: the connections that a restart has closed fail no operation, however many there are."""
    server = disposable_redis()
    store: Store = patient(RedisStore(server.url))
    store = store.blocking() if mode.name == "threads" else store
    mode.run(lambda: mode.gather(*[get(store)] * 8))
    server.restart()
    mode.run(lambda: mode.gather(*[get(store)] * 8))
    server.restart()
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


@pytest.mark.parametrize("is_known", [True, False], ids=["connected before", "never connected"])
def test_R18_frozen(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer, is_known: bool) -> None:
    """R18: a server that accepts and never answers costs the time of one operation, and then none."""
    server = disposable_redis("--requirepass", "sesame", password="sesame")
    store = make_store(server.url)
    if is_known:
        served(mode, get(store))
    server.pause()
    assert_unavailable(mode, get(store), "did not answer in time")
    # On a busy machine the thread that asked comes to its end later than who waited for it.
    for _ in range(5):
        assert_unavailable(mode, get(store), "did not answer in time")
    begun = time.monotonic()
    for _ in range(20):
        assert_unavailable(mode, get(store), "it is asked again in")
    assert time.monotonic() - begun < QUICKLY
    mode.clock.advance(LONGEST_PAUSE)
    assert_unavailable(mode, put(store), "did not answer in time")
    server.resume()
    mode.clock.advance(LONGEST_PAUSE)
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


def test_R18_many_callers_of_a_frozen_server(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R18: however many ask at the same time, each has its answer in time."""
    server = disposable_redis()
    store = make_store(server.url)
    server.pause()
    begun = time.monotonic()

    async def body() -> Any:
        return await mode.settle(*[get(store)] * 60)

    outcomes = mode.run(body)
    assert time.monotonic() - begun < 2 * QUICKLY
    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)


def test_R18_no_connection_is_accepted(mode: Mode, make_store: MakeStore) -> None:
    """R18: a host that does not answer to the first packet costs the time of one operation."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):
            each = waiting.enter_context(socket.socket())
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        time.sleep(0.05)
        store = make_store(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        assert_unavailable(mode, get(store), "did not answer in time")


def test_R17_password_is_wanted(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: a server that wants a password is told so, until it lets us in."""
    server = disposable_redis("--requirepass", "sesame", password="sesame")
    for url in (f"redis://127.0.0.1:{server.port}", f"redis://:wrong-secret@127.0.0.1:{server.port}"):
        store = make_store(url)
        assert_unavailable(mode, get(store), "wants another user name or password; check those in the url")
    served(mode, get(make_store(server.url)))
    served(mode, get(make_store(f"redis://default:sesame@127.0.0.1:{server.port}/1")))
    server.configure("requirepass", "wrong-secret")
    mode.clock.advance(LONGEST_PAUSE)
    assert served(mode, get(store)) is None


def test_R17_out_of_memory(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: a full server takes no writes, and still answers reads."""
    server = disposable_redis("--maxmemory-policy", "noeviction")
    server.ask("SET", "filler", b"x" * 2_000_000)
    server.configure("maxmemory", "1mb")
    store = make_store(server.url)
    for _ in range(3):
        assert_unavailable(mode, put(store), "is out of memory; raise maxmemory")
        assert served(mode, get(store)) is None
    server.configure("maxmemory", "0")
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


def test_R17_read_only_replica(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer) -> None:
    """R17: a replica takes no writes, until it is made the primary."""
    primary = disposable_redis()
    replica = disposable_redis("--replicaof", "127.0.0.1", str(primary.port))
    store = make_store(replica.url)
    for _ in range(3):
        assert_unavailable(mode, put(store), "is a replica that takes no writes; give the address of the primary")
    replica.ask("REPLICAOF", "NO", "ONE")
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


@pytest.mark.parametrize("host", ["redis.invalid", "a" * 70, "a..b"], ids=["unknown", "too long", "no name"])
def test_R17_name_that_is_not_known(mode: Mode, make_store: MakeStore, host: str) -> None:
    """R17: a host that DNS does not know, or is slow to know, costs the time of one operation."""
    match = rf"^redis at {host}:6379 (is not known by its name|did not answer in time)"
    assert_unavailable(mode, get(make_store(f"redis://{host}:6379")), match)


def test_name_is_looked_up(mode: Mode, make_store: MakeStore, redis_server: RedisServer) -> None:
    """A host may be a name."""
    store = make_store(f"redis://localhost:{redis_server.port}")
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


def test_socket_of_the_system(mode: Mode, make_store: MakeStore, disposable_redis: MakeServer, tmp_path: Any) -> None:
    """A server on the same machine may be reached by the path of its socket; one that is not there is told."""
    path = tmp_path / "redis.sock"
    store = make_store(f"unix://{path}?db=1")
    assert_unavailable(mode, get(store), rf"^redis at {path} cannot be reached \(No such file or directory\)")
    mode.clock.advance(LONGEST_PAUSE)
    disposable_redis("--unixsocket", str(path))
    served(mode, put(store))
    assert served(mode, get(store)) == b"value"


def test_cancelled_caller_does_not_wait(event_loop_mode: Mode, disposable_redis: MakeServer) -> None:
    """A caller that is cancelled is gone at once."""
    server = disposable_redis()
    store = RedisStore(server.url)
    server.pause()

    async def body() -> float:
        begun = time.monotonic()
        with anyio.move_on_after(0.02):
            await store.get("key")
        return time.monotonic() - begun

    assert event_loop_mode.run(body) < 0.15


def test_R17_breaker_is_shared_with_the_twin(event_loop_mode: Mode, threads_mode: Mode) -> None:
    """R17: what the event loop has found out the threads need not find out again."""
    store = RedisStore(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        event_loop_mode.run(get(store))
    with pytest.raises(StoreUnavailable, match="it is asked again in"):
        threads_mode.run(get(store.blocking()))
