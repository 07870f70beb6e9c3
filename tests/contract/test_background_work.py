"""Work that nobody waits for, on asyncio, trio and threads."""

import asyncio
import gc
import logging
import sys
import threading
import time
import warnings

import anyio
import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from tests.conftest import Mode
from tests.contract.conftest import Work


class Background:
    def __init__(self, mode: Mode) -> None:
        self._mode = mode

    async def __call__(self) -> None:
        await self._mode.runtime.sleep(0)


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


def test_R24_closing_stops_what_only_background_work_waited_for(
    event_loop_mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    """R24: the fetch behind a refresh ends before its connections are closed under it, without a word."""
    mode = event_loop_mode
    ended: list[str] = []

    async def fetch() -> None:
        try:
            await mode.runtime.sleep(60)
        finally:
            ended.append("fetch")

    async def body() -> list[str]:
        shared = mode.runtime.share(fetch)
        mode.runtime.start_background(shared.wait, name="refresh")
        await mode.runtime.sleep(0.02)
        await mode.runtime.aclose()
        return list(ended)

    assert mode.run(body) == ["fetch"]
    assert not caplog.records


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take other sizes of stacks for impossible")
def test_R13_no_thread_can_be_started(threads_mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    """R13: where a container's limit of threads is reached the caller goes on, and the log says what was not done."""
    runtime = threads_mode.runtime
    assert isinstance(runtime, BlockingRuntime)
    ordinary = threading.stack_size(1 << 47)  # more than there are addresses
    try:
        runtime.start_background(Background(threads_mode), name="refresh")
    finally:
        threading.stack_size(ordinary)
    assert [record.getMessage() for record in caplog.records] == [
        "background work refresh was not done: no thread can be started"
    ]
    assert not any(runtime._threads.values())
    threads_mode.run(runtime.aclose)


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


def test_threads_in_the_background_are_limited() -> None:
    """Of thousands of tokens that are due at once some are renewed: a container's processes are counted."""
    runtime, go_on = BlockingRuntime(), threading.Event()
    started: list[int] = []

    async def work() -> None:
        started.append(1)
        go_on.wait(10)

    for number in range(100):
        runtime.start_background(work, name=f"renew {number}")
    go_on.set()
    run_blocking(runtime.aclose())
    assert len(started) == 32
    runtime.start_background(work, name="another")
    run_blocking(runtime.aclose())
    assert len(started) == 33
