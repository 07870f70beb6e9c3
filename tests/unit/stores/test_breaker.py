"""When a server that fails is asked again."""

import threading

import pytest

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.breaker import Breaker
from tests.conftest import Clock


class Interrupted(BaseException):
    """As the death of a greenlet, or Ctrl-C."""


def fail(breaker: Breaker, reason: str = "it is down") -> None:
    """A call that was let through and fails."""
    with pytest.raises(ConnectionError), breaker.attempt():
        raise ConnectionError(reason)


def assert_refused(breaker: Breaker, match: str = "it is down") -> None:
    """No call is let through, by either question."""
    with pytest.raises(StoreUnavailable, match=match):
        breaker.check()
    with pytest.raises(StoreUnavailable, match=match), breaker.attempt():
        pytest.fail("the call was let through")


def assert_let_through(breaker: Breaker) -> None:
    """A call is let through, and succeeds."""
    breaker.check()
    with breaker.attempt():
        pass


@pytest.fixture
def clock() -> Clock:
    """The time by which the breaker goes."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    """A breaker without jitter."""
    return Breaker(monotonic=clock.monotonic, random=lambda: 0.0)


def test_success_changes_nothing(breaker: Breaker) -> None:
    """As long as calls succeed all of them are let through."""
    for _ in range(3):
        assert_let_through(breaker)


def test_R17_failure_is_told_again_without_asking(breaker: Breaker) -> None:
    """R17: after a failure calls fail at once, for the reason of that failure, and say when it is asked again."""
    fail(breaker)
    assert_refused(breaker, r"it is down \(it is asked again in 0\.[45] seconds\)")


def test_R17_pauses_double_up_to_ten_seconds(breaker: Breaker, clock: Clock) -> None:
    """R17: half a second, then twice as long each time, ten at the most."""
    for seconds in (0.5, 1, 2, 4, 8, 10, 10):
        fail(breaker)
        clock.advance(seconds - 0.1)
        assert_refused(breaker)
        clock.advance(0.1)


def test_R17_success_begins_anew(breaker: Breaker, clock: Clock) -> None:
    """R17: one success lets all through, and the next failure means half a second again."""
    for _ in range(4):
        fail(breaker)
        clock.advance(10)
    assert_let_through(breaker)
    assert_let_through(breaker)
    fail(breaker)
    clock.advance(0.5)
    assert_let_through(breaker)


def test_pauses_vary_by_a_fifth(clock: Clock) -> None:
    """Processes that failed together do not come back together."""
    breaker = Breaker(monotonic=clock.monotonic, random=lambda: 1.0)
    fail(breaker)
    clock.advance(0.4)
    assert_let_through(breaker)


def test_own_chance_is_within_the_fifth(clock: Clock) -> None:
    """Without a source of chance the breaker has its own."""
    breaker = Breaker(monotonic=clock.monotonic)
    fail(breaker)
    clock.advance(0.39)
    assert_refused(breaker)
    clock.advance(0.11)
    assert_let_through(breaker)


def test_R17_one_caller_tries(breaker: Breaker, clock: Clock) -> None:
    """R17: while one caller tries, the others still fail at once; its success lets them through."""
    fail(breaker)
    clock.advance(0.5)
    with breaker.attempt():
        assert_refused(breaker, r"it is down \(it is being asked again\)")
    assert_let_through(breaker)


def test_interrupted_try_says_nothing(breaker: Breaker, clock: Clock) -> None:
    """A caller that is interrupted while it tries leaves the try to the next one; elsewhere it changes nothing."""
    with pytest.raises(Interrupted), breaker.attempt():
        raise Interrupted
    fail(breaker)
    clock.advance(0.5)
    with pytest.raises(Interrupted), breaker.attempt():
        raise Interrupted
    with breaker.attempt():
        assert_refused(breaker)


def test_calls_that_fail_together_count_once(breaker: Breaker, clock: Clock) -> None:
    """Calls that were under way when the first failed do not lengthen the pause, and do not end it."""

    def fail_behind_another() -> None:
        with breaker.attempt():
            fail(breaker)
            clock.advance(0.3)
            raise LookupError

    with pytest.raises(LookupError):
        fail_behind_another()
    clock.advance(0.2)
    assert_let_through(breaker)
    with breaker.attempt():
        fail(breaker)
    assert_refused(breaker)


def test_R17_threads_agree_on_one_try(breaker: Breaker, clock: Clock) -> None:
    """R17: of many threads that come at the end of the pause exactly one is let through."""
    fail(breaker)
    clock.advance(0.5)
    all_here = threading.Barrier(16)
    let_through: list[int] = []

    def call(number: int) -> None:
        all_here.wait()
        try:
            with breaker.attempt():
                let_through.append(number)
                refused.acquire(timeout=10)
        except StoreUnavailable:
            if next(count) == 14:
                refused.release()

    refused = threading.Semaphore(0)
    count = iter(range(16))
    threads = [threading.Thread(target=call, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_through) == 1
