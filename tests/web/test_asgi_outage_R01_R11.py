"""The whole ASGI stack through outages, rollovers, floods and stampedes, by clocks that are passed in."""

import time

import pytest

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.simulation import SimulatedTenant

HOUR = 3600.0


class Site:
    """An application behind the middleware, its tenant, and the clock of both."""

    def __init__(self, mode):
        self.mode = mode
        self.clock = mode.clock
        self.tenant = SimulatedTenant(now=mode.clock.now)
        client = AsyncAzureAdClient(self.tenant.settings(), runtime=mode.runtime)
        self._middleware = AzureAdAuth(self._application, client=client)

    @staticmethod
    async def _application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, token=None, **wishes):
        """The status of a request with the token, or with a new one; the wait asked for, if any."""
        token = self.tenant.mint_token(**wishes) if token is None else token
        headers = [(b"authorization", f"Bearer {token}".encode())]
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await self._middleware(scope, None, send)
        retry_after = dict(sent[0]["headers"]).get(b"retry-after")
        self.retry_after = int(retry_after) if retry_after is not None else None
        return sent[0]["status"]

    async def settle(self):
        """Let background work come to its end."""
        for _ in range(20):
            await self.mode.runtime.sleep(0)
        await self.mode.runtime.sleep(0.01)

    def fetches(self):
        """How often discovery and keys were asked for."""
        return self.tenant.request_count("discovery"), self.tenant.request_count("keys")


@pytest.fixture
def site(event_loop_mode):
    """A site whose tests run on asyncio and on trio."""
    return Site(event_loop_mode)


def test_R02_an_outage_of_24_hours_reaches_nobody(site):
    """Good tokens, new and known, are served on the last known keys for a day and longer; then 503; then it heals."""

    async def body():
        long_lived = site.tenant.mint_token(expires_in=100 * HOUR)
        assert await site.ask(long_lived) == 200
        site.tenant.go_down()
        for _ in range(95):
            site.clock.advance(HOUR / 2)
            assert (await site.ask(), await site.ask(long_lived)) == (200, 200)
            assert await site.ask(fault="bad-signature") == 401
            await site.settle()
        attempts = site.tenant.request_count()
        # Past a day of life and a day of grace nobody can vouch for the keys.
        site.clock.advance(2 * HOUR)
        assert (await site.ask(), await site.ask(long_lived)) == (503, 503)
        assert 1 <= site.retry_after <= 375
        site.tenant.come_up()
        site.clock.advance(site.retry_after)
        assert (await site.ask(), await site.ask(long_lived)) == (200, 200)
        return attempts

    # Each time that somebody came, which was after the back-off, one request was tried.
    assert site.mode.run(body) <= 2 + 95


def test_R01_a_provider_that_is_down_at_the_start_heals_within_one_interval(site):
    """Protected requests get 503 and the time to wait, which is short; after that time all is well."""

    async def body():
        site.tenant.go_down()
        assert await site.ask() == 503
        assert 1 <= site.retry_after <= 2
        site.tenant.come_up()
        assert await site.ask() == 503  # the interval is not over: a failing provider is left alone
        site.clock.advance(site.retry_after)
        assert await site.ask() == 200

    site.mode.run(body)


def test_R03_a_slow_provider_is_waited_for_by_nobody_who_has_keys(site):
    """While the background refresh hangs, known and new tokens are served at once."""

    async def body():
        known = site.tenant.mint_token(expires_in=9 * HOUR)
        assert await site.ask(known) == 200
        site.tenant.slow_down(5.0, "keys")
        site.clock.advance(1.5 * HOUR)
        started_at = time.monotonic()
        for _ in range(50):
            assert (await site.ask(known), await site.ask()) == (200, 200)
        await site.settle()
        assert time.monotonic() - started_at < 2.0
        return site.fetches()

    assert site.mode.run(body) == (1, 2)


def test_R06_a_planned_rollover_fails_nobody(site):
    """A key that was published before it is used is here already: no request fails, none waits."""

    async def body():
        old = site.tenant.mint_token(expires_in=9 * HOUR)
        assert await site.ask(old) == 200
        site.tenant.publish_key()
        site.clock.advance(1.1 * HOUR)
        assert await site.ask() == 200
        await site.settle()
        fetched = site.fetches()
        site.tenant.rotate_keys()
        assert (await site.ask(), await site.ask(old)) == (200, 200)
        assert site.fetches() == fetched

    site.mode.run(body)


def test_R07_an_emergency_rollover_takes_one_fetch_and_ends_the_old_key(site):
    """The first token of the new key brings the keys; what the old key signed is refused from then on, known or not."""

    async def body():
        known, unseen = site.tenant.mint_token(), site.tenant.mint_token()
        assert await site.ask(known) == 200
        site.clock.advance(60)
        site.tenant.rotate_keys(keep_old=False)
        assert await site.ask(known) == 200
        assert await site.ask() == 200
        assert (await site.ask(known), await site.ask(unseen)) == (401, 401)
        return site.fetches()

    assert site.mode.run(body) == (1, 2)


def test_T30_a_flood_of_unknown_keys_is_one_fetch_in_five_minutes(site):
    """10,000 tokens with random kids: each refused, two fetches at most, and good tokens are served throughout."""
    flood = [site.tenant.mint_token(fault="unknown-kid") for _ in range(10_000)]

    async def body():
        known = site.tenant.mint_token()
        assert await site.ask(known) == 200
        statuses = set()
        for index, token in enumerate(flood):
            statuses.add(await site.ask(token))
            if index % 1000 == 0:
                assert (await site.ask(known), await site.ask()) == (200, 200)
        assert statuses == {401}
        return site.fetches()

    assert site.mode.run(body) == (1, 2)


def test_R08_a_flood_during_an_outage_asks_once_in_a_cool_down(site):
    """Without an answer about unknown keys: 503 for those, one attempt in each cool-down, good tokens served."""

    async def body():
        known = site.tenant.mint_token(expires_in=9 * HOUR)
        assert await site.ask(known) == 200
        site.tenant.go_down()
        before = site.tenant.request_count()
        for _ in range(3):
            statuses = {await site.ask(fault="unknown-kid") for _ in range(200)}
            assert statuses == {503}
            assert (await site.ask(known), await site.ask()) == (200, 200)
            site.clock.advance(301)
        return site.tenant.request_count() - before

    assert site.mode.run(body) <= 3


def test_R09_a_cold_stampede_is_one_discovery_and_one_fetch(site):
    """1,000 first requests at the same time are all answered by one pair of requests to the provider."""
    site.tenant.slow_down(0.05)
    tokens = [site.tenant.mint_token() for _ in range(1000)]

    async def body():
        answers = await site.mode.gather(*(lambda token=token: site.ask(token) for token in tokens))
        return set(answers), site.fetches()

    assert site.mode.run(body) == ({200}, (1, 1))


def test_R11_a_stampede_on_a_broken_provider_fails_once(site):
    """The error of the one attempt is told to all who wait; the next try is after the back-off, not a thousand more."""
    site.tenant.go_down()
    tokens = [site.tenant.mint_token() for _ in range(200)]

    async def body():
        return set(await site.mode.gather(*(lambda token=token: site.ask(token) for token in tokens)))

    assert site.mode.run(body) == {503}
    assert site.tenant.request_count() == 1


def test_R22_the_wall_clock_may_be_set_back(site):
    """An hour back by NTP: intervals go on by the monotonic clock, and tokens are judged by the new time."""

    async def body():
        token = site.tenant.mint_token()
        assert await site.ask(token) == 200
        site.clock.set_wall_clock(-300)
        assert await site.ask(token) == 200
        site.clock.set_wall_clock(300)
        site.clock.advance(HOUR + 120)
        assert await site.ask(token) == 401

    site.mode.run(body)
