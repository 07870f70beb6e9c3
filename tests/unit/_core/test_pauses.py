"""Who must not ask again yet, and for how long."""

import pytest

from azuread_auth._core.pauses import _MAX_PAUSES, Pauses
from azuread_auth.errors import ProviderUnavailable, Throttled
from tests.conftest import ThreadsMode
from tests.unit._core.cached import refused, throttled, unavailable
from tests.unit._core.conftest import Core, make_core


@pytest.fixture
def here() -> Core:
    """A clock and chance in hand."""
    return make_core(ThreadsMode())


def left(pauses: Pauses, owner: object = "owner") -> float:
    """How long the owner has yet to wait."""
    try:
        pauses.check(owner)
    except (Throttled, ProviderUnavailable) as error:
        return error.retry_after
    return 0.0


def test_first_pause_is_short_and_doubles(here: Core) -> None:
    """Each failure in a row doubles the pause, to half a minute; success ends the row."""
    pauses, waits = Pauses(here.runtime), []
    for _ in range(7):
        pauses.note("owner", unavailable())
        waits.append(left(pauses))
        here.clock.advance(waits[-1])
        assert left(pauses) == 0
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    pauses.note("owner", None)
    pauses.note("owner", unavailable())
    assert left(pauses) == 1


def test_jitter(here: Core) -> None:
    """Processes that failed together do not all come again together."""
    here.runtime.chance = 0.8
    pauses = Pauses(here.runtime)
    pauses.note("owner", unavailable())
    assert left(pauses) == pytest.approx(1.2)


def test_R22_wall_clock_does_not_matter(here: Core) -> None:
    """R22: a pause ends by the monotonic clock."""
    pauses = Pauses(here.runtime)
    pauses.note("owner", unavailable(10))
    here.clock.set_wall_clock(-3600)
    assert left(pauses) == 10
    here.clock.advance(10)
    assert left(pauses) == 0


@pytest.mark.parametrize(("seconds", "expected"), [(0.5, 1.0), (120.0, 120.0)])
def test_provider_may_ask_for_more(here: Core, seconds: float, expected: float) -> None:
    """The longer of the provider's wish and our own pause counts, and the error that was raised tells it."""
    pauses, error = Pauses(here.runtime), throttled(seconds)
    pauses.note("owner", error)
    assert (error.retry_after, left(pauses)) == (expected, expected)


def test_error_is_told_again_as_it_was(here: Core) -> None:
    """Whoever comes during a pause learns what kind it is, from a new error: none is shared."""
    pauses, error = Pauses(here.runtime), throttled()
    pauses.note("owner", error)
    with pytest.raises(Throttled) as first:
        pauses.check("owner")
    with pytest.raises(Throttled) as second:
        pauses.check("owner")
    assert first.value is not second.value is not error
    assert (first.value.error, first.value.aadsts) == ("temporarily_unavailable", 90055)
    pauses.note("owner", unavailable())
    with pytest.raises(ProviderUnavailable, match="the next try is in 2 s"):
        pauses.check("owner")


def test_other_errors_are_no_reason_to_wait(here: Core) -> None:
    """A refusal says that the provider is there: it ends a pause."""
    pauses = Pauses(here.runtime)
    pauses.note("owner", unavailable(100))
    pauses.note("owner", refused())
    assert left(pauses) == 0


def test_T109_nobody_waits_for_another(here: Core) -> None:
    """T109: a pause is its owner's alone."""
    pauses = Pauses(here.runtime)
    pauses.note(("tenant", "user A"), throttled(60))
    assert left(pauses, ("tenant", "user B")) == 0
    assert left(pauses, ("tenant", "user A")) == 60


def test_R20_pauses_are_bounded(here: Core) -> None:
    """R20: failures of ever new owners do not fill the memory."""
    pauses = Pauses(here.runtime)
    for number in range(2 * _MAX_PAUSES):
        pauses.note(number, unavailable())
    assert len(pauses._pauses) <= _MAX_PAUSES
    assert left(pauses, 2 * _MAX_PAUSES - 1) == 1
