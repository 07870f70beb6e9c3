"""Every flow and credential, by either client, over memory and Redis, from one test body."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AccessToken
from azuread_auth.errors import InteractionRequired
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode
from tests.integration.outbound import BILLS, WRITE, Flow, World, claims_of, sealed_redis
from tests.integration.outbound_flows import FLOWS, megan
from tests.redis_server import RedisServer

OVER_HTTP = (
    "secret",
    "certificate as PEM file",
    "workload identity",
    "managed identity, imds",
    "managed identity, app_service",
    "managed identity, azure_arc",
    "managed identity, service_fabric",
    "managed identity as federated credential",
    "on behalf of",
    "authorization code",
    "device code",
)


@pytest.fixture(params=["memory", "redis"])
def world(request: pytest.FixtureRequest, mode: Mode, tmp_path: Path) -> Iterator[World]:
    """A tenant in process, and the store."""
    redis: RedisServer | None = request.getfixturevalue("redis_server") if request.param == "redis" else None
    store: Any = MemoryStore() if redis is None else sealed_redis(redis.url)
    with SimulatedTenant() as tenant:
        made = World(tenant=tenant, mode=mode, store=store, folder=tmp_path, redis=redis)
        yield made
        for caller in made.callers:
            mode.run(caller.close)
        if redis is not None:
            mode.run(store.aclose)


def assert_good(world: World, flow: Flow, token: AccessToken) -> None:
    """The token is whose it should be, for what was asked."""
    wanted = flow.claims(world)
    found = claims_of(token)
    assert {name: found.get(name) for name in wanted} == wanted
    assert token.expires_at == pytest.approx(found["exp"], abs=2)
    assert token.reveal() not in repr(token)


def assert_flow(world: World, flow: Flow) -> None:
    """The first token is good; a second call and other clients make no request where the token can be shared."""
    mine, other = world.caller(flow), world.caller(flow)

    async def body() -> list[AccessToken]:
        first = await flow.first(world, mine)
        asked = world.requests()
        again = await flow.ask(world, mine)
        assert world.requests() == asked
        elsewhere = [await flow.ask(world, other), await flow.ask(world, mine.twin())]
        if flow.is_shared:
            assert world.requests() == asked
            assert world.stored() > 0
        else:
            assert world.stored() == 0
        return [first, again, *elsewhere]

    tokens = world.mode.run(body)
    assert tokens[0].reveal() == tokens[1].reveal()
    for token in tokens:
        assert_good(world, flow, token)


@pytest.mark.parametrize("name", FLOWS)
def test_flow(world: World, name: str) -> None:
    """One request brings the token; the next call has it at hand, and so has another client with the same store."""
    assert_flow(world, FLOWS[name])


@pytest.mark.parametrize("name", OVER_HTTP)
def test_flow_over_http(world: World, name: str) -> None:
    """The same over real connections."""
    world.tenant.serve()
    world.is_over_http = True
    assert_flow(world, FLOWS[name])


@pytest.mark.parametrize("name", ["authorization code", "authorization code of a public client", "device code"])
def test_sign_in_brings_tokens_for_other_scopes_and_apis(world: World, name: str) -> None:
    """The refresh token of a sign-in brings one token for each, once, also to another client with the same store."""
    flow = FLOWS[name]
    mine, other = world.caller(flow), world.caller(flow)

    async def body() -> None:
        await flow.first(world, mine)
        for scope in (WRITE, BILLS):
            asked = world.requests()
            token = await other.ask("acquire_token_for_user", megan(world), scope)
            said = claims_of(token)
            assert said["oid"] == megan(world).object_id
            assert f"{said['aud']}/{said['scp']}" == scope
            again = await mine.ask("acquire_token_for_user", megan(world), scope)
            assert again.reveal() == token.reveal()
            assert world.requests() == asked + 1

    world.mode.run(body)


def test_refresh_token_that_was_revoked_is_dropped(world: World) -> None:
    """The user has to sign in again, and is not asked for in vain; then the new sign-in counts."""
    flow = FLOWS["authorization code"]
    mine = world.caller(flow)

    async def body() -> None:
        await flow.first(world, mine)
        world.tenant.revoke_refresh_tokens("megan")
        for requests in (1, 0):
            asked = world.requests()
            with pytest.raises(InteractionRequired):
                await mine.ask("acquire_token_for_user", megan(world), WRITE)
            assert world.requests() == asked + requests
        await flow.first(world, mine)
        assert claims_of(await mine.ask("acquire_token_for_user", megan(world), WRITE))["scp"] == "Orders.Write"

    world.mode.run(body)
