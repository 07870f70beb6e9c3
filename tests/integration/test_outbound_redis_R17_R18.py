"""Redis under load, while it is killed, frozen, emptied, full and read-only: no request fails, none is slow."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azuread_auth import AccessToken, Principal
from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import Mode
from tests.integration.outbound import KEY, Caller, claims_of
from tests.redis_server import RedisServer

SLOWEST_SECONDS = 1.0
LONGEST_PAUSE = 10.0
USERS = 40


def people(tenant: SimulatedTenant) -> list[Principal]:
    """Many users of the tenant, each with an access token."""
    users = [
        SimulatedUser(object_id=f"{number:08d}-0000-4000-8000-000000000000", name="Sam", username=f"sam{number}@x")
        for number in range(USERS)
    ]
    return [tenant.principal(user=user) for user in users]


class Load:
    """A client that many callers use at once, without a pause that is worth mentioning."""

    def __init__(self, mode: Mode, server: RedisServer) -> None:
        self.mode, self.server = mode, server
        self.tenant = SimulatedTenant()
        self.people = people(self.tenant)
        self.caller = self.client()
        self.is_over = threading.Event()
        self.seconds: list[float] = []
        self.failures: list[Exception] = []

    def client(self) -> Caller:
        """One more client, with connections of its own as another process has them."""
        store = EncryptedStore(RedisStore(self.server.url, monotonic=self.mode.clock.monotonic), [KEY])
        return Caller(self.mode, self.tenant.settings(), store)

    async def call(self, number: int, attempt: int) -> None:
        """One call, timed: of two in a row the second finds the token in memory."""
        user = self.people[(number + attempt) % USERS]
        begun = time.monotonic()
        try:
            token = await self.caller.ask("acquire_token_on_behalf_of", user, f"api://orders/Read.{attempt // 2}")
            assert claims_of(token)["oid"] == user.object_id
        except Exception as error:  # noqa: BLE001 - whatever it is, the request failed
            self.failures.append(error)
        self.seconds.append(time.monotonic() - begun)

    async def callers(self, count: int) -> None:
        """So many callers at a time, until it is over."""

        def each(number: int) -> Callable[[], Any]:
            async def body() -> None:
                attempt = 0
                while not self.is_over.is_set():
                    await self.call(number, attempt)
                    await self.mode.runtime.sleep(0.02)
                    attempt += 1

            return body

        await self.mode.gather(*[each(number) for number in range(count)])

    def trouble(self) -> None:
        """All that may happen to a Redis, each for a while."""
        try:
            for happening in (self._killed, self._frozen, self._emptied, self._full, self._read_only, self._restarted):
                time.sleep(0.2)
                happening()
        finally:
            self.is_over.set()

    def _killed(self) -> None:
        self.server.kill()
        time.sleep(0.8)
        self.server.start()

    def _frozen(self) -> None:
        self.mode.clock.advance(LONGEST_PAUSE)
        time.sleep(0.2)
        self.server.pause()
        time.sleep(1.2)
        self.server.resume()

    def _emptied(self) -> None:
        self.mode.clock.advance(LONGEST_PAUSE)
        for _ in range(5):
            time.sleep(0.1)
            self.server.ask("FLUSHALL")

    def _full(self) -> None:
        self.server.configure("maxmemory", "1")
        time.sleep(0.5)
        self.server.configure("maxmemory", "0")

    def _read_only(self) -> None:
        self.server.ask("REPLICAOF", "127.0.0.1", "1")
        time.sleep(0.5)
        self.server.ask("REPLICAOF", "NO", "ONE")

    def _restarted(self) -> None:
        self.mode.clock.advance(LONGEST_PAUSE)
        self.server.restart()


@pytest.fixture
def load(mode: Mode, disposable_redis: Callable[..., RedisServer]) -> Iterator[Load]:
    """A client whose Redis is its own."""
    yield (made := Load(mode, disposable_redis()))
    mode.run(made.caller.close)


@pytest.mark.slow
def test_R17_R18_no_request_fails_or_is_slow(load: Load) -> None:
    """R17, R18: killed, frozen, emptied, full, read-only and restarted while 8 threads or 50 tasks ask for tokens."""
    mode = load.mode
    trouble = threading.Thread(target=load.trouble, daemon=True)
    trouble.start()
    mode.run(lambda: load.callers(8 if mode.name == "threads" else 50))
    trouble.join()
    assert load.failures == []
    assert len(load.seconds) > 500
    assert max(load.seconds) <= SLOWEST_SECONDS
    assert_recovered(load)


def assert_recovered(load: Load) -> None:
    """What one client gets another has from Redis, without a request."""
    load.mode.clock.advance(LONGEST_PAUSE)
    other = load.client()

    async def body() -> list[AccessToken]:
        first = await load.caller.ask("acquire_token_on_behalf_of", load.people[0], "api://orders/Afterwards")
        asked = load.tenant.request_count("token")
        second = await other.ask("acquire_token_on_behalf_of", load.people[0], "api://orders/Afterwards")
        assert load.tenant.request_count("token") == asked
        return [first, second]

    first, second = load.mode.run(body)
    assert first.reveal() == second.reveal()
