"""Whoever calls at whatever time gets no token but the own one."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from azuread_auth.errors import Throttled
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.integration.outbound import sealed_redis
from tests.integration.outbound_people import USERS, Call, People, every_call

AT_ONCE = 64


@pytest.fixture(params=["memory", "redis"])
def people(request: pytest.FixtureRequest, mode: Mode) -> Iterator[People]:
    """Two applications that share a store."""
    is_redis = request.param == "redis"
    store: Any = sealed_redis(request.getfixturevalue("redis_server").url) if is_redis else MemoryStore()
    made = People(SimulatedTenant(), mode, store)
    yield made
    for caller in made.callers:
        mode.run(caller.close)
    if is_redis:
        mode.run(store.aclose)


def test_T109_T110_nobody_gets_a_token_of_others(people: People) -> None:
    """T109, T110: 4 users of 2 tenants with 2 applications, 100 calls each, 64 at a time in any order."""
    calls = every_call()
    assert len(calls) == 4 * 2 * 2 * 100
    random.Random(1).shuffle(calls)
    people.mode.run(people.sign_in)
    people.tenant.slow_down(0.002, "token")

    def share(number: int) -> Any:
        return lambda: people.make(calls[number::AT_ONCE])

    async def body() -> None:
        await people.mode.gather(*[share(number) for number in range(AT_ONCE)])

    people.mode.run(body)
    asked = people.tenant.token_requests
    distinct = {
        (call.app, call.tenant, call.user, call.method, call.assertion, call.resource, call.scope, call.context)
        for call in calls
    }
    assert len(asked) < 16 + len(distinct) + 1


def test_T109_refused_user_answers_for_nobody_else(people: People) -> None:
    """T109: what the provider refuses one user, or asks to leave alone for a while, is nothing to the others."""
    people.tenant.fail("token", status=429, retry_after=60, user=USERS[0])

    async def body() -> None:
        for app in range(2):
            for _ in range(2):
                with pytest.raises(Throttled):
                    await people.make([Call(user=0, app=app)])
                await people.make([Call(user=1, app=app), Call(user=1, app=app, method="app")])
        asked = [request.user for request in people.tenant.token_requests]
        assert asked.count(USERS[0].object_id) == 2
        people.tenant.come_up()
        await people.make([Call(user=0, assertion=1), Call(user=0, scope=1)])

    people.mode.run(body)
