"""A value that is fetched once, renewed in the background and kept while its source is down."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import anyio
import pytest

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._core.refreshing import Refreshing, RefreshPolicy
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import Runtime
from tests.unit._core.conftest import HOUR, Core, ManualRuntime

MANY = range(64)


class Source:
    """Gives 1, 2, 3 and so on, or fails while it is down."""

    def __init__(self, core: Core) -> None:
        self._runtime = core.runtime
        self.loads = 0
        self.given: list[int | None] = []
        self.is_down = False
        self.retry_after = 0.0
        self.takes_seconds = 0.0

    async def load(self, present: int | None) -> int:
        self.loads += 1
        self.given.append(present)
        number = self.loads
        await self._runtime.sleep(self.takes_seconds)
        if self.is_down:
            message = "the source is down"
            raise ProviderUnavailable(message, retry_after=self.retry_after)
        return number


class Kept:
    """A value under test with its source and what was told of failures."""

    def __init__(self, core: Core, *, runtime: Runtime | None = None) -> None:
        self.core = core
        self.source = Source(core)
        self.adopted: list[tuple[int, int | None]] = []
        self.failures: list[tuple[float, float]] = []
        self.value = Refreshing(
            self.source.load,
            adopt=self._adopt,
            name="numbers",
            runtime=runtime or core.runtime,
            policy=RefreshPolicy(),
            on_failure=lambda error, age: self.failures.append((error.retry_after, age)),
        )

    def _adopt(self, new: int, old: int | None) -> int:
        self.adopted.append((new, old))
        return new

    def get(self) -> int:
        number: int = self.core.run(self.value.get)
        return number

    def renew(self) -> int:
        number: int = self.core.run(self.value.renew)
        return number

    def refusal(self, ask: Callable[[], Coroutine[Any, Any, int]]) -> float:
        """The wait that a refused call is told."""
        with pytest.raises(ProviderUnavailable) as refused:
            self.core.run(ask)
        return refused.value.retry_after

    def run_background(self) -> int:
        started: int = self.core.run(self.core.runtime.run_background)
        return started

    def refresh_once(self) -> None:
        """Look, which starts a refresh when one is due, and let it run."""

        async def look() -> None:
            self.value.peek()
            await self.core.runtime.run_background()

        self.core.run(look)


@pytest.fixture
def kept(core: Core) -> Kept:
    """A value with the default policy."""
    return Kept(core)


def test_the_first_caller_waits_and_the_next_do_not(kept):
    """Nothing is there at first; what was fetched is given without asking again."""
    assert kept.value.peek() is None
    assert kept.value.age == float("inf")
    assert (kept.get(), kept.get(), kept.value.peek()) == (1, 1, 1)
    assert (kept.source.loads, kept.value.age) == (1, 0)
    assert kept.adopted == [(1, None)]


@pytest.mark.parametrize(
    ("chance", "due_after"),
    [pytest.param(0.0, HOUR, id="R02 no jitter"), pytest.param(1.0, 0.9 * HOUR, id="R02 all of the jitter")],
)
def test_a_refresh_is_due_hourly_in_the_background(kept, chance, due_after):
    """R02, R03: an hour later, less up to a tenth, a look starts one refresh; nobody waits, the old value serves on."""
    kept.core.runtime.chance = chance
    kept.get()
    kept.core.clock.advance(due_after - 1)
    kept.refresh_once()
    assert kept.source.loads == 1
    kept.core.clock.advance(1)
    assert [kept.value.peek() for _ in MANY] == [1] * len(MANY)
    assert kept.source.loads == 1
    assert kept.run_background() == 1
    assert (kept.value.peek(), kept.source.given) == (2, [None, 1])
    assert kept.adopted[-1] == (2, 1)


def test_callers_who_get_start_the_refresh_too(kept):
    """R03: `get` does not wait for a refresh that is due."""
    kept.get()
    kept.core.clock.advance(HOUR)

    async def body() -> int:
        number = await kept.value.get()
        await kept.core.runtime.run_background()
        return number

    assert kept.core.run(body) == 1
    assert kept.value.peek() == 2


def test_a_refresh_that_was_lost_is_started_again(kept):
    """R24: background work that ended with its event loop does not stop the renewal for ever."""
    kept.get()
    kept.core.clock.advance(HOUR)
    kept.value.peek()
    kept.core.runtime.background.clear()
    kept.core.clock.advance(29)
    assert kept.value.peek() == 1
    assert not kept.core.runtime.background
    kept.core.clock.advance(1)
    kept.refresh_once()
    assert kept.value.peek() == 2


def test_between_refreshes_there_is_nothing_to_decide(kept):
    """R33: `quiet_until` tells the hot path until when it need not even look."""
    assert kept.value.quiet_until < kept.core.clock.monotonic()
    kept.get()
    assert kept.value.quiet_until == kept.core.clock.monotonic() + HOUR


def test_R22_the_wall_clock_does_not_matter(kept):
    """R22: a clock that is set back an hour, or forward a week, neither ages nor rejuvenates the value."""
    kept.get()
    kept.core.clock.set_wall_clock(-HOUR)
    assert kept.get() == 1
    kept.core.clock.set_wall_clock(170 * HOUR)
    assert kept.get() == 1
    assert kept.source.loads == 1


@pytest.mark.parametrize(
    ("hours", "is_served"),
    [
        pytest.param(1, True, id="R02 an hour"),
        pytest.param(23.9, True, id="R02 almost a day"),
        pytest.param(24.1, True, id="R02 more than a day: last known good"),
        pytest.param(47.9, True, id="R02 almost two days"),
        pytest.param(48, False, id="R02 two days"),
    ],
)
def test_the_last_known_good_value_serves_through_an_outage(kept, hours, is_served):
    """R02: asked all the time, a value outlives its source by a day after its own day, and no longer."""
    kept.get()
    kept.source.is_down = True
    for _ in range(int(hours * 10)):
        kept.core.clock.advance(HOUR / 10)
        kept.refresh_once()
    assert (kept.value.peek() == 1) is is_served
    if is_served:
        assert kept.get() == 1
    else:
        assert 0 < kept.refusal(kept.value.get) <= 300


def test_an_outage_ends_with_the_first_answer(kept):
    """R01: when the source is back the value is renewed within one back-off, without anybody's doing."""
    kept.get()
    kept.source.is_down = True
    kept.core.clock.advance(30 * HOUR)
    assert kept.get() == 1
    kept.source.is_down = False
    kept.core.clock.advance(30)
    kept.refresh_once()
    assert kept.value.peek() == 3
    assert kept.value.age == 0


def test_idle_for_30_hours_with_the_source_down(kept):
    """R02: the first call after a long pause asks in vain and is served with the last known good value."""
    kept.get()
    kept.core.clock.advance(30 * HOUR)
    kept.source.is_down = True
    assert kept.value.peek() is None
    assert kept.core.run(lambda: kept.core.outcomes(kept.value.get, MANY)) == [1] * len(MANY)
    assert kept.source.loads == 2
    assert kept.get() == 1
    assert kept.source.loads == 2


def test_idle_for_30_hours_with_the_source_up(kept):
    """R02: after a long pause the value is fetched anew before it is used."""
    kept.get()
    kept.core.clock.advance(30 * HOUR)
    assert kept.get() == 2


def test_idle_for_50_hours_with_the_source_down(kept):
    """R02: what is too old is not used even when asking fails."""
    kept.get()
    kept.core.clock.advance(50 * HOUR)
    kept.source.is_down = True
    assert kept.refusal(kept.value.get) == 1
    assert kept.refusal(kept.value.get) == 1
    assert kept.source.loads == 2
    kept.core.clock.advance(1)
    kept.source.is_down = False
    assert kept.get() == 3


def test_R01_after_the_last_known_good_it_heals_as_quickly_as_at_the_start(kept):
    """R01, R02: with nothing left to serve, tries are 15 seconds apart at the most, not five minutes."""
    kept.get()
    kept.core.clock.advance(30 * HOUR)
    kept.source.is_down = True
    assert kept.get() == 1
    kept.core.clock.advance(19 * HOUR)
    waits = []
    for _ in range(9):
        waits.append(kept.refusal(kept.value.get))
        kept.core.clock.advance(waits[-1])
    assert max(waits) == 15


def test_R05_back_off_doubles_without_a_value(kept):
    """R01, R05: 1, 2, 4 seconds and so on up to 15; in between nothing is asked."""
    kept.source.is_down = True
    waits = []
    for _ in range(8):
        waits.append(kept.refusal(kept.value.get))
        kept.core.clock.advance(waits[-1] - 0.5)
        assert kept.refusal(kept.value.get) == 0.5
        kept.core.clock.advance(0.5)
    assert waits == [1, 2, 4, 8, 15, 15, 15, 15]
    assert kept.source.loads == len(waits)
    assert kept.failures == [(wait, float("inf")) for wait in waits]
    kept.source.is_down = False
    assert kept.get() == 9


def test_R05_back_off_doubles_with_a_value(kept):
    """R04, R05: 30 seconds, a minute and so on up to five minutes, told once each."""
    kept.get()
    kept.source.is_down = True
    kept.core.clock.advance(HOUR)
    for wait in (30, 60, 120, 240, 300, 300):
        kept.refresh_once()
        kept.core.clock.advance(wait - 1)
        kept.refresh_once()
        kept.core.clock.advance(1)
    assert [wait for wait, _ in kept.failures] == [30, 60, 120, 240, 300, 300]
    assert [age for _, age in kept.failures] == [3600, 3630, 3690, 3810, 4050, 4350]
    assert kept.source.loads == 7


def test_R05_chance_adds_up_to_a_quarter(kept):
    """R05: many processes that fail together do not come back together."""
    kept.source.is_down = True
    kept.core.runtime.chance = 1.0
    assert kept.refusal(kept.value.get) == 1.25


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [pytest.param(120, 120, id="R05 longer than the back-off"), pytest.param(0.5, 1, id="R05 shorter")],
)
def test_R05_retry_after_is_obeyed(kept, asked_for, told):
    """R05: whichever is longer, the back-off or the wait that the source asks for."""
    kept.source.is_down, kept.source.retry_after = True, asked_for
    assert kept.refusal(kept.value.get) == told
    kept.core.clock.advance(told - 0.1)
    assert kept.refusal(kept.value.get) == pytest.approx(0.1)
    assert kept.source.loads == 1


def test_T30_renewal_is_done_once_per_cool_down(kept):
    """T30, R07: a caller may demand a newer value every five minutes; in between the present one is given."""
    kept.get()
    assert [kept.renew() for _ in range(5)] == [2] * 5
    kept.core.clock.advance(299)
    assert kept.renew() == 2
    kept.core.clock.advance(1)
    assert [kept.renew() for _ in range(5)] == [3] * 5
    assert kept.source.loads == 3


def test_T30_renewal_is_shared_by_those_who_come_while_it_runs(kept):
    """T30, R07: all who demand while the first still waits get what it gets."""
    kept.get()
    kept.source.takes_seconds = 0.05

    async def body() -> list[int | Exception]:
        return await kept.core.outcomes(kept.value.renew, MANY)

    assert kept.core.run(body) == [2] * len(MANY)
    assert kept.source.loads == 2


def test_R08_renewal_that_fails_is_repeated_after_its_back_off(kept):
    """R08: who demands during an outage is told to wait, longer each time; the value serves on."""
    kept.get()
    kept.source.is_down = True
    for number, wait in enumerate([30, 60, 120, 240, 300, 300], start=2):
        assert [kept.refusal(kept.value.renew) for _ in range(5)] == [wait] * 5
        assert (kept.value.peek(), kept.source.loads) == (1, number)
        kept.core.clock.advance(wait)
    kept.source.is_down = False
    assert kept.renew() == 8


def test_R08_cool_down_counts_from_a_success(kept):
    """R07, R08: one failed fetch does not keep a new value away for the whole cool-down."""
    kept.get()
    kept.source.is_down = True
    kept.refusal(kept.value.renew)
    kept.source.is_down = False
    kept.core.clock.advance(30)
    assert kept.renew() == 3
    kept.core.clock.advance(299)
    assert kept.renew() == 3
    kept.core.clock.advance(1)
    assert kept.renew() == 4


def test_R08_renewal_waits_for_the_back_off_of_a_refresh(kept):
    """R08: a source that has just failed is left alone by those who demand, too."""
    kept.get()
    kept.source.is_down = True
    kept.core.clock.advance(HOUR)
    kept.refresh_once()
    kept.core.clock.advance(10)
    assert kept.refusal(kept.value.renew) == 20
    assert kept.source.loads == 2
    kept.core.clock.advance(20)
    kept.source.is_down = False
    assert kept.renew() == 3


def test_R08_a_refresh_that_succeeds_makes_up_for_a_renewal_that_failed(kept):
    """R08: once anybody has fetched the value, it serves and there is no error."""
    kept.get()
    kept.core.clock.advance(HOUR - 100)
    kept.source.is_down = True
    kept.refusal(kept.value.renew)
    kept.source.is_down = False
    kept.core.clock.advance(100)
    kept.refresh_once()
    assert kept.value.peek() == 3
    assert kept.source.loads == 3


def test_renewal_is_the_first_fetch_where_there_is_nothing(kept):
    """Without a value, demanding one is asking for one; a failure is told until its back-off is over."""
    kept.source.is_down = True
    assert kept.refusal(kept.value.renew) == 1
    assert kept.refusal(kept.value.renew) == 1
    kept.source.is_down = False
    kept.core.clock.advance(1)
    assert kept.renew() == 2


def test_R09_a_stampede_is_one_fetch(kept):
    """R09, R13: however many ask at first, one fetch answers all of them."""
    kept.source.takes_seconds = 0.05
    assert kept.core.run(lambda: kept.core.outcomes(kept.value.get, MANY)) == [1] * len(MANY)
    assert kept.source.loads == 1


def test_R11_a_failed_fetch_is_told_to_all_and_not_repeated(kept):
    """R11: all who waited get the error once; until the back-off is over nobody causes another fetch."""
    kept.source.is_down, kept.source.takes_seconds = True, 0.05
    outcomes = kept.core.run(lambda: kept.core.outcomes(kept.value.get, MANY))
    assert all(isinstance(outcome, ProviderUnavailable) and outcome.retry_after == 1 for outcome in outcomes)
    assert [kept.refusal(kept.value.get) for _ in range(5)] == [1] * 5
    assert (kept.source.loads, len(kept.failures)) == (1, 1)
    kept.core.clock.advance(1)
    kept.source.is_down = False
    assert kept.core.run(lambda: kept.core.outcomes(kept.value.get, MANY)) == [2] * len(MANY)


def test_R10_a_cancelled_waiter_does_not_cancel_the_fetch(event_loop_core):
    """R10: the first caller goes away; the others get the value from the same fetch."""
    kept = Kept(event_loop_core)
    kept.source.takes_seconds = 0.1

    async def impatient() -> None:
        with anyio.move_on_after(0.02):
            await kept.value.get()

    async def body() -> list[int]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(impatient)
            await anyio.sleep(0.01)
            return await event_loop_core.mode.gather(kept.value.get, kept.value.get)

    assert event_loop_core.run(body) == [1, 1]
    assert kept.source.loads == 1


def test_R10_a_waiter_alone_that_is_cancelled_leaves_the_value_for_the_next(event_loop_core):
    """R10: no lock stays held, and what was fetched in the meantime is used."""
    kept = Kept(event_loop_core)
    kept.source.takes_seconds = 0.05

    async def body() -> int:
        with anyio.move_on_after(0.01):
            await kept.value.get()
        await anyio.sleep(0.1)
        return await kept.value.get()

    assert event_loop_core.run(body) == 1
    assert kept.source.loads == 1


class OvertakenRuntime(ManualRuntime):
    """Another thread has its whole turn just when this one enters a flight or starts a refresh."""

    overtaking: Callable[[], Coroutine[Any, Any, object]] | None = None

    def home(self) -> object:
        self._let_pass()
        return super().home()

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        self._let_pass()
        super().start_background(work, name=name)

    def _let_pass(self) -> None:
        overtaking, self.overtaking = self.overtaking, None
        if overtaking is not None:
            run_blocking(overtaking())


@pytest.fixture
def overtaken(threads_core: Core) -> Kept:
    """A value in threads, with a runtime that lets another thread pass."""
    threads_core.runtime = OvertakenRuntime(threads_core.mode, threads_core.clock)
    return Kept(threads_core)


def test_R13_a_thread_that_was_overtaken_uses_what_the_other_fetched(overtaken):
    """R09, R13: between a look and the flight there is time for a whole fetch; it is not repeated."""
    overtaken.core.runtime.overtaking = overtaken.value.get
    assert overtaken.get() == 1
    assert overtaken.source.loads == 1


def test_R13_nor_is_a_failed_fetch_repeated(overtaken):
    """R11, R13: the overtaken thread is told to wait as the others are."""
    overtaken.source.is_down = True

    async def failing() -> None:
        with pytest.raises(ProviderUnavailable):
            await overtaken.value.get()

    overtaken.core.runtime.overtaking = failing
    assert overtaken.refusal(overtaken.value.get) == 1
    assert overtaken.source.loads == 1


def test_R13_nor_is_a_renewal_or_refresh_repeated(overtaken):
    """T30, R13: of two threads that demand a newer value at the same moment one fetches it for both."""
    overtaken.get()
    overtaken.core.runtime.overtaking = overtaken.value.renew
    assert overtaken.renew() == 2
    assert overtaken.source.loads == 2
    overtaken.core.clock.advance(HOUR)
    overtaken.value.peek()
    overtaken.core.runtime.overtaking = overtaken.value.renew
    overtaken.run_background()
    assert overtaken.source.loads == 3


def test_R13_one_thread_starts_the_refresh(overtaken):
    """R03, R13: a thread that looks while another starts the refresh starts none."""
    overtaken.get()
    overtaken.core.clock.advance(HOUR)

    async def look() -> None:
        assert overtaken.value.peek() == 1

    overtaken.core.runtime.overtaking = look
    assert overtaken.value.peek() == 1
    assert overtaken.run_background() == 1
    assert overtaken.source.loads == 2


def test_T30_a_renewal_that_was_lost_is_taken_up_by_the_next_who_demands(event_loop_core):
    """R10, T30: where the event loop ended in the middle of a renewal, the next caller does it."""
    kept = Kept(event_loop_core)
    kept.get()
    kept.source.takes_seconds = 60

    async def interrupted() -> None:
        with anyio.move_on_after(0.01):
            await kept.value.renew()

    event_loop_core.run(interrupted)
    kept.source.takes_seconds = 0
    assert kept.renew() == 3


def test_R08_a_thread_that_joins_a_renewal_which_has_just_failed_is_told_so(overtaken):
    """R08, R13: the outcome of the renewal that ended in between is everybody's."""
    overtaken.get()
    overtaken.source.is_down = True

    async def failing() -> None:
        with pytest.raises(ProviderUnavailable):
            await overtaken.value.renew()

    overtaken.core.runtime.overtaking = failing
    assert overtaken.refusal(overtaken.value.renew) == 30
    assert overtaken.source.loads == 2


def test_a_real_background_refresh(core):
    """R03: with the real runtime, the refresh runs by itself while callers go on."""
    kept = Kept(core, runtime=core.mode.runtime)

    async def body() -> list[int | None]:
        first = await kept.value.get()
        core.mode.clock.advance(HOUR)
        kept.source.takes_seconds = 0.05
        served = kept.value.peek()
        for _ in range(100):
            if kept.value.peek() == 2:
                break
            await core.mode.runtime.sleep(0.01)
        return [first, served, kept.value.peek()]

    assert core.run(body) == [1, 1, 2]
    assert kept.source.loads == 2
