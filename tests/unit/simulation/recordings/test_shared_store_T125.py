"""A store that is shared with clients that are not simulated: what is in it stays theirs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AsyncAzureAdClient
from azuread_auth._client.simulated_token_store import SimulatedTokenStore
from azuread_auth.errors import InteractionRequired
from azuread_auth.simulation import Recording, Replay, SimulatedTenant
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.stores.redis import RedisStore
from tests.integration.outbound import Caller
from tests.redis_server import RedisServer, patient
from tests.unit.simulation.recordings.conftest import Lab

REDIRECT = "http://localhost:8000/auth/callback"
READ, WRITE, BILLS = "api://orders/Orders.Read", "api://orders/Orders.Write", "api://bills/Bills.Read"
REFRESH_KEY = "tenant:client:refresh_token_itself:\nuser a b\n"


def client(lab: Lab, store: MemoryStore, simulation: Any = None) -> Caller:
    """A client with the store."""
    made = lab.caller(simulation)
    kind, settings = type(made.client), made.client.settings
    made.client = kind(settings, store, runtime=lab.mode.runtime, environ={}, observer=lab.events)
    return made


async def signed_in(lab: Lab, caller: Caller) -> Any:
    """Who signed in."""
    begun = await caller.ask("start_authorization", redirect_uri=REDIRECT, scopes=[READ])
    found = await caller.ask("acquire_token_by_authorization_code", begun, lab.tenant.sign_in(begun.url, user="megan"))
    return found.principal


async def is_let_through(caller: Caller, user: Any, scope: str) -> bool:
    """Whether there is a token for the user."""
    try:
        await caller.ask("acquire_token_for_user", user, scope)
    except InteractionRequired:
        return False
    return True


@pytest.fixture
def dead(lab: Lab) -> Replay:
    """The recording of a user whose sign-in was revoked."""

    async def record() -> None:
        caller = client(lab, MemoryStore(), Recording(lab.path))
        user = await signed_in(lab, caller)
        lab.tenant.revoke_refresh_tokens("megan")
        assert not await is_let_through(caller, user, BILLS)

    lab.run(record)
    return Replay(lab.path)


def test_T125_a_replayed_refusal_ends_nobodys_sign_in(lab: Lab, dead: Replay) -> None:
    """T125: the replay has lost the user, as it was recorded; everybody else has not."""
    store = MemoryStore()

    async def body() -> None:
        real, replay = client(lab, store), client(lab, store, dead)
        user = await signed_in(lab, real)
        assert not await is_let_through(replay, user, BILLS)
        with pytest.raises(InteractionRequired, match="no tokens of this user are kept"):
            await replay.ask("acquire_token_for_user", user, WRITE)
        assert await is_let_through(real, user, BILLS)

    lab.run(body)


def test_T125_real_sign_ins_and_outs_reach_the_store(lab: Lab, dead: Replay) -> None:
    """T125: they are not replayed, so that what comes of them is everybody's, also after a replayed refusal."""
    store = MemoryStore()

    async def body() -> None:
        real, replay = client(lab, store), client(lab, store, dead)
        user = await signed_in(lab, replay)
        assert not await is_let_through(replay, user, BILLS)
        assert await is_let_through(real, user, BILLS)
        await signed_in(lab, replay)
        with pytest.raises(InteractionRequired, match="AADSTS50173"):
            await replay.ask("acquire_token_for_user", user, BILLS)
        await replay.client._engine.tokens.forget_user(user)  # as signing out does
        assert not await is_let_through(real, user, WRITE)

    lab.run(body)


def test_T125_what_a_replay_makes_of_a_refresh_token_stays_in_memory() -> None:
    """T125: whatever a simulation of one's own answers; and only until the store has another."""

    async def body() -> None:
        real = MemoryStore()
        store = SimulatedTokenStore(real, MemoryStore(), is_replay=True)
        await real.put(REFRESH_KEY, b"real", ttl_seconds=60)
        lease = await store.lease(REFRESH_KEY, seconds=5)
        assert lease is not None
        assert await store.put_leased(REFRESH_KEY, b"replayed", ttl_seconds=60, lease=lease)
        await store.release(lease)
        assert (await store.get(REFRESH_KEY), await real.get(REFRESH_KEY)) == (b"replayed", b"real")
        await real.put(REFRESH_KEY, b"newer", ttl_seconds=60)
        assert await store.get(REFRESH_KEY) == b"newer"

    asyncio.run(body())


def test_T125_recordings_take_turns_with_refresh_tokens(tmp_path: Path, redis_server: RedisServer) -> None:
    """T125: providers may take two uses for theft: a client that records waits for the others as ever."""

    async def body() -> None:
        with SimulatedTenant() as tenant:
            tenant.behaviour.revokes_reused_refresh_tokens = True
            tenant.slow_down(0.1, "token")
            simulations = (Recording(tmp_path / "tokens.json"), None)
            stores = [patient(RedisStore(redis_server.url)) for _ in simulations]
            clients = [
                AsyncAzureAdClient(tenant.settings(simulation=each), store)
                for each, store in zip(simulations, stores, strict=True)
            ]
            begun = await clients[0].start_authorization(redirect_uri=REDIRECT, scopes=[READ])
            token = await clients[0].acquire_token_by_authorization_code(begun, tenant.sign_in(begun.url))
            asked = [
                each.acquire_token_for_user(token.principal, f"api://a{turn}/Read")
                for turn in range(4)
                for each in clients
            ]
            assert all(await asyncio.gather(*asked))
            for each in (*clients, *stores):
                await each.aclose()

    asyncio.run(body())
