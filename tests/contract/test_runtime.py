"""What every Runtime tells of time, chance and place, on asyncio, trio and threads."""

import os
import time
from collections.abc import Callable

import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.tasks import is_loop_running
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


def test_running_event_loop_is_noticed(mode: Mode) -> None:
    """Whether this thread runs an event loop can be asked without running one."""

    async def body() -> bool:
        return is_loop_running()

    assert mode.run(body) == (mode.name != "threads")


def test_R14_home_of_threads_is_the_process(threads_mode: Mode, run_forked: Callable[..., bytes]) -> None:
    """R14: threads share a home; a forked child has another."""

    async def home() -> object:
        return threads_mode.runtime.home()

    assert threads_mode.run(lambda: threads_mode.gather(home, home)) == [os.getpid()] * 2
    assert run_forked(lambda: str(threads_mode.runtime.home()).encode()) != str(os.getpid()).encode()
