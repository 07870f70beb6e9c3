"""The two clients: one for event loops, one for threads, with one interface."""

import inspect

import pytest

from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.errors import ConfigurationError, InteractionRequired, ProviderUnavailable, TokenRejected
from azuread_auth.ports import Event
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.redis import RedisStore

_SPELLED_OTHERWISE = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
_FOR_EVENT_LOOPS_ALONE = {"blocking"}
_OF_ANOTHER_KIND = {"token_credential"}  # azure-core has one protocol for each kind of client


def _public(kind: type) -> dict[str, object]:
    special = {*_SPELLED_OTHERWISE, *_SPELLED_OTHERWISE.values(), "__init__"}
    return {name: member for name, member in vars(kind).items() if not name.startswith("_") or name in special}


def test_both_clients_have_the_same_interface() -> None:
    """Each method of the one is a method of the other, with the same parameters and result."""
    waiting, blocking = _public(AsyncAzureAdClient), _public(AzureAdClient)
    expected = {_SPELLED_OTHERWISE.get(name, name): member for name, member in waiting.items()}
    assert expected.keys() - _FOR_EVENT_LOOPS_ALONE == blocking.keys()
    for name, member in blocking.items():
        twin = expected[name]
        if isinstance(member, property):
            assert isinstance(twin, property)
            assert inspect.signature(member.fget) == inspect.signature(twin.fget)
        elif name in _OF_ANOTHER_KIND:
            assert inspect.signature(member).parameters == inspect.signature(twin).parameters  # type: ignore[arg-type]
        else:
            assert inspect.signature(member) == inspect.signature(twin)  # type: ignore[arg-type]
            assert not inspect.iscoroutinefunction(member)


async def test_client_on_an_event_loop() -> None:
    """It fetches when asked to, judges tokens, and can be closed and used again."""
    tenant = SimulatedTenant()
    async with AsyncAzureAdClient(tenant.settings()) as client:
        assert tenant.request_count() == 0
        await client.warm_up()
        assert (tenant.request_count("discovery"), tenant.request_count("keys")) == (1, 1)
        assert (await client.validate_token(tenant.mint_token(scopes=["Read"]))).scopes == {"Read"}
        with pytest.raises(TokenRejected):
            await client.validate_token("not a token")
    assert (await client.validate_token(tenant.mint_token())).kind == "user"
    assert tenant.request_count() == 2


async def test_blocking_twin_has_the_same_settings() -> None:
    """For functions that cannot wait there is a client for threads with the same settings, inside the loop too."""
    tenant = SimulatedTenant()
    twin = AsyncAzureAdClient(tenant.settings()).blocking()
    assert isinstance(twin, AzureAdClient)
    assert twin.settings.transport is tenant
    assert twin.validate_token(tenant.mint_token()).kind == "user"


def test_token_of_a_principal_can_be_validated() -> None:
    """What a principal has as its token goes in as it is."""
    tenant = SimulatedTenant()
    token = tenant.principal().token
    assert token is not None
    assert AzureAdClient(tenant.settings()).validate_token(token).kind == "user"


def test_client_for_threads() -> None:
    """It fetches when asked to, judges tokens, and can be closed and used again."""
    tenant = SimulatedTenant()
    with AzureAdClient(tenant.settings()) as client:
        client.warm_up()
        assert client.settings.tenant_id == tenant.tenant_id
        with pytest.raises(TokenRejected):
            client.validate_token(tenant.mint_token(fault="expired"))
    assert client.validate_token(tenant.mint_token()).kind == "user"
    assert tenant.request_count() == 2


def test_R01_warm_up_tells_that_the_provider_is_down() -> None:
    """A readiness probe learns it from the error, with the time to wait."""
    tenant = SimulatedTenant()
    tenant.go_down()
    with pytest.raises(ProviderUnavailable) as told:
        AzureAdClient(tenant.settings()).warm_up()
    assert 1 <= told.value.retry_after < 2


async def test_T68_groups_of_a_caller() -> None:
    """T68: either client finds out what a token has no room for, and tells a failure only to who wants it."""
    tenant = SimulatedTenant()
    gale = tenant.principal(user="gale")
    async with AsyncAzureAdClient(tenant.settings()) as client:
        found = await client.member_groups(gale)
    assert found.is_known
    assert found == client.blocking().member_groups(gale)
    tenant.fail("token", aadsts=65001)
    with AzureAdClient(tenant.settings()) as other:
        assert not other.member_groups(gale).is_known
        with pytest.raises(InteractionRequired):
            other.member_groups(gale, raise_interaction_required=True)


@pytest.mark.parametrize("kind", [AsyncAzureAdClient, AzureAdClient])
def test_client_without_settings_reads_the_environment(kind: type) -> None:
    """Without settings they come from the environment: what is missing there is named."""
    settings = AzureAdSettings.from_env(
        {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}
    )
    assert kind(settings).settings is settings
    with pytest.raises(ConfigurationError, match="AZURE_"):
        AzureAdSettings.from_env({})


@pytest.mark.parametrize("kind", [AsyncAzureAdClient, AzureAdClient])
def test_T111_store_that_others_can_read_is_warned_of(kind: type) -> None:
    """T111: tokens in the clear are nobody's wish: a bare RedisStore is told of when the client is made."""
    told: list[str] = []

    class Watching:
        def record(self, event: Event) -> None:
            told.append(event.name)

    store = RedisStore("redis://localhost:6379/0")
    kind(SimulatedTenant().settings(), store, observer=Watching())
    assert told == ["store.readable"]
    kind(SimulatedTenant().settings(), EncryptedStore(store, keys=[bytes(32)]), observer=Watching())
    assert told == ["store.readable"]
