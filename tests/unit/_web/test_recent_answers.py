"""One answer for a request that comes twice: at the same time, within a minute, later, and when the work fails."""

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._web.recent_answers import RecentAnswers
from azuread_auth._web.replies import WebReply
from azuread_auth.errors import LoginFailed, ProviderUnavailable

ANSWER = WebReply(303, (("location", "/"),), b"")


class Interruption(BaseException):
    """What ends a thread from outside, such as a time-out of gevent."""


class Work:
    """Counts how often it is done; `errors` are raised first."""

    def __init__(self, runtime, *errors, seconds=0.0):
        self.runtime, self.errors, self.seconds = runtime, list(errors), seconds
        self.times = 0

    async def __call__(self):
        self.times += 1
        if self.seconds:
            await self.runtime.sleep(self.seconds)
        if self.errors:
            raise self.errors.pop()
        return ANSWER


def under_way(answers):
    """How many runs have not ended."""
    return sum(run.under_way is not None for run in answers._runs.values())


def test_T75_who_comes_at_the_same_time_shares_the_work(mode):
    """Twenty clicks, one run."""
    answers, work = RecentAnswers(mode.runtime), Work(mode.runtime, seconds=0.1)

    async def body():
        return await mode.gather(*(lambda: answers.get(b"key", work) for _ in range(20)))

    assert mode.run(body) == [ANSWER] * 20
    assert work.times == 1
    assert not under_way(answers)


def test_T75_an_answer_is_repeated_for_a_minute(mode):
    """Then there is none, and still the work is not done again; for another key it is."""
    answers, work = RecentAnswers(mode.runtime), Work(mode.runtime)

    async def body():
        assert await answers.get(b"key", work) is ANSWER
        mode.clock.advance(59)
        assert await answers.get(b"key", work) is ANSWER
        mode.clock.advance(2)
        assert await answers.get(b"key", work) is None
        mode.clock.advance(3_600)
        assert await answers.get(b"key", work) is None
        assert work.times == 1
        assert await answers.get(b"another", work) is ANSWER

    mode.run(body)
    assert work.times == 2


@pytest.mark.parametrize("error", [KeyError("slip"), LoginFailed("no")], ids=["of the application", "ours"])
def test_T75_work_that_failed_is_not_done_again(mode, error):
    """Its error is told to all who waited for it; who comes later gets no answer."""
    answers, work = RecentAnswers(mode.runtime), Work(mode.runtime, error, seconds=0.1)

    async def body():
        outcomes = await mode.settle(*(lambda: answers.get(b"key", work) for _ in range(3)))
        assert [type(outcome) for outcome in outcomes] == [type(error)] * 3
        assert await answers.get(b"key", work) is None

    mode.run(body)
    assert (work.times, under_way(answers)) == (1, 0)


def test_T75_who_waits_for_a_thread_that_is_interrupted_is_told_so():
    """The one that worked gets what interrupted it, the others an error of ours, and nobody does the work again."""
    runtime = BlockingRuntime()
    answers, work = RecentAnswers(runtime), Work(runtime, Interruption(), seconds=0.2)
    all_there = threading.Barrier(3)

    def click():
        all_there.wait()
        try:
            return run_blocking(answers.get(b"key", work))
        except (Interruption, ProviderUnavailable) as error:
            return type(error)

    with ThreadPoolExecutor(3) as pool:
        outcomes = [each.result() for each in [pool.submit(click) for _ in range(3)]]
    assert sorted(outcome.__name__ for outcome in outcomes) == ["Interruption"] + ["ProviderUnavailable"] * 2
    assert run_blocking(answers.get(b"key", work)) is None
    assert work.times == 1


def test_T75_event_loops_of_one_process_share_the_answer():
    """Eight threads with an event loop each: one does the work, the others look until it is there."""
    runtime = AsyncRuntime()
    answers, work = RecentAnswers(runtime), Work(runtime, seconds=0.3)
    with ThreadPoolExecutor(8) as pool:
        clicks = [pool.submit(asyncio.run, answers.get(b"key", work)) for _ in range(8)]
        assert [click.result() for click in clicks] == [ANSWER] * 8
    assert work.times == 1


def test_T75_another_event_loop_is_not_waited_for_without_end():
    """Who has looked often enough gets no answer, and does not do the work; when it is done, there is one."""
    runtime = AsyncRuntime()
    answers = RecentAnswers(runtime, looks=2)
    begun, may_end = threading.Event(), threading.Event()

    async def work():
        begun.set()
        while not may_end.is_set():
            await runtime.sleep(0.01)
        return ANSWER

    with ThreadPoolExecutor(1) as pool:
        click = pool.submit(asyncio.run, answers.get(b"key", work))
        begun.wait()
        assert asyncio.run(answers.get(b"key", work)) is None
        may_end.set()
        assert click.result() is ANSWER
    assert asyncio.run(answers.get(b"key", work)) is ANSWER


def test_T75_an_event_loop_that_was_closed_at_work_leaves_no_answer():
    """Nobody knows what became of it: the work is not done again, and what it was about is let go."""
    runtime = AsyncRuntime()
    answers, work = RecentAnswers(runtime), Work(runtime, seconds=30)

    async def leave():
        loop = asyncio.get_running_loop()
        asyncio.ensure_future(answers.get(b"key", work))  # noqa: RUF006 - is meant to be lost
        await asyncio.sleep(0.05)
        return weakref.ref(loop)

    loop = asyncio.run(leave())
    assert asyncio.run(answers.get(b"key", work)) is None
    assert (work.times, under_way(answers)) == (1, 0)
    gc.collect()
    assert loop() is None


class Ending(BlockingRuntime):
    """Ends before what it is given takes its first step, as an event loop does that a server shuts down."""

    def share(self, work):
        return self

    async def wait(self):
        message = "the work was cancelled"
        raise ProviderUnavailable(message)


def test_T75_work_that_was_cancelled_before_its_first_step_is_not_waited_for():
    """An error once, and no answer after that."""
    runtime = Ending()
    answers, work = RecentAnswers(runtime), Work(runtime)
    with pytest.raises(ProviderUnavailable):
        run_blocking(answers.get(b"key", work))
    assert run_blocking(answers.get(b"key", work)) is None
    assert (work.times, under_way(answers)) == (0, 0)


def test_T75_who_leaves_does_not_end_the_work():
    """The browser that clicks again gets the answer of the first click."""
    runtime = AsyncRuntime()
    answers, work = RecentAnswers(runtime), Work(runtime, seconds=0.1)

    async def body():
        click = asyncio.ensure_future(answers.get(b"key", work))
        await asyncio.sleep(0.01)
        click.cancel()
        await asyncio.gather(click, return_exceptions=True)
        return await answers.get(b"key", work)

    assert asyncio.run(body()) is ANSWER
    assert work.times == 1


def test_R30_no_more_than_a_thousand_are_kept(mode):
    """The oldest tenth goes, but for what is under way."""
    answers, work = RecentAnswers(mode.runtime), Work(mode.runtime)

    async def slow():
        for number in range(1_000):
            await answers.get(b"new %d" % number, work)
        return ANSWER

    async def body():
        await answers.get(b"old", work)
        assert await answers.get(b"slow", slow) is ANSWER

    mode.run(body)
    assert len(answers._runs) <= 1_000
    assert b"old" not in answers._runs
    assert b"slow" in answers._runs
    assert b"new 999" in answers._runs
