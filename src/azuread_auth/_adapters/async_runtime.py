"""Time, chance and concurrency on an event loop: asyncio or trio."""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from random import SystemRandom
from typing import Final, Generic, TypeVar

import anyio

from azuread_auth._adapters.background import run_unwatched
from azuread_auth._adapters.homes import forget_closed
from azuread_auth._adapters.loading import loading
from azuread_auth._adapters.tasks import current_loop, start_task
from azuread_auth._protocol.shared_error import SharedError
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import SharedWork

__all__ = ["AsyncRuntime"]

T = TypeVar("T")

_MAX_THREADS: Final = 40
_MAX_BACKGROUND: Final = 1_000
_logger: Final = logging.getLogger("azuread_auth")


class AsyncRuntime:
    """`Runtime` on the event loop of the caller; several loops, one after the other or in threads, are fine.

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
        self._tasks: dict[Hashable, set[_Task]] = {}
        self._background: dict[Hashable, set[_Task]] = {}
        """Those of the tasks that nobody waits for."""
        self._thread_limits: dict[Hashable, anyio.CapacityLimiter] = {}

    async def sleep(self, seconds: float) -> None:
        """Wait so long."""
        await anyio.sleep(seconds)

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`. Raises TimeoutError when it takes longer, and cancels it."""
        with loading():  # anyio imports what it has for this kind of event loop when it is first used
            limit = anyio.move_on_after(seconds)
        with limit:
            return await work()
        message = f"there was no answer within {seconds:g} s"
        raise TimeoutError(message)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of `work`, from a worker thread; a caller that is cancelled does not wait for it.

        The threads are limited apart from the application's: credentials that hang leave its own untouched.
        """
        import anyio.to_thread  # noqa: PLC0415 - seldom needed, and not by validation

        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._thread_limit())

    def lock(self) -> AbstractAsyncContextManager[None]:
        """A lock with one holder on each event loop."""
        return _LoopLock()

    def home(self) -> Hashable:
        """The running event loop. Raises RuntimeError when there is none."""
        return current_loop()

    def share(self, work: Callable[[], Awaitable[T]]) -> SharedWork[T]:
        """Run `work` in a task of its own as soon as somebody waits for it."""
        return _SharedTask(work, self._start)

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Run `work` in a task of its own, which ends with the event loop or with `aclose`, whichever is first.

        It is not done while very much of it is under way, such as thousands of tokens that are due at the same time.
        """
        background = self._of_home(self._background)
        if len(background) >= _MAX_BACKGROUND:
            _logger.debug("background work %s was not done: %d tasks are at work", name, len(background))
            return

        async def run() -> None:
            await run_unwatched(work, name=name)

        task = _Task(run)
        background.add(task)
        self._start(task)

    async def aclose(self) -> None:
        """Cancel the background work of the running event loop, and what only it waited for; wait until all ended."""
        while unwatched := [task for task in self._tasks.get(self.home(), ()) if not task.waiters]:
            for task in unwatched:
                task.cancel()
            for task in unwatched:
                await task.ended.wait()

    def _thread_limit(self) -> anyio.CapacityLimiter:
        home = self.home()
        limit = self._thread_limits.get(home)
        if limit is None:
            forget_closed(self._thread_limits)
            limit = self._thread_limits.setdefault(home, anyio.CapacityLimiter(_MAX_THREADS))
        return limit

    def _start(self, task: "_Task") -> None:
        home = self.home()
        self._of_home(self._tasks).add(task)

        def on_end() -> None:
            for kept in (self._tasks, self._background):
                tasks = kept.get(home, set())
                tasks.discard(task)
                if not tasks:
                    kept.pop(home, None)
            task.ended.set()

        task.cancel = start_task(task.work, on_end=on_end)

    def _of_home(self, kept: "dict[Hashable, set[_Task]]") -> "set[_Task]":
        home = self.home()
        if home not in kept:
            forget_closed(kept)
        return kept.setdefault(home, set())


class _LoopLock(AbstractAsyncContextManager[None]):
    """anyio's lock, one for each event loop that comes along."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, anyio.Lock] = {}

    async def __aenter__(self) -> None:
        home = current_loop()
        lock = self._locks.get(home)
        if lock is None:
            forget_closed(self._locks)
            with loading():  # anyio imports what it has for this kind of event loop when it is first used
                lock = self._locks.setdefault(home, anyio.Lock())
        await lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._locks[current_loop()].release()


class _Task:
    """A task under way, how many wait for it, and how it is cancelled once it has been started."""

    cancel: Callable[[], object]

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self.work = work
        self.waiters = 0
        with loading():  # anyio imports what it has for this kind of event loop when it is first used
            self.ended = anyio.Event()


class _SharedTask(Generic[T]):
    """`SharedWork` in a task of its own, which no waiter's cancellation reaches."""

    _result: T

    def __init__(self, work: Callable[[], Awaitable[T]], start: Callable[[_Task], None]) -> None:
        self._work = work
        self._start = start
        self._task: _Task | None = None
        self._has_result = False
        self._error: SharedError | None = None

    async def wait(self) -> T:
        if self._task is None:
            self._task = _Task(self._run)
            self._start(self._task)
        self._task.waiters += 1
        try:
            await self._task.ended.wait()
        finally:
            self._task.waiters -= 1
        if self._has_result:
            return self._result
        if self._error is None:
            message = "the work was cancelled with its event loop before it had a result; ask again"
            raise ProviderUnavailable(message)
        raise self._error.own()

    async def _run(self) -> None:
        try:
            self._result = await self._work()
            self._has_result = True
        except Exception as error:  # noqa: BLE001 - told to every waiter
            self._error = SharedError(error)
