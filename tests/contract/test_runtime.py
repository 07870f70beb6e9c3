"""What every Runtime does, on asyncio, trio and threads."""

import asyncio
import gc
import logging
import os
import threading
import time
import traceback
import warnings
from collections.abc import Callable

import anyio
import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.tasks import is_loop_running
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode


def test_clocks_are_those_of_the_machine(mode: Mode) -> None:
    """`now` is the time of day; `monotonic` measures intervals."""

    async def body() -> float:
        began = mode.runtime.monotonic()
        await mode.runtime.sleep(0.05)
        return mode.runtime.monotonic() - began

    assert abs(mode.runtime.now() - time.time()) < 1
    assert 0.04 < mode.run(body) < 1


def test_R22_clocks_can_be_passed_in(mode: Mode) -> None:
    """R22: time is data: a wall clock that is set back leaves intervals alone."""
    now, monotonic = mode.runtime.now(), mode.runtime.monotonic()
    mode.clock.advance(3600)
    mode.clock.set_wall_clock(by_seconds=-7200)
    assert mode.runtime.now() == pytest.approx(now - 3600, abs=1)
    assert mode.runtime.monotonic() == pytest.approx(monotonic + 3600, abs=1)


def test_random_numbers_are_jitter(mode: Mode) -> None:
    """Numbers lie in [0, 1) and differ."""
    numbers = {mode.runtime.random() for _ in range(100)}
    assert len(numbers) == 100
    assert all(0 <= number < 1 for number in numbers)


def test_R14_random_numbers_are_not_shared_after_a_fork(threads_mode: Mode, run_forked: Callable[..., bytes]) -> None:
    """R14: two children do not draw the same numbers."""
    threads_mode.runtime.random()
    drawn = {run_forked(lambda: str(threads_mode.runtime.random()).encode()) for _ in range(3)}
    assert len(drawn) == 3


def test_home_is_the_same_within_and_another_elsewhere(event_loop_mode: Mode) -> None:
    """R12: each event loop is a home of its own, whichever task asks."""

    async def home() -> object:
        return event_loop_mode.runtime.home()

    async def body() -> list[object]:
        return await event_loop_mode.gather(home, home)

    first, second = event_loop_mode.run(body), event_loop_mode.run(body)
    assert first[0] is first[1]
    assert first[0] is not second[0]


def test_no_event_loop_is_an_error() -> None:
    """The asynchronous runtime outside an event loop says so at once."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        AsyncRuntime().home()


def test_R14_home_of_threads_is_the_process(threads_mode: Mode, run_forked: Callable[..., bytes]) -> None:
    """R14: threads share a home; a forked child has another."""

    async def home() -> object:
        return threads_mode.runtime.home()

    assert threads_mode.run(lambda: threads_mode.gather(home, home)) == [os.getpid()] * 2
    assert run_forked(lambda: str(threads_mode.runtime.home()).encode()) != str(os.getpid()).encode()


class Work:
    """Counts its runs; ends as told after a while."""

    def __init__(self, mode: Mode, error: BaseException | None = None) -> None:
        self._mode = mode
        self._error = error
        self.runs = 0

    async def __call__(self) -> str:
        self.runs += 1
        await self._mode.runtime.sleep(0.1)
        if self._error is not None:
            raise self._error
        return "done"


def test_R09_shared_work_runs_once(mode: Mode) -> None:
    """R09, R13: whoever waits, before or after the end, gets the result of one run."""
    work = Work(mode)
    shared = mode.runtime.share(work)

    async def body() -> list[str]:
        return [*await mode.gather(*[shared.wait] * 50), await shared.wait()]

    assert mode.run(body) == ["done"] * 51
    assert work.runs == 1


def test_shared_work_does_not_begin_unasked(mode: Mode) -> None:
    """Work that nobody waits for is not done."""
    work = Work(mode)

    async def body() -> None:
        mode.runtime.share(work)
        await mode.runtime.sleep(0.01)

    mode.run(body)
    assert work.runs == 0


def test_R11_error_is_told_to_all_who_wait(mode: Mode) -> None:
    """R11: everybody gets the one error, with a traceback that does not grow with the number of waiters."""
    error = ProviderUnavailable("the provider is down")
    work = Work(mode, error)
    shared = mode.runtime.share(work)
    depths: list[int] = []

    async def wait() -> None:
        try:
            await shared.wait()
        except ProviderUnavailable as caught:
            frames = traceback.extract_tb(caught.__traceback__)
            depths.append(len(frames) if caught is error and frames[-1].name == "__call__" else 1000)

    async def body() -> None:
        await mode.gather(*[wait] * 50)
        for _ in range(1000):
            await wait()

    mode.run(body)
    assert (work.runs, len(depths)) == (1, 1050)
    assert max(depths) < 10


def test_R10_cancelled_waiter_leaves_the_work_running(event_loop_mode: Mode) -> None:
    """R10: the first to ask, who started the work, and later ones may give up: the others get the result."""
    mode = event_loop_mode
    work = Work(mode)
    shared = mode.runtime.share(work)
    results: list[str] = []

    async def give_up() -> None:
        with anyio.move_on_after(0.02):
            results.append(await shared.wait())

    async def persist() -> None:
        results.append(await shared.wait())

    mode.run(lambda: mode.settle(give_up, give_up, persist, persist))
    assert (results, work.runs) == (["done"] * 2, 1)


def test_R10_work_whose_waiters_all_gave_up_ends(event_loop_mode: Mode) -> None:
    """R10: with nobody left the work still ends, and its result is there for who comes later."""
    mode = event_loop_mode
    work = Work(mode)
    shared = mode.runtime.share(work)

    async def body() -> str:
        with anyio.move_on_after(0.02):
            await shared.wait()
        gc.collect()
        await mode.runtime.sleep(0.2)
        with anyio.fail_after(0.05):
            return await shared.wait()

    assert mode.run(body) == "done"
    assert work.runs == 1


def test_R10_native_cancellation_leaves_the_work_running() -> None:
    """R10: asyncio's own cancellation of the first waiter does not reach the others."""

    async def body() -> str:
        runtime = AsyncRuntime()

        async def work() -> str:
            await asyncio.sleep(0.05)
            return "done"

        shared = runtime.share(work)
        first, second = (asyncio.ensure_future(shared.wait()) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(body()) == "done"


@pytest.mark.parametrize("has_begun", [False, True])
def test_R10_work_cancelled_from_outside_is_told(has_begun: bool) -> None:
    """R10: a framework that cancels every task it can find leaves no waiter hanging."""

    async def body() -> None:
        runtime = AsyncRuntime()

        async def work() -> None:
            await asyncio.sleep(10)

        shared = runtime.share(work)
        waiter = asyncio.ensure_future(shared.wait())
        await asyncio.sleep(0)
        if has_begun:
            await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {waiter, asyncio.current_task()}:
            task.cancel()
        with pytest.raises(ProviderUnavailable, match="cancelled with its event loop"):
            await waiter

    asyncio.run(body())


def test_R24_event_loop_may_end_with_work_under_way(event_loop_mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    """R24: shared and background work of a loop that ends is cancelled without a word."""
    mode = event_loop_mode
    ended: list[str] = []

    async def work() -> None:
        try:
            await mode.runtime.sleep(60)
        finally:
            ended.append("work")

    async def body() -> None:
        mode.runtime.start_background(work, name="refresh")
        with anyio.move_on_after(0.02):
            await mode.runtime.share(work).wait()

    mode.run(body)
    gc.collect()
    assert ended == ["work", "work"]
    assert not caplog.records


def test_R24_event_loop_closed_by_hand_with_work_under_way(caplog: pytest.LogCaptureFixture) -> None:
    """R24: a loop that is closed without ending its tasks gets no complaint about ours, and they are forgotten."""
    runtime = AsyncRuntime()

    async def work() -> None:
        await asyncio.sleep(60)

    async def begin() -> None:
        runtime.start_background(work, name="refresh")
        with anyio.move_on_after(0.01):
            await runtime.share(work).wait()

    def run_and_close() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin())
        loop.close()

    for _ in range(3):
        run_and_close()
        assert len(runtime._tasks) == 1
    asyncio.run(begin())
    gc.collect()
    assert not runtime._tasks
    assert not caplog.records


def test_background_work_runs_without_being_waited_for(mode: Mode) -> None:
    """Starting it takes no time; it ends by itself."""
    work = Work(mode)
    ended = threading.Event()

    async def background() -> None:
        await work()
        ended.set()

    async def body() -> bool:
        mode.runtime.start_background(background, name="refresh")
        was_ended = ended.is_set()
        gc.collect()
        await mode.runtime.sleep(0.3)
        return was_ended

    assert mode.run(body) is False
    assert ended.is_set()


def test_failed_background_work_is_logged_by_type(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    """An error nobody handles ends neither the event loop nor the thread, and its text stays out of the log."""

    async def background() -> None:
        await mode.runtime.sleep(0)
        raise ValueError("secret")  # noqa: EM101

    async def body() -> None:
        mode.runtime.start_background(background, name="refresh")
        await mode.runtime.sleep(0.1)

    with caplog.at_level(logging.ERROR):
        mode.run(body)
    assert [record.getMessage() for record in caplog.records] == ["background work refresh failed with ValueError"]
    assert not caplog.records[0].exc_info


def test_R24_closing_stops_background_work(event_loop_mode: Mode) -> None:
    """R24: closing cancels and waits; shared work, for which callers wait, goes on; closing twice is fine."""
    mode = event_loop_mode
    ended: list[str] = []
    shared_work = Work(mode)

    async def background() -> None:
        try:
            await mode.runtime.sleep(60)
        finally:
            ended.append("background")

    async def body() -> list[object]:
        mode.runtime.start_background(background, name="refresh")
        shared = mode.runtime.share(shared_work)

        async def close() -> list[str]:
            await mode.runtime.sleep(0.01)
            await mode.runtime.aclose()
            await mode.runtime.aclose()
            return list(ended)

        return await mode.gather(shared.wait, close)

    assert mode.run(body) == ["done", ["background"]]


def test_R24_closing_waits_for_threads_for_a_while(threads_mode: Mode) -> None:
    """R24: a thread cannot be cancelled: closing waits for it, a second at the most, from within such a thread not."""
    mode = threads_mode
    release = threading.Event()
    closed_from_within: list[bool] = []

    async def short() -> None:
        await mode.runtime.sleep(0.05)
        await mode.runtime.aclose()
        closed_from_within.append(True)

    async def endless() -> None:
        release.wait(10)

    async def close() -> float:
        began = time.monotonic()
        await mode.runtime.aclose()
        return time.monotonic() - began

    mode.runtime.start_background(short, name="short")
    assert mode.run(close) < 0.5
    assert closed_from_within == [True]
    mode.runtime.start_background(endless, name="endless")
    assert 0.9 < mode.run(close) < 2
    release.set()
    assert mode.run(close) < 0.5


def test_R13_background_threads_are_daemons(threads_mode: Mode) -> None:
    """R13: a refresh under way does not keep the interpreter from ending, and says what it is."""
    seen: list[threading.Thread] = []

    async def background() -> None:
        seen.append(threading.current_thread())

    threads_mode.runtime.start_background(background, name="refresh")
    threads_mode.run(threads_mode.runtime.aclose)
    assert (seen[0].daemon, seen[0].name) == (True, "azuread-auth refresh")


class Interruption(BaseException):
    """As KeyboardInterrupt, which pytest takes for itself."""


def test_R13_interrupted_leader_is_told(threads_mode: Mode) -> None:
    """R13: a thread that is interrupted while it works for others leaves nobody hanging."""
    mode = threads_mode
    shared = mode.runtime.share(Work(mode, Interruption()))
    leader_ended: list[str] = []

    async def lead() -> None:
        try:
            await shared.wait()
        except Interruption:
            leader_ended.append("interrupted")

    async def follow() -> None:
        await mode.runtime.sleep(0.02)
        await shared.wait()

    outcomes = mode.run(lambda: mode.settle(lead, follow, follow))
    assert leader_ended == ["interrupted"]
    assert [type(outcome) for outcome in outcomes] == [type(None), ProviderUnavailable, ProviderUnavailable]


def test_R12_runtime_serves_several_event_loops(event_loop_mode: Mode) -> None:
    """R12: work is shared and background work is kept per loop; nothing stays behind."""
    mode = event_loop_mode
    work = Work(mode)

    async def body() -> str:
        mode.runtime.start_background(Background(mode), name="refresh")
        return await mode.runtime.share(work).wait()

    with warnings.catch_warnings():
        assert [mode.run(body) for _ in range(3)] == ["done"] * 3
    assert work.runs == 3
    assert isinstance(mode.runtime, AsyncRuntime)
    assert not mode.runtime._tasks


class Background:
    def __init__(self, mode: Mode) -> None:
        self._mode = mode

    async def __call__(self) -> None:
        await self._mode.runtime.sleep(0)


def test_running_event_loop_is_noticed(mode: Mode) -> None:
    """Whether this thread runs an event loop can be asked without running one."""

    async def body() -> bool:
        return is_loop_running()

    assert mode.run(body) == (mode.name != "threads")
