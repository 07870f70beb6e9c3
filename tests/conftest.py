"""What tests of every kind share: one test body that runs on asyncio, on trio and in threads."""

import gc
import os
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import anyio
import pytest
from hypothesis import settings

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.command_runner import AsyncCommandRunner, BlockingCommandRunner
from azuread_auth._adapters.httpx import AsyncHttpx, BlockingHttpx
from azuread_auth.ports import CommandPort, HttpPort, Runtime
from tests.redis_server import _session_redis, disposable_redis, redis_server  # noqa: F401 - fixtures

T = TypeVar("T")

if "PYTEST_XDIST_WORKER" in os.environ and os.environ.get("COVERAGE") != "1":
    # Measured, a server or a command takes twice as long, and what must be covered completely is so without them.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

# A busy machine is slow now and then, which says nothing about what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "untimed")


TRUSTING_NOBODY = {"SSL_CERT_DIR": os.devnull}
"""The environment of clients that speak plain HTTP."""
PLAIN_HTTP = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The `verify` of httpx2 for the same."""


def pytest_collection_finish() -> None:
    """Leave the collected tests, which stay to the end, out of each search for garbage among what a test has made."""
    gc.freeze()


class Clock:
    """The time of day and the monotonic clock, which run on by themselves and can be moved."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0
        self._set_seconds = 0.0

    def now(self) -> float:
        """Seconds since the epoch, by the wall clock."""
        return time.time() + self._ahead_seconds + self._set_seconds

    def monotonic(self) -> float:
        """Seconds, by the clock that never goes back."""
        return time.monotonic() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let so much time pass, by both clocks."""
        self._ahead_seconds += seconds

    def set_wall_clock(self, by_seconds: float) -> None:
        """Correct the wall clock by so much, as NTP does; the monotonic clock does not notice."""
        self._set_seconds += by_seconds


class Mode(ABC):
    """How a test body runs: on asyncio, on trio, or without an event loop in threads.

    Write the body once as a coroutine function over ports and run it with the fixture `mode`, which makes three tests:

        def test_two_callers_share_one_fetch(mode: Mode) -> None:
            flight = SingleFlight(mode.runtime)

            async def body() -> list[str]:
                return await mode.gather(lambda: flight.run("key", fetch), lambda: flight.run("key", fetch))

            assert mode.run(body) == ["keys", "keys"]

    `run` opens an event loop of its own each time (in threads: steps the coroutine in this thread), so calling it twice
    is two event loops. In the body await ports only, as the core does: `mode.runtime.sleep`, not `anyio.sleep`.
    `runtime` goes by `clock`, which runs by itself and can be advanced. What `http()` makes is closed after the test.
    """

    name: str
    runtime: Runtime

    def __init__(self) -> None:
        self.clock = Clock()
        self._expected = 0
        self._begun: list[int] = []

    async def wait_for_all(self, seconds: float) -> None:
        """Wait until each body of the present `settle` has begun, however busy the machine is, and so much longer."""
        deadline = time.monotonic() + 30
        while len(self._begun) < self._expected and time.monotonic() < deadline:
            await self.runtime.sleep(0.01)
        await self.runtime.sleep(seconds)

    @abstractmethod
    def run(self, body: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the body to its end; gives what it returns, raises what it raises."""

    @abstractmethod
    async def settle(self, *bodies: Callable[[], Awaitable[T]]) -> "list[T | Exception]":
        """Run the bodies at the same time, as tasks or threads; gives the results and errors in their order."""

    async def gather(self, *bodies: Callable[[], Awaitable[T]]) -> list[T]:
        """As `settle`, but raises the first error when all have ended."""
        results: list[T] = []
        for outcome in await self.settle(*bodies):
            if isinstance(outcome, Exception):
                raise outcome
            results.append(outcome)
        return results

    @abstractmethod
    def http(self, **options: Any) -> HttpPort:
        """A real HTTP adapter; the options are those of AsyncHttpx. The environment's proxies count only if passed.

        Unless `environ` or `ca_bundle` is passed, no certificate authority is trusted: most tests speak plain HTTP, and
        to load the system's takes longer than all that they do.
        """

    @abstractmethod
    def commands(self, **options: Any) -> CommandPort:
        """A real command runner; the options are those of AsyncCommandRunner."""

    @abstractmethod
    def close(self) -> None:
        """Close what the test has opened."""


class EventLoopMode(Mode):
    """On an event loop of asyncio or trio."""

    def __init__(self, backend: str) -> None:
        super().__init__()
        self.name = backend
        self.runtime = AsyncRuntime(now=self.clock.now, monotonic=self.clock.monotonic)

    def run(self, body: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return anyio.run(body, backend=self.name)

    async def settle(self, *bodies: Callable[[], Awaitable[T]]) -> "list[T | Exception]":
        outcomes: dict[int, T | Exception] = {}
        self._expected, self._begun = len(bodies), []

        async def settle_one(index: int, body: Callable[[], Awaitable[T]]) -> None:
            self._begun.append(index)
            try:
                outcomes[index] = await body()
            except Exception as error:  # noqa: BLE001 - an outcome like any other
                outcomes[index] = error

        async with anyio.create_task_group() as tasks:
            for index, body in enumerate(bodies):
                tasks.start_soon(settle_one, index, body)
        return [outcomes[index] for index in range(len(bodies))]

    def http(self, **options: Any) -> HttpPort:
        options.setdefault("environ", TRUSTING_NOBODY)
        return AsyncHttpx(self.runtime, **options)

    def commands(self, **options: Any) -> CommandPort:
        return AsyncCommandRunner(**options)

    def close(self) -> None:
        """Nothing: connections are closed with their event loop."""


class ThreadsMode(Mode):
    """Without an event loop: coroutines that never suspend, stepped by threads."""

    name = "threads"

    def __init__(self) -> None:
        super().__init__()
        self._opened: list[BlockingHttpx] = []
        self.runtime = BlockingRuntime(now=self.clock.now, monotonic=self.clock.monotonic)

    def run(self, body: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return run_blocking(body())

    async def settle(self, *bodies: Callable[[], Awaitable[T]]) -> "list[T | Exception]":
        outcomes: dict[int, T | Exception] = {}
        self._expected, self._begun = len(bodies), []

        async def awaited(body: Callable[[], Awaitable[T]]) -> T:
            return await body()

        def settle_one(index: int, body: Callable[[], Awaitable[T]]) -> None:
            self._begun.append(index)
            try:
                outcomes[index] = run_blocking(awaited(body))
            except Exception as error:  # noqa: BLE001 - an outcome like any other
                outcomes[index] = error

        threads = [threading.Thread(target=settle_one, args=each, daemon=True) for each in enumerate(bodies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [outcomes[index] for index in range(len(bodies))]

    def http(self, **options: Any) -> HttpPort:
        options.setdefault("environ", TRUSTING_NOBODY)
        http = BlockingHttpx(self.runtime, **options)
        self._opened.append(http)
        return http

    def commands(self, **options: Any) -> CommandPort:
        return BlockingCommandRunner(**options)

    def close(self) -> None:
        for http in self._opened:
            self.run(http.aclose)


def make_mode(name: str) -> Mode:
    """The mode called "asyncio", "trio" or "threads"."""
    return ThreadsMode() if name == "threads" else EventLoopMode(name)


@pytest.fixture(params=["asyncio", "trio", "threads"])
def mode(request: pytest.FixtureRequest) -> Iterator[Mode]:
    """One test body on asyncio, trio and threads: see `Mode`."""
    made = make_mode(request.param)
    yield made
    made.close()


@pytest.fixture(params=["asyncio", "trio"])
def event_loop_mode(request: pytest.FixtureRequest) -> Mode:
    """As `mode`, for what exists on event loops alone: cancellation, several loops."""
    return make_mode(request.param)


@pytest.fixture
def threads_mode() -> Iterator[Mode]:
    """As `mode`, for what exists in threads alone: stepping, forks."""
    made = ThreadsMode()
    yield made
    made.close()


@pytest.fixture
def run_forked() -> Callable[[Callable[[], bytes]], bytes]:
    """Runs a function in a forked child, as in a prefork server's worker, and gives the bytes it returns."""

    def run(work: Callable[[], bytes]) -> bytes:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - the child's lines are not counted when it ends like this
            try:
                os.write(writer, work())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            output = pipe.read()
        os.waitpid(child, 0)
        return output

    return run
