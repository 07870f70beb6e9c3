"""What an engine knows of sessions and stores: only what it was given."""

import pytest

from azuread_auth._core.engine import Engine
from azuread_auth.client import AzureAdClient, run_blocking
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Account
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.memory import MemoryStore

ACCOUNT = Account("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")


def test_an_engine_without_stores_has_none():
    """It validates tokens; a store that it is asked to bind stays what it is."""
    with SimulatedTenant() as tenant, AzureAdClient(tenant.settings()) as client:
        engine, store = client.engine, MemoryStore()
        bare = Engine(engine.settings, http=engine._http, runtime=engine.runtime, observer=engine.observer)
        assert bare.bind_store(store) is store
        with pytest.raises(ConfigurationError, match="made without a store"):
            _ = bare.store


def test_sessions_that_nobody_has_cannot_be_ended():
    """The caller is told: to end nothing without a word would leave a user signed in."""
    refused = pytest.raises(ConfigurationError, match="no middleware that keeps sessions in a store uses")
    with SimulatedTenant() as tenant, AzureAdClient(tenant.settings()) as client, refused:
        run_blocking(client.engine.end_sessions(ACCOUNT))


def test_all_sessions_of_a_client_are_reached():
    """Two middlewares may share one client."""
    ended: list[Account] = []

    class Sessions:
        async def end_all(self, account: Account) -> None:
            ended.append(account)

    with SimulatedTenant() as tenant, AzureAdClient(tenant.settings()) as client:
        client.engine.add_sessions(Sessions())
        client.engine.add_sessions(Sessions())
        client.end_sessions(ACCOUNT)
    assert ended == [ACCOUNT, ACCOUNT]
