"""Access tokens that are asked for once: waiting callers, renewal, clocks, on asyncio, trio and threads."""

import traceback

import anyio
import pytest

from azuread_auth.errors import ProviderUnavailable, Throttled, TokenRequestFailed
from tests.conftest import Mode
from tests.unit._core.cached import Cached, make_cached, refused, throttled, unavailable


@pytest.fixture
def cached(mode: Mode) -> Cached:
    """A cache that nothing is in yet."""
    return make_cached(mode)


@pytest.mark.parametrize("error", [None, refused()], ids=["good", "refused"])
def test_R13_cold_entry_is_one_request_for_100_callers(mode: Mode, error: Exception | None) -> None:
    """R11, R13: of 100 callers who find nothing one asks, and all have what it got; an error grows no traceback."""
    cached = make_cached(mode)
    cached.source.before, cached.source.error = lambda: mode.wait_for_all(0.05), error
    outcomes = cached.run(lambda: mode.settle(*[cached.get] * 100))
    assert cached.source.runs == 1
    if error is None:
        assert outcomes == ["token-1"] * 100
        return
    assert {(type(outcome), str(outcome)) for outcome in outcomes} == {(type(error), str(error))}
    assert len({id(outcome) for outcome in outcomes}) == 100
    assert max(len(traceback.extract_tb(outcome.__traceback__)) for outcome in outcomes) < 60
    cached.source.error = None
    assert cached.run(cached.get) == "token-2"


def test_R13_64_threads_make_one_request(threads_mode: Mode) -> None:
    """R13: threads that come at the same time share a request too."""
    cached = make_cached(threads_mode)
    cached.source.before = lambda: threads_mode.wait_for_all(0.1)
    assert cached.run(lambda: threads_mode.gather(*[cached.get] * 64)) == ["token-1"] * 64
    assert cached.source.runs == 1


def test_R10_cancelled_waiter_leaves_the_request_to_the_others(event_loop_mode: Mode) -> None:
    """R10: whoever began may give up; the others get the token, and nobody asks twice."""
    cached = make_cached(event_loop_mode)
    cached.source.before = lambda: event_loop_mode.wait_for_all(0.2)
    got: list[str] = []

    async def give_up() -> None:
        with anyio.move_on_after(0.02):
            await cached.get()

    async def persist() -> None:
        got.append(await cached.get())

    cached.run(lambda: event_loop_mode.gather(give_up, persist, persist))
    assert (got, cached.source.runs) == (["token-1", "token-1"], 1)


def test_R12_each_event_loop_asks_for_itself(event_loop_mode: Mode) -> None:
    """R12: what one event loop began is nothing that another waits for; a token is everybody's."""
    cached = make_cached(event_loop_mode)
    assert [cached.run(cached.get), cached.run(cached.get)] == ["token-1", "token-1"]
    cached.clock.advance(3400)
    cached.run(cached.get)  # starts a renewal that its event loop does not live to see
    cached.clock.advance(31)
    assert cached.run(cached.get) == "token-1"
    assert cached.run(cached.renew) == 2
    assert cached.source.runs == 2


def test_hit_asks_nobody(cached: Cached) -> None:
    """A fresh token is answered at once and counted."""

    async def body() -> None:
        assert [await cached.get() for _ in range(3)] == ["token-1"] * 3

    cached.run(body)
    assert (cached.source.runs, cached.cache.hits, cached.core.runtime.background) == (1, 2, [])


@pytest.mark.parametrize(("refresh_after", "due"), [(None, 3300.0), (1800.0, 1800.0)], ids=["5 min", "refresh_in"])
def test_R21_renewed_in_the_background(mode: Mode, refresh_after: float | None, due: float) -> None:
    """R21: from five minutes before its end on, or when the provider says, a token is renewed once while it serves."""
    cached = make_cached(mode)
    cached.source.refresh_after = refresh_after

    async def body() -> None:
        await cached.get()
        cached.clock.advance(due - 1)
        assert await cached.get() == "token-1"
        assert await cached.renew() == 0
        cached.clock.advance(2)
        assert set(await mode.gather(*[cached.get] * 100)) == {"token-1"}
        assert cached.source.runs == 1
        assert await cached.renew() == 1
        assert await cached.get() == "token-2"

    cached.run(body)
    assert cached.source.runs == 2


def test_R21_jitter_spreads_renewals(mode: Mode) -> None:
    """Processes that got a token at the same time do not all renew it in the same second."""
    cached = make_cached(mode)
    cached.core.runtime.chance = 0.9

    async def body() -> int:
        await cached.get()
        cached.clock.advance(3300 - 20)
        await cached.get()
        return await cached.renew()

    assert cached.run(body) == 1


def test_R21_two_renewals_of_one_token_are_one_request(cached: Cached) -> None:
    """Threads that find a token due in the same instant may both start a renewal: the second finds it done."""

    async def body() -> None:
        await cached.get()
        cached.clock.advance(3301)
        wanted = cached.wanted()
        entry = cached.local.find(wanted.place)
        assert entry is not None
        cached.cache._start_renewal(wanted, entry)
        cached.cache._start_renewal(wanted, entry)
        assert await cached.renew() == 2
        assert await cached.get() == "token-2"

    cached.run(body)
    assert cached.source.runs == 2


def test_R21_failed_renewal_backs_off_and_keeps_serving(cached: Cached) -> None:
    """R21: a provider that is down is asked after 30, 60, 120 s and so on; the token serves on, to its end only."""
    cached.source.refresh_after = 1800

    async def body() -> list[float]:
        await cached.get()
        cached.source.error = unavailable()
        begin, times = cached.clock.now(), []
        while cached.clock.now() - begin < 3594:
            assert await cached.get() == "token-1"
            if await cached.renew():
                times.append(cached.clock.now() - begin)
            cached.clock.advance(1)
        cached.clock.advance(2)
        with pytest.raises(ProviderUnavailable):
            await cached.get()
        return times

    times = cached.run(body)
    assert times[:6] == [1800, 1830, 1890, 2010, 2250, 2550]
    assert times[-1] >= 3300
    assert cached.events("token.refresh_failed")[0].fields["error"] == "provider_unavailable"


def test_R21_expired_token_overrides_the_back_off(cached: Cached) -> None:
    """R21: once a token has ended, nobody waits for the next renewal: the next caller asks."""

    async def body() -> str:
        await cached.get()
        cached.clock.advance(3585)
        cached.source.error = refused()
        await cached.get()
        await cached.renew()
        cached.source.error = None
        cached.clock.advance(12)
        return await cached.get()

    assert cached.run(body) == "token-3"


def test_R21_retry_after_outlasts_the_back_off(cached: Cached) -> None:
    """A provider that asks for more time than the back-off is given it."""

    async def body() -> None:
        await cached.get()
        cached.clock.advance(3301)
        cached.source.error = throttled(200)
        await cached.get()
        await cached.renew()
        cached.clock.advance(190)
        await cached.get()
        assert await cached.renew() == 0
        cached.clock.advance(20)
        await cached.get()
        assert await cached.renew() == 1

    cached.run(body)


def test_R22_wall_clock_set_back(cached: Cached) -> None:
    """R22: a wall clock that is set back an hour makes no token live longer, and none is renewed later."""

    async def body() -> None:
        await cached.get()
        cached.clock.set_wall_clock(-3600)
        cached.clock.advance(3301)
        assert await cached.get() == "token-1"
        assert await cached.renew() == 1
        assert await cached.get() == "token-2"
        cached.clock.advance(3600)
        assert await cached.get() == "token-3"

    cached.run(body)


def test_R22_wall_clock_set_forward(cached: Cached) -> None:
    """R22: set forward beyond a token's end, as after a machine's sleep, the token serves no longer."""

    async def body() -> None:
        await cached.get()
        cached.clock.set_wall_clock(3601)
        assert await cached.get() == "token-2"
        cached.clock.set_wall_clock(-3601)
        assert await cached.get() == "token-2"

    cached.run(body)


def test_renewals_are_told_from_requests_that_somebody_waits_for(cached: Cached) -> None:
    """Events of a renewal say that it was in the background: it is no miss of the cache."""

    async def body() -> None:
        await cached.get()
        cached.clock.advance(3301)
        await cached.get()
        await cached.renew()
        cached.clock.advance(3301)
        cached.source.error = refused()
        await cached.get()
        await cached.renew()
        cached.clock.advance(300)
        with pytest.raises(TokenRequestFailed):
            await cached.get()

    cached.run(body)
    names = ("token.acquired", "token.request_failed", "token.refresh_failed")
    told = [(name, [event.fields.get("background") for event in cached.events(name)]) for name in names]
    assert told == [(names[0], [None, 1]), (names[1], [1, None]), (names[2], [None])]


def test_end_of_what_it_was_got_with(cached: Cached) -> None:
    """A token serves no longer than the assertion it was got with, in memory and in the store, and is not renewed."""

    async def body() -> None:
        until = cached.clock.now() + 600
        assert await cached.get(until=until) == "token-1"
        assert list(cached.store.lifetimes.values()) == [595]
        cached.clock.advance(590)
        assert await cached.get(until=until) == "token-1"
        assert await cached.renew() == 0
        cached.clock.advance(6)
        assert await cached.get(until=until) == "token-2"

    cached.run(body)


@pytest.mark.parametrize("until", [3400.0, -200.0], ids=["renewed before", "over already"])
def test_assertion_that_outlives_the_renewal_or_is_over(mode: Mode, until: float) -> None:
    """An assertion that is good for longer gets another token; one that is only tolerated brings none to keep."""
    cached = make_cached(mode)

    async def body() -> int:
        end = cached.clock.now() + until
        await cached.get(until=end)
        cached.clock.advance(3301 if until > 0 else 0)
        await cached.get(until=end)
        return await cached.renew()

    assert cached.run(body) == (1 if until > 0 else 0)
    assert cached.source.runs == 2
    assert bool(cached.store.kept) is (until > 0)


def test_token_that_is_about_to_end_is_not_kept(cached: Cached) -> None:
    """A token that would be refused on arrival is given to who waited for it and kept nowhere."""
    cached.source.life, cached.source.refresh_after = 4, 2

    async def body() -> list[str]:
        return [await cached.get(), await cached.get()]

    assert cached.run(body) == ["token-1", "token-2"]
    assert cached.store.kept == {}


@pytest.mark.parametrize("error", [throttled(), unavailable()], ids=["throttled", "unavailable"])
def test_T109_pause_is_for_its_owner_alone(mode: Mode, error: Throttled | ProviderUnavailable) -> None:
    """T109: whoever was told to wait is told so again without a request; other tenants and clients go on."""
    cached = make_cached(mode)

    async def body() -> None:
        cached.source.error = error
        with pytest.raises(type(error)):
            await cached.get()
        cached.source.error = None
        with pytest.raises(type(error)) as refusal:
            await cached.get()
        assert 0 < refusal.value.retry_after <= 1
        assert cached.source.runs == 1
        for change in ({"tenant": "other"}, {"client_id": "other"}, {"scopes": ("other",)}, {"flow": "other"}):
            await cached.get(**change)
        cached.clock.advance(2)
        assert await cached.get() == "token-6"

    cached.run(body)


def test_disabled_cache_keeps_nothing(mode: Mode) -> None:
    """A cache that is turned off asks each time, and keeps what a sign-in brings neither."""
    cached = make_cached(mode, is_enabled=False)

    async def body() -> None:
        assert [await cached.get(), await cached.get()] == ["token-1", "token-2"]
        kept = await cached.cache.keep(cached.wanted(), await cached.source())
        assert kept.reveal() == "token-3"
        assert await cached.get() == "token-4"

    cached.run(body)
    assert cached.store.calls == []


def test_T71_claims_bring_a_new_token_for_everybody(cached: Cached) -> None:
    """T71: a token that was asked for with claims replaces the plain one, and serves others with the same claims."""

    async def body() -> None:
        assert await cached.get() == "token-1"
        assert await cached.get(claims="{}") == "token-2"
        assert await cached.get() == "token-2"
        assert await cached.get(claims="{}") == "token-2"
        assert await cached.get(claims='{"a":1}') == "token-3"
        assert await cached.another().get() == "token-3"

    cached.run(body)
    assert cached.source.runs == 3


def test_T71_claims_that_come_again_later_bring_another_token(cached: Cached) -> None:
    """T71: half a minute on, the same challenge refuses the token that the first one brought: it is no answer again."""

    async def body() -> None:
        assert await cached.get(claims="{}") == "token-1"
        cached.clock.advance(29)
        assert await cached.get(claims="{}") == "token-1"
        cached.clock.advance(2)
        assert await cached.get() == "token-1"
        assert await cached.get(claims="{}") == "token-2"
        assert await cached.another().get() == "token-2"
        cached.clock.advance(31)
        assert await cached.another().get(claims="{}") == "token-3"

    cached.run(body)


def test_refresh_time_in_the_past_is_not_a_request_at_each_call(cached: Cached) -> None:
    """A provider that wants its tokens renewed at once is asked once a second, not by every caller."""
    cached.source.refresh_after = 0

    async def body() -> None:
        for _ in range(50):
            await cached.get()

    cached.run(body)
    assert cached.source.runs == 1


def test_who_comes_late_to_a_request_has_what_it_got(cached: Cached) -> None:
    """Whoever found nothing, and only then comes to ask, looks once more: another may have been quicker."""

    async def body() -> str:
        await cached.get()
        return (await cached.cache._load(cached.wanted())).reveal()

    assert cached.run(body) == "token-1"
    assert cached.source.runs == 1
