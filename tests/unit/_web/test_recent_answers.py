"""One answer for a request that comes twice: at the same time, within a minute, and when the work fails."""

import pytest

from azuread_auth._web.recent_answers import RecentAnswers
from azuread_auth._web.replies import WebReply

ANSWER = WebReply(303, (("location", "/"),), b"")


class Work:
    """Counts how often it is done; `errors` are raised first."""

    def __init__(self, mode, *errors, seconds=0.0):
        self.mode, self.errors, self.seconds = mode, list(errors), seconds
        self.times = 0

    async def __call__(self):
        self.times += 1
        if self.seconds:
            await self.mode.wait_for_all(self.seconds)
        if self.errors:
            raise self.errors.pop()
        return ANSWER


def test_T75_who_comes_at_the_same_time_shares_the_work(mode):
    """Twenty clicks, one run."""
    answers, work = RecentAnswers(mode.runtime), Work(mode, seconds=0.05)

    async def body():
        return await mode.gather(*(lambda: answers.get(b"key", work) for _ in range(20)))

    assert mode.run(body) == [ANSWER] * 20
    assert work.times == 1
    assert not answers._running


def test_T75_an_answer_is_repeated_for_a_minute(mode):
    """Then the work is done again."""
    answers, work = RecentAnswers(mode.runtime), Work(mode)

    async def body():
        for seconds in (0, 59, 2):
            mode.clock.advance(seconds)
            assert await answers.get(b"key", work) is ANSWER

    mode.run(body)
    assert work.times == 2


def test_T75_who_is_late_finds_the_answer_of_a_run_that_has_just_ended(mode):
    """Between the first look and the own run another thread may have come and gone."""
    answers, work = RecentAnswers(mode.runtime), Work(mode)
    looks = []
    recalled = answers._recalled

    class Late(RecentAnswers):
        def _recalled(self, key):
            looks.append(key)
            return None if len(looks) == 1 else super()._recalled(key)

    late = Late(mode.runtime)
    late._keep(b"key", ANSWER)

    async def body():
        return await late.get(b"key", work)

    assert mode.run(body) is ANSWER
    assert (work.times, len(looks), recalled(b"key")) == (0, 2, None)


def test_an_error_is_told_to_all_and_not_kept(mode):
    """The next one may succeed."""
    answers, work = RecentAnswers(mode.runtime), Work(mode, KeyError("slip"))

    async def body():
        with pytest.raises(KeyError):
            await answers.get(b"key", work)
        return await answers.get(b"key", work)

    assert mode.run(body) is ANSWER
    assert work.times == 2


@pytest.mark.parametrize("seconds", [0, 61])
def test_R30_no_more_than_a_thousand_are_kept(mode, seconds):
    """Those that have ended go first, then the oldest tenth."""
    answers, work = RecentAnswers(mode.runtime), Work(mode)

    async def body():
        for number in range(1000):
            await answers.get(b"old %d" % number, work)
        mode.clock.advance(seconds)
        await answers.get(b"new", work)

    mode.run(body)
    assert len(answers._kept) == (1 if seconds else 901)
    assert b"new" in answers._kept
    assert b"old 99" not in answers._kept
    assert (b"old 100" in answers._kept) == (not seconds)
