"""Tokens and sessions in Redis, shared by processes and machines."""

import math
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from azuread_auth._settings.refusal import SettingRefused
from azuread_auth.errors import StoreUnavailable
from azuread_auth.ports import Lease, LeasingStore
from azuread_auth.secret import Secret
from azuread_auth.stores._redis.address import Address, parse_address
from azuread_auth.stores._redis.scripts import LEASE, PUT_LEASED, RELEASE

if TYPE_CHECKING:
    from azuread_auth.stores._redis.pool import Pool

__all__ = ["BlockingRedisStore", "RedisStore"]

_MAX_TTL_SECONDS: Final = 366 * 86_400
# Far longer than any lease: who comes back later than this finds that nothing is known and may write.
_FENCE_MILLISECONDS: Final = 30 * 86_400_000
_OPERATION: Final = "operation_seconds"
_OPERATION_SECONDS: Final = (0.05, 0.25)
# The thread that asks knows better than the event loop why its time was up, and is given the time to say so.
_GRACE_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 0.005
_HELD_UP_SECONDS: Final = 0.05
"""An event loop that is so late was busy with something else, and not waiting for a thread that is free."""
_MAX_THREADS: Final = 20
_threads: Final = RunVar[anyio.CapacityLimiter]("azuread_auth.stores.redis")


class _Operations(ABC):
    """`TokenStore` and `LeasingStore` in commands; how the server is asked is the subclasses' business."""

    is_readable: ClassVar[bool] = True
    """Whoever can read the server can read the values: clients warn of it."""

    @property
    def leases(self) -> LeasingStore:
        """The store itself: it gives leases."""
        return self

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent, expired or evicted. Raises StoreUnavailable."""
        value = await self._ask("GET", _value(key))
        return value if isinstance(value, bytes) else None

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long, a year at most; zero or less keeps nothing. Raises StoreUnavailable."""
        milliseconds = _milliseconds(ttl_seconds)
        if milliseconds:
            await self._ask("SET", _value(key), value, "PX", milliseconds)
        else:
            await self.delete(key)

    async def delete(self, key: str) -> None:
        """Forget the key; absent is fine. Raises StoreUnavailable."""
        await self._ask("DEL", _value(key))

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        """The lease, which ends by itself after so long; None while another has it. Raises StoreUnavailable."""
        owner = secrets.token_hex(16)
        names = (_lease(key), _fence(key))
        fence = await self._ask("EVAL", LEASE, 2, *names, owner, max(_milliseconds(seconds), 1), _FENCE_MILLISECONDS)
        return Lease(key, fence, owner) if isinstance(fence, int) else None

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it still is ours. Raises StoreUnavailable."""
        await self._ask("EVAL", RELEASE, 1, _lease(lease.key), lease.owner)

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        """As `put`, unless a later lease of the lease's key was given: then False, and nothing is written."""
        names = (_value(key), _fence(lease.key))
        written = await self._ask("EVAL", PUT_LEASED, 2, *names, lease.fence, value, _milliseconds(ttl_seconds))
        return bool(written)

    @abstractmethod
    async def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - what the server says
        """The server's answer. Raises StoreUnavailable."""


class RedisStore(_Operations):
    """`TokenStore` on an event loop, asyncio or trio, for processes that share one Redis; `blocking()` is for threads.

    Values are kept as they are given, for whoever can read the server: wrap the store in `EncryptedStore`, as a client
    with `redis_url` does by itself. `url` is redis://, rediss:// (TLS, by the system's certificate authorities) or
    unix://. An operation ends within `operation_seconds` (0.05 to 0.25, default 0.2), connecting included, or raises
    StoreUnavailable; after a failure, or two time-outs in a row, Redis is left alone for 0.5 seconds at first, up to
    10. `monotonic` is the clock of those pauses, in seconds. A forked process begins with connections of its own.
    Raises ConfigurationError for a url that is none, ImportError without redis-py.
    """

    def __init__(
        self,
        url: str | Secret,
        *,
        operation_seconds: float = 0.2,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._operation_seconds = _checked(operation_seconds)
        self._pools = _PoolByProcess(parse_address(url), operation_seconds, monotonic)

    def blocking(self) -> "BlockingRedisStore":
        """The same store for threads: it blocks and never suspends."""
        return BlockingRedisStore(self._pools)

    async def aclose(self) -> None:
        """Close the idle connections of this process. Asking again opens new ones."""
        self._pools.here().close()

    async def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - what the server says
        question = _Question(self._pools.here(), command)
        begun_at = time.monotonic()
        await self._put(question)
        late = time.monotonic() - begun_at - self._operation_seconds - _GRACE_SECONDS
        if question.begun_at is None and late > _HELD_UP_SECONDS:
            await self._put(question)  # something else held up the event loop: that was not Redis's time
        # So it was as well where the thread has only just begun. A thread cannot set an event of anyio's.
        while not question.is_answered and question.seconds_ago() < self._operation_seconds + _GRACE_SECONDS:  # noqa: ASYNC110
            await anyio.sleep(_LOOK_SECONDS)
        if question.is_answered:
            return question.answer()
        server = self._pools.address.name
        message = f"{server} did not answer in time, nor did the thread that asks it; this process may be too busy"
        raise StoreUnavailable(message)

    async def _put(self, question: "_Question") -> None:
        question.pool.breaker.check()
        limiter = _limiter()
        with anyio.move_on_after(self._operation_seconds + _GRACE_SECONDS):
            try:
                # A caller that is cancelled does not wait. A lease that it would have had ends by itself.
                await anyio.to_thread.run_sync(question.ask, abandon_on_cancel=True, limiter=limiter)
            except RuntimeError as error:
                message = "redis was not asked, because no thread can be started; check the limits of this process"
                raise StoreUnavailable(message) from error


class _Question:
    """A command for a thread. What came of it is here also where an event loop saw its time pass before it saw that."""

    def __init__(self, pool: "Pool", command: tuple[str | bytes | int, ...]) -> None:
        self.pool = pool
        self.begun_at: float | None = None
        self.is_answered = False
        self._command = command
        self._answer: Any = None
        self._error: StoreUnavailable | None = None

    def ask(self) -> None:
        self.begun_at = time.monotonic()
        try:
            self._answer = self.pool.execute(self._command)
        except StoreUnavailable as error:
            self._error = error
        self.is_answered = True

    def seconds_ago(self) -> float:
        """How long ago the thread has begun; infinite where it has not."""
        return math.inf if self.begun_at is None else time.monotonic() - self.begun_at

    def answer(self) -> Any:  # noqa: ANN401 - what the server says
        """What the server said. Raises StoreUnavailable."""
        error, self._error = self._error, None  # else each would keep the other alive
        if error is not None:
            raise error
        return self._answer


class BlockingRedisStore(_Operations):
    """What `RedisStore.blocking()` gives: the same connections, for coroutines that no event loop runs."""

    def __init__(self, pools: "_PoolByProcess") -> None:
        self._pools = pools

    def blocking(self) -> "BlockingRedisStore":
        """The store itself."""
        return self

    async def aclose(self) -> None:
        """Close the idle connections of this process. Asking again opens new ones."""
        self._pools.here().close()

    async def _ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - what the server says
        return self._pools.here().execute(command)


class _PoolByProcess:
    """A pool for each process: sockets and locks of the one it was forked from are left alone."""

    def __init__(self, address: Address, operation_seconds: float, monotonic: Callable[[], float]) -> None:
        self.address = address
        self._operation_seconds = operation_seconds
        self._monotonic = monotonic
        self._make_pool = _pool_class()
        self._by_process: dict[int, Pool] = {}

    def here(self) -> "Pool":
        process = os.getpid()
        pool = self._by_process.get(process)
        if pool is None:
            made = self._make_pool(self.address, operation_seconds=self._operation_seconds, monotonic=self._monotonic)
            pool = self._by_process.setdefault(process, made)
        return pool


def _pool_class() -> "type[Pool]":
    """Raises ImportError without redis-py: when a store is made, so that the name can be imported by anybody."""
    try:
        import redis  # noqa: F401, PLC0415 # pyright: ignore[reportUnusedImport] - to explain its absence
    except ModuleNotFoundError as error:
        message = 'RedisStore needs redis-py; install it with pip install "azuread-auth[redis]"'
        raise ImportError(message) from error
    from azuread_auth.stores._redis.pool import Pool  # noqa: PLC0415 - not without redis-py

    return Pool


def _limiter() -> anyio.CapacityLimiter:
    """The event loop's own: its other threads may all be busy with what waits for us."""
    limiter = _threads.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_MAX_THREADS)
        _threads.set(limiter)
    return limiter


def _checked(operation_seconds: float) -> float:
    shortest, longest = _OPERATION_SECONDS
    if not isinstance(operation_seconds, int | float) or not shortest <= operation_seconds <= longest:
        raise SettingRefused(_OPERATION, "is out of range; expected seconds from 0.05 to 0.25, usually 0.2")
    return operation_seconds


def _milliseconds(seconds: float) -> int:
    """As Redis counts; 0 for what has no life time, which includes what is not a number."""
    return math.ceil(min(seconds, _MAX_TTL_SECONDS) * 1000) if seconds > 0 else 0


# In braces is what decides the slot: a proxy in front of several servers finds all names of one key on the same one.
def _value(key: str) -> str:
    return f"azuread-auth:{{{key}}}"


def _lease(key: str) -> str:
    return f"azuread-auth:{{{key}}}:lease"


def _fence(key: str) -> str:
    return f"azuread-auth:{{{key}}}:fence"
