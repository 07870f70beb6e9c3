"""What a RedisStore makes of the answers of servers that misbehave, by themselves or in TLS."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from ssl import SSLContext
from types import TracebackType
from typing import Any

import pytest

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.redis import BlockingRedisStore, RedisStore
from tests.conftest import ThreadsMode
from tests.contract.conftest import Certificate
from tests.redis_server import RedisServer

MakeFake = Callable[..., "FakeRedis"]


class FakeRedis:
    """Answers each command with the same bytes, or sends them one by one for ever."""

    def __init__(self, answer: bytes, *, tls: SSLContext | None = None, drips: bool = False) -> None:
        self._answer = answer
        self._tls = tls
        self._drips = drips
        self._is_closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._is_closing.set()
        for each in (self._listener, *self._connections):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=[connection]))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talking = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with talking:
                self._connections.append(talking)
                while talking.recv(65536) and self._answer:
                    talking.sendall(self._answer)
                    while self._drips and not self._is_closing.wait(0.03):
                        talking.sendall(b"x")


@pytest.fixture
def make_fake() -> Iterator[MakeFake]:
    """Makes servers that are closed after the test."""
    made: list[FakeRedis] = []

    def make(answer: bytes, **options: Any) -> FakeRedis:
        made.append(FakeRedis(answer, **options))
        return made[-1]

    yield make
    for fake in made:
        fake.close()


def make_store(port: int, scheme: str = "redis", query: str = "", host: str = "127.0.0.1") -> BlockingRedisStore:
    """A store for threads."""
    return RedisStore(f"{scheme}://:sesame@{host}:{port}{query}" if query else f"{scheme}://{host}:{port}").blocking()


@pytest.mark.parametrize(
    ("answer", "match", "is_left_alone"),
    [
        pytest.param(b"-LOADING dataset in memory\r\n", "is still loading its data", True, id="loading"),
        pytest.param(b"-NOAUTH secret-of-theirs\r\n", "wants another user name or password", True, id="password"),
        pytest.param(b"-ERR max number of clients reached\r\n", "closed the connection", True, id="too many clients"),
        pytest.param(b"-NOPERM secret-of-theirs\r\n", "does not let this user do", False, id="not permitted"),
        pytest.param(b"-MOVED 1 127.0.0.1:1\r\n", "is a node of a cluster", False, id="cluster"),
        pytest.param(b"-WRONGTYPE secret-of-theirs\r\n", r"refuses the command \(WRONGTYPE\)", False, id="wrong type"),
        pytest.param(b"-ERR secret-of-theirs\r\n", r"refuses the command \(ERR\)", False, id="error"),
        pytest.param(b"-secret-of-theirs\r\n", r"refuses the command \(ERR\)", False, id="error without a code"),
        pytest.param(b"HTTP/1.1 400 secret-of-theirs\r\n", "gives no usable answer", True, id="not Redis"),
        pytest.param(b"$x\r\n", "gives no usable answer", True, id="no number"),
        pytest.param(b"", "closed the connection", True, id="closed at once"),
    ],
)
def test_R17_unusable_answer(
    threads_mode: ThreadsMode, make_fake: MakeFake, answer: bytes, match: str, is_left_alone: bool
) -> None:
    """R17: whatever a server answers is StoreUnavailable, without its words; a prompt refusal opens no breaker."""
    store = make_store(make_fake(answer).port)
    for attempt in range(2):
        with pytest.raises(StoreUnavailable, match=match) as raised:
            threads_mode.run(lambda: store.get("key"))
        assert "secret-of-theirs" not in str(raised.value)
        assert ("it is asked again in" in str(raised.value)) == (is_left_alone and attempt == 1)


def test_answer_of_another_type_is_absent(threads_mode: ThreadsMode, make_fake: MakeFake) -> None:
    """A value that is no text is none."""
    store = make_store(make_fake(b":1\r\n").port)
    assert threads_mode.run(lambda: store.get("key")) is None


def test_R18_answer_that_never_ends(threads_mode: ThreadsMode, make_fake: MakeFake) -> None:
    """R18: a byte now and then prolongs nothing: the limit is for the operation, not for each wait."""
    store = make_store(make_fake(b"$100000\r\n", drips=True).port)
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match="did not answer in time"):
        threads_mode.run(lambda: store.get("key"))
    assert time.monotonic() - begun < 0.6


def test_R18_server_that_never_reads(threads_mode: ThreadsMode) -> None:
    """R18: a value that the server does not take ends in time as well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = make_store(listener.getsockname()[1])
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="did not answer in time"):
            threads_mode.run(lambda: store.put("key", b"x" * 20_000_000, ttl_seconds=60))
        assert time.monotonic() - begun < 1


def test_tls_of_a_trusted_authority(threads_mode: ThreadsMode, make_fake: MakeFake, certificate: Certificate) -> None:
    """A server is spoken to in TLS when its certificate is of an authority that the url names."""
    fake = make_fake(b"+OK\r\n", tls=certificate.tls)
    store = make_store(fake.port, "rediss", f"?ssl_ca_certs={certificate.ca_file}")
    assert threads_mode.run(lambda: store.get("key")) == b"OK"


@pytest.mark.parametrize("case", ["unknown authority", "another host", "no TLS", "no such file"])
def test_R17_bad_tls(
    threads_mode: ThreadsMode,
    make_fake: MakeFake,
    certificate: Certificate,
    certificate_of_another: Certificate,
    case: str,
) -> None:
    """R17: a server that cannot be trusted is not told the password."""
    tls = {"another host": certificate_of_another.tls, "no TLS": None}.get(case, certificate.tls)
    store = make_store(
        make_fake(b"+OK\r\n", tls=tls).port,
        "rediss",
        {
            "unknown authority": "?db=0",
            "another host": f"?ssl_ca_certs={certificate_of_another.ca_file}",
            "no TLS": "?db=0",
            "no such file": "?ssl_ca_certs=/nonsense/ca.pem",
        }[case],
    )
    match = {"no TLS": "does not speak TLS", "no such file": r"cannot be reached \(No such file"}.get(
        case, "has a certificate that is not accepted .* ssl_ca_certs="
    )
    with pytest.raises(StoreUnavailable, match=match):
        threads_mode.run(lambda: store.get("key"))


def _frames(error: BaseException | None) -> Iterator[TracebackType]:
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback
            traceback = traceback.tb_next
        error = error.__cause__ or error.__context__


def test_T112_no_password_in_failures(threads_mode: ThreadsMode, disposable_redis: Callable[..., RedisServer]) -> None:
    """T112: the password is in no message, repr or local variable that tools that report errors find."""
    server = disposable_redis("--requirepass", "other")
    store = RedisStore(f"redis://user:wrong-secret@127.0.0.1:{server.port}/0")
    with pytest.raises(StoreUnavailable) as raised:
        threads_mode.run(lambda: store.blocking().get("key"))
    assert "wrong-secret" not in repr((raised.value, raised.value.__cause__, store, store._pools.address))
    assert all("wrong-secret" not in repr(frame.tb_frame.f_locals) for frame in _frames(raised.value))


def test_R14_forked_process_has_its_own_connections(
    threads_mode: ThreadsMode, run_forked: Callable[..., bytes], redis_server: RedisServer
) -> None:
    """R14: a child shares neither connections nor the breaker's lock, which another thread may have held."""
    store = RedisStore(redis_server.url).blocking()

    def connection() -> bytes:
        return str(threads_mode.run(lambda: store._ask("CLIENT", "ID"))).encode()

    async def child() -> bytes:
        await store.put("key", b"child", ttl_seconds=60)
        return connection()

    ours = connection()
    with store._pools.here().breaker._lock:
        theirs = run_forked(lambda: threads_mode.run(child))
    assert theirs.isdigit()
    assert theirs != ours == connection()
    assert threads_mode.run(lambda: store.get("key")) == b"child"


def test_connections_are_used_again_and_not_for_too_long(threads_mode: ThreadsMode, redis_server: RedisServer) -> None:
    """One connection serves one thread after the other; one that was idle for a minute may be dead and is left."""
    store = RedisStore(redis_server.url, monotonic=threads_mode.clock.monotonic).blocking()

    def connection() -> Any:
        return threads_mode.run(lambda: store._ask("CLIENT", "ID"))

    first = connection()
    threads_mode.clock.advance(59)
    assert connection() == first
    threads_mode.clock.advance(61)
    assert connection() != first


def test_R24_closing_closes_connections(threads_mode: ThreadsMode, redis_server: RedisServer) -> None:
    """R24: what is closed has no connections, and may be used again."""
    store = RedisStore(redis_server.url)

    def is_open(connection: int) -> bool:
        return f"id={connection} ".encode() in redis_server.ask("CLIENT", "LIST")

    for close in (store.blocking().aclose, store.aclose):
        connection = threads_mode.run(lambda: store.blocking()._ask("CLIENT", "ID"))
        assert is_open(connection)
        threads_mode.run(close)
        deadline = time.monotonic() + 10
        while is_open(connection) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not is_open(connection)
