"""Work that runs once for all who wait, on asyncio, trio and threads."""

import asyncio
import gc
import traceback

import anyio
import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode
from tests.contract.conftest import Work


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
    """R11: everybody gets the error, with a traceback that does not grow with the number of waiters."""
    error = ProviderUnavailable("the provider is down")
    work = Work(mode, error)
    shared = mode.runtime.share(work)
    depths: list[int] = []

    async def wait() -> None:
        try:
            await shared.wait()
        except ProviderUnavailable as caught:
            frames = traceback.extract_tb(caught.__traceback__)
            depths.append(len(frames) if str(caught) == str(error) and frames[-1].name == "__call__" else 1000)

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
