"""A failure that may be chance, such as a packet that was lost, does not turn away everybody."""

import pytest

from azuread_auth.errors import StoreUnavailable
from azuread_auth.stores.breaker import Breaker
from tests.conftest import Clock


def fail(breaker: Breaker, error: type[Exception] = TimeoutError) -> None:
    """A call that was let through and fails."""
    with pytest.raises(error), breaker.attempt():
        raise error


def is_open(breaker: Breaker) -> bool:
    """Whether calls are refused."""
    try:
        breaker.check()
    except StoreUnavailable:
        return True
    return False


@pytest.fixture
def clock() -> Clock:
    """The time by which the breaker goes."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    """One for which time-outs may be chance."""
    return Breaker(monotonic=clock.monotonic, random=lambda: 0.0, is_chance=lambda e: isinstance(e, TimeoutError))


def test_R18_one_time_out_is_borne_and_the_next_is_not(breaker: Breaker) -> None:
    """R18: two in a row are no chance."""
    fail(breaker)
    assert not is_open(breaker)
    fail(breaker)
    assert is_open(breaker)


def test_R18_a_success_between_them_makes_both_chance(breaker: Breaker) -> None:
    """R18: what happens now and then turns away nobody."""
    for _ in range(5):
        fail(breaker)
        with breaker.attempt():
            pass
    assert not is_open(breaker)


def test_R18_time_outs_of_calls_that_ran_together_are_one(breaker: Breaker) -> None:
    """R18: a process that stood still for a moment has several calls that are late."""

    def fail_behind_another() -> None:
        with breaker.attempt():
            fail(breaker)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fail_behind_another()
    assert not is_open(breaker)
    fail(breaker)
    assert is_open(breaker)


def test_R17_a_server_that_is_down_is_left_alone_at_once(breaker: Breaker) -> None:
    """R17: a connection that is refused is none that was late."""
    fail(breaker, ConnectionError)
    assert is_open(breaker)


def test_R18_whoever_tries_after_a_pause_decides_alone(breaker: Breaker, clock: Clock) -> None:
    """R18: after a pause one time-out is enough for the next, also where a late success came in between."""
    with breaker.attempt():
        fail(breaker)
        fail(breaker)
    assert is_open(breaker)
    clock.advance(0.5)
    assert not is_open(breaker)
    fail(breaker)
    assert is_open(breaker)
    clock.advance(0.9)
    assert is_open(breaker)
    clock.advance(0.1)
    with breaker.attempt():
        pass
    assert not is_open(breaker)
