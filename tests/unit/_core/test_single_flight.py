"""One run for all who ask at the same time, on asyncio, trio and threads."""

import asyncio
import gc
from collections.abc import Callable

import anyio
import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._core.single_flight import SingleFlight
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode


class Fetch:
    """Counts its runs; takes a while; fails as often as told."""

    def __init__(self, mode: Mode, failures: int = 0) -> None:
        self._mode = mode
        self._failures = failures
        self.runs = 0

    async def __call__(self) -> int:
        self.runs += 1
        run = self.runs
        await self._mode.wait_for_all(0.2)
        if run <= self._failures:
            message = f"run {run} failed"
            raise ProviderUnavailable(message)
        return run


def test_R09_stampede_is_one_run(mode: Mode) -> None:
    """R09, R13: however many ask at the same time, the work is done once and all get its result."""
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)
    assert mode.run(lambda: mode.gather(*[lambda: flight.run("keys", fetch)] * 64)) == [1] * 64
    assert not flight._running


def test_keys_are_apart(mode: Mode) -> None:
    """Work under another key is other work."""
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)
    bodies = [lambda key=key: flight.run(key, fetch) for key in ("a", "b", "a", "b")]
    results = mode.run(lambda: mode.gather(*bodies))
    assert sorted(results) == [1, 1, 2, 2]


def test_next_call_runs_anew(mode: Mode) -> None:
    """A result is not kept: that is a cache's business."""
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)

    async def body() -> list[int]:
        return [await flight.run("keys", fetch) for _ in range(3)]

    assert mode.run(body) == [1, 2, 3]


def test_R11_failure_is_told_once(mode: Mode) -> None:
    """R11: all who waited for a failed run get its error; who asks next gets a new run, not the old error."""
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode, failures=1)

    async def body() -> tuple[list[str], int]:
        outcomes = await mode.settle(*[lambda: flight.run("keys", fetch)] * 20)
        return [str(outcome) for outcome in outcomes], await flight.run("keys", fetch)

    errors, result = mode.run(body)
    assert (set(errors), len(errors), result) == ({"run 1 failed"}, 20, 2)
    assert not flight._running


def test_R10_cancelled_callers_do_not_cancel_the_run(event_loop_mode: Mode) -> None:
    """R10: the caller who began may give up; the others get the result and nothing is held for ever."""
    mode = event_loop_mode
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)
    results: list[int] = []

    async def give_up() -> None:
        with anyio.move_on_after(0.02):
            await flight.run("keys", fetch)

    async def persist() -> None:
        results.append(await flight.run("keys", fetch))

    mode.run(lambda: mode.gather(give_up, persist, persist))
    assert (results, fetch.runs) == ([1, 1], 1)
    assert not flight._running


def test_R10_run_without_callers_ends_and_is_forgotten(event_loop_mode: Mode) -> None:
    """R10: a run that nobody waits for any more ends; the next to ask begins a new one."""
    mode = event_loop_mode
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)

    async def body() -> int:
        with anyio.move_on_after(0.02):
            await flight.run("keys", fetch)
        await mode.runtime.sleep(0.5)
        return await flight.run("keys", fetch)

    assert mode.run(body) == 2


def test_R10_run_cancelled_before_its_first_step_is_forgotten() -> None:
    """R10: whoever cancels all tasks of a loop that goes on does not leave a dead run in the way of the next call."""

    async def body() -> str:
        flight = SingleFlight(AsyncRuntime())

        async def work() -> str:
            return "done"

        waiters = [asyncio.ensure_future(flight.run("keys", work)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {*waiters, asyncio.current_task()}:
            task.cancel()
        for waiter in waiters:
            with pytest.raises(ProviderUnavailable):
                await waiter
        return await flight.run("keys", work)

    assert asyncio.run(body()) == "done"


def test_R12_event_loops_do_not_share_a_run(event_loop_mode: Mode) -> None:
    """R12: a run belongs to the event loop that began it; a loop that ended in the middle leaves nothing behind."""
    mode = event_loop_mode
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)

    async def end_early() -> None:
        with anyio.move_on_after(0.02):
            await flight.run("keys", fetch)

    async def body() -> int:
        return await flight.run("keys", fetch)

    mode.run(end_early)
    assert not flight._running
    assert mode.run(body) == 2


def test_R12_runs_of_event_loops_closed_by_hand_are_forgotten() -> None:
    """R12: a loop that is closed in the middle of a run is dropped when the next run begins."""
    flight = SingleFlight(AsyncRuntime())

    async def endless() -> None:
        await asyncio.sleep(60)

    async def give_up() -> None:
        with anyio.move_on_after(0.01):
            await flight.run("keys", endless)

    async def work() -> str:
        return "done"

    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(give_up())
        loop.close()
        del loop
        assert len(flight._running) == 1
    assert asyncio.run(flight.run("keys", work)) == "done"
    gc.collect()
    assert not flight._running


def test_R14_forked_process_begins_its_own_run(threads_mode: Mode, run_forked: Callable[..., bytes]) -> None:
    """R14: a child does not wait for a run that is under way in the parent, whose threads it does not have."""
    flight, fetch = SingleFlight(threads_mode.runtime), Fetch(threads_mode)
    in_child: list[bytes] = []

    async def child() -> bytes:
        return str(await flight.run("keys", fetch)).encode()

    async def fork() -> None:
        await threads_mode.runtime.sleep(0.08)
        in_child.append(run_forked(lambda: threads_mode.run(child)))

    async def body() -> None:
        await threads_mode.gather(lambda: flight.run("keys", fetch), fork)

    threads_mode.run(body)
    assert in_child == [b"2"]
    assert fetch.runs == 1


def test_run_under_way_can_be_seen(mode: Mode) -> None:
    """Whether somebody is at work under a key is known while the work runs, and not before or after."""
    flight, fetch = SingleFlight(mode.runtime), Fetch(mode)

    async def look() -> tuple[bool, bool]:
        await mode.runtime.sleep(0.08)
        return flight.is_running("keys"), flight.is_running("other")

    async def body() -> list[object]:
        return [flight.is_running("keys"), *await mode.gather(look, lambda: flight.run("keys", fetch))]

    assert mode.run(body) == [False, (True, False), 1]
    assert not flight._running
