"""Time, chance and concurrency without an event loop: coroutines that never suspend, stepped by threads."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from random import SystemRandom
from typing import Any, Generic, TypeVar

from azuread_auth._adapters.background import run_unwatched
from azuread_auth._protocol.shared_error import SharedError
from azuread_auth.errors import ProviderUnavailable, SuspendedError
from azuread_auth.ports import SharedWork

__all__ = ["BlockingRuntime", "run_blocking"]

T = TypeVar("T")

_CLOSE_SECONDS = 1.0
_MAX_THREADS = 32
_logger = logging.getLogger("azuread_auth")


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine whose every await is answered at once; works inside a running event loop too.

    Raises SuspendedError when it waits for an event loop; it is closed then.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    # What its clean-up raises would hide the reason.
    with contextlib.suppress(Exception):
        coroutine.close()
    message = (
        "a blocking client was given something that waits for an event loop, such as an asynchronous store, "
        "credential or callable; give it one that never suspends, or use AsyncAzureAdClient"
    )
    raise SuspendedError(message)


class BlockingRuntime:
    """`Runtime` for threads, prefork workers and gevent. Nothing is shared with a process it was forked from.

    `now` and `monotonic` are the clocks, in seconds; tests pass their own.
    """

    def __init__(
        self, *, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        # Attributes in place of methods: the hot path asks for the time, and a second call costs as much again.
        self.now = now
        self.monotonic = monotonic
        # The system's source keeps no state in this process that a fork could double.
        self.random = SystemRandom().random
        self.random_bytes = os.urandom
        self._threads: dict[int, set[threading.Thread]] = {}

    async def sleep(self, seconds: float) -> None:
        """Block this thread so long."""
        time.sleep(seconds)  # noqa: ASYNC251 - no event loop steps this coroutine

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:  # noqa: ARG002
        """The result of `work`, however long it takes: a thread cannot be cancelled, its own time limits end it."""
        return await work()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of `work`, in this thread, which is free to block."""
        return work()

    def lock(self) -> contextlib.AbstractAsyncContextManager[None]:
        """A lock with one holder in each process."""
        return _ProcessLock()

    def home(self) -> Hashable:
        """The process."""
        return os.getpid()

    def share(self, work: Callable[[], Awaitable[T]]) -> SharedWork[T]:
        """Run `work` in the thread that first waits for it; other threads wait for that one."""
        return _SharedRun(work)

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Run `work` in a daemon thread, which does not keep the interpreter from ending.

        Where no thread can be had, `work` is not done and a warning is logged: who asked for it goes on. It is not
        done either while very much of it is under way, such as thousands of tokens that are due at the same time.
        """
        threads = self._threads.setdefault(os.getpid(), set())
        if len(threads) >= _MAX_THREADS:
            _logger.debug("background work %s was not done: %d threads are at work", name, len(threads))
            return

        def run() -> None:
            try:
                run_blocking(run_unwatched(work, name=name))
            finally:
                threads.discard(thread)

        thread = threading.Thread(target=run, name=f"azuread-auth {name}", daemon=True)
        threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # the limit of a container is reached, or the interpreter is ending
            threads.discard(thread)
            _logger.warning("background work %s was not done: no thread can be started", name)

    async def aclose(self) -> None:
        """Wait a second at most for background work: a thread cannot be cancelled, its own time limits end it."""
        deadline = time.monotonic() + _CLOSE_SECONDS
        for thread in list(self._threads.get(os.getpid(), ())):
            # One that another caller is about to start cannot be joined yet.
            if thread is not threading.current_thread() and thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))


class _ProcessLock(contextlib.AbstractAsyncContextManager[None]):
    """A lock of threads; one that was held when the process was forked is not the child's."""

    def __init__(self) -> None:
        self._locks: dict[int, threading.Lock] = {}

    async def __aenter__(self) -> None:
        process = os.getpid()
        lock = self._locks.get(process) or self._locks.setdefault(process, threading.Lock())
        lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._locks[os.getpid()].release()


class _SharedRun(Generic[T]):
    """`SharedWork` done by whichever thread is the first to wait."""

    _result: T

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        # Never released: who gets it is the one that works.
        self._leadership = threading.Lock()
        self._ended = threading.Event()
        self._error: SharedError | None = None

    async def wait(self) -> T:
        if self._leadership.acquire(blocking=False):
            self._run()
        self._ended.wait()
        if self._error is not None:
            raise self._error.own()
        return self._result

    def _run(self) -> None:
        try:
            self._result = run_blocking(self._awaited())
        except Exception as error:  # noqa: BLE001 - told to every waiter, the leader too
            self._error = SharedError(error)
        except BaseException:
            message = "the thread that did the work for others was interrupted before it had a result; ask again"
            self._error = SharedError(ProviderUnavailable(message))
            raise
        finally:
            self._ended.set()

    async def _awaited(self) -> T:
        return await self._work()
