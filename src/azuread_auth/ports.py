"""Everything the core calls out through. Adapters implement these; tests pass in their own."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from azuread_auth._protocol.http import HttpRequest, HttpResponse

__all__ = [
    "CommandPort",
    "CommandResult",
    "Event",
    "HttpPort",
    "HttpRequest",
    "HttpResponse",
    "HttpTracer",
    "InProcessTransport",
    "Lease",
    "LeasingStore",
    "Observer",
    "Runtime",
    "SharedWork",
    "TokenStore",
    "TransportAnswer",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class HttpPort(Protocol):
    """Sends one request. Time-out, size cap and proxies are its business; redirects are never followed."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status.

        Raises ProviderUnavailable when there is none within the time-out, or when it is larger than allowed.
        """
        ...

    async def aclose(self) -> None:
        """Close what belongs to the current event loop or process. Sending again afterwards opens anew."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportAnswer:
    """What a server in this process answers, and after how many seconds; no response is a refused connection."""

    response: HttpResponse | None
    delay_seconds: float = 0.0


class InProcessTransport(Protocol):
    """A server in this process, such as the simulated tenant: it stands in for the network."""

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The answer to one request. It must be quick and must not wait: a delay is told, not taken."""
        ...


class SharedWork(Protocol[T_co]):
    """A piece of work that runs once, for everybody who waits for it."""

    async def wait(self) -> T_co:
        """The result, or the error, of the one run. Cancelling a waiter does not cancel the work."""
        ...


class Runtime(Protocol):
    """Time, chance and concurrency."""

    def now(self) -> float:
        """Seconds since the epoch by the wall clock, which may be set back."""
        ...

    def monotonic(self) -> float:
        """Seconds by a clock that never goes back, for intervals."""
        ...

    def random(self) -> float:
        """An unpredictable number from 0 up to, not including, 1, for jitter; not shared after a fork."""
        ...

    def random_bytes(self, count: int, /) -> bytes:
        """So many unpredictable bytes, fit for secrets."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        ...

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, which is cancelled after so long: then TimeoutError is raised.

        A thread cannot be cancelled: without an event loop the time is as long as `work` takes.
        """
        ...

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of a function that blocks or computes for long, without holding up an event loop."""
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """A lock for `async with`, of one caller at a time in each home; may be used again and again."""
        ...

    def home(self) -> Hashable:
        """What sockets, locks and waiters made now belong to: the running event loop, or the process."""
        ...

    def share(self, work: Callable[[], Awaitable[T]]) -> SharedWork[T]:
        """Run `work` once for all who wait for it in the current home."""
        ...

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Run `work` without anybody waiting. It must handle its own errors.

        It may be left undone while very much is under way: who needs it begins it again later.
        """
        ...

    async def aclose(self) -> None:
        """Stop background work of the current home."""
        ...


class TokenStore(Protocol):
    """Keeps opaque bytes under a key for a while."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent, expired or evicted. Raises StoreUnavailable."""
        ...

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most. Raises StoreUnavailable."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the key; absent is fine. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a finished command printed and returned."""

    exit_code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to renew what a key stands for, given to one process at a time."""

    key: str
    fence: int
    """Greater with each lease of the key: what a later holder wrote is not overwritten by an earlier one."""
    owner: str
    """Names this lease among all; releasing it touches no other."""


class LeasingStore(TokenStore, Protocol):
    """A store that several processes share, and that lets them agree on which of them renews a value.

    A store offers this in an attribute `leases`: itself, or None where what it wraps cannot.
    """

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        """The lease, which ends by itself after so long; None while another process has it. Raises StoreUnavailable."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it still is ours. Raises StoreUnavailable."""
        ...

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        """As `put`, unless a later lease of the lease's key was given: then False, and nothing is written."""
        ...


class CommandPort(Protocol):
    """Runs a local command, such as the Azure CLI."""

    async def run(
        self, arguments: Sequence[str], *, timeout_seconds: float, environ: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Run the program without a shell and with no standard input; `environ` is added to the process's own.

        Raises CredentialUnavailable when the program is absent or does not end in time; it is killed then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth an operator's notice: a stable name, a severity of `logging`, and fields that are safe to log."""

    name: str
    level: int
    message: str
    fields: Mapping[str, str | int | float]


class Observer(Protocol):
    """Is told what happens, for logs and metrics. It must be quick and must not raise."""

    def record(self, event: Event) -> None:
        """Take note of one event."""
        ...


@runtime_checkable
class HttpTracer(Protocol):
    """An observer that also wants to see each HTTP exchange, for spans and durations."""

    def traced(self, http: HttpPort) -> HttpPort:
        """The same port, observed."""
        ...
