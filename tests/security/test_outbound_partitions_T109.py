"""Callers whose tokens are never mixed up, whatever they do in whatever order."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azuread_auth._protocol.cache_key import AppPartition, AssertionPartition, CacheKey, UserPartition
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.memory import MemoryStore
from tests.conftest import Mode, make_mode
from tests.integration.outbound import KEY
from tests.integration.outbound_people import Call, People

TENANT = SimulatedTenant()
STORES: list[Callable[[], MemoryStore | EncryptedStore]] = [MemoryStore, lambda: EncryptedStore(MemoryStore(), [KEY])]

calls = st.builds(
    Call,
    app=st.integers(0, 1),
    tenant=st.integers(0, 1),
    user=st.integers(0, 3),
    method=st.sampled_from(["on_behalf_of", "for_user", "app"]),
    assertion=st.integers(0, 1),
    resource=st.integers(0, 2),
    scope=st.integers(0, 1),
    context=st.sampled_from([None, None, "c1", "c2"]),
)


@pytest.fixture(scope="module", params=["asyncio", "threads"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """One for all examples."""
    return make_mode(request.param)


@pytest.mark.parametrize("make_store", STORES, ids=["memory", "sealed"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(shares=st.lists(st.lists(calls, max_size=6), min_size=1, max_size=4))
def test_T109_any_interleaving(mode: Mode, make_store: Callable[[], MemoryStore], shares: list[list[Call]]) -> None:
    """T109: several at a time, each making any calls: each gets the own token for what was asked each time."""
    people = People(TENANT, mode, make_store())
    mode.run(people.sign_in)

    async def body() -> None:
        await mode.gather(*[lambda share=share: people.make(share) for share in shares])

    mode.run(body)


# Claims are JSON in ASCII by then: lone surrogates have been escaped.
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=6)
plain = st.text("abc-.", max_size=4)
partitions = st.one_of(
    st.just(AppPartition()),
    st.builds(UserPartition, plain, plain),
    st.builds(AssertionPartition, st.binary(min_size=32, max_size=32)),
)
keys = st.builds(
    CacheKey,
    authority=plain,
    tenant=plain,
    client_id=plain,
    flow=st.sampled_from(["client_credentials", "on_behalf_of", "refresh_token"]),
    scopes=st.lists(st.text("ab:/ .".replace(" ", ""), min_size=1, max_size=4), max_size=3).map(
        lambda scopes: tuple(sorted(set(scopes)))
    ),
    partition=partitions,
    claims=st.none() | names,
    capabilities=st.sampled_from([(), ("CP1",)]),
)


@settings(max_examples=500)
@given(keys, keys)
def test_T109_different_keys_are_different_texts(one: CacheKey, other: CacheKey) -> None:
    """T109: no two owners, tenants, applications, scopes or claims come to the same name in a store."""
    assert (one.text == other.text) is (one == other)
