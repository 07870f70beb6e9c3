"""Keys for tokens of version 1 are published without an issuer: the bindings of version 2 count for them too."""

import json
import time

import pytest

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation import SimulatedTenant


def _listing_all_keys_for_version_1() -> SimulatedTenant:
    """A tenant whose version 1 key set has every key of version 2, without the members that bind them."""
    tenant = SimulatedTenant()
    host = tenant.authority_host
    response = tenant.answer(HttpRequest(url=f"{host}/{tenant.tenant_id}/discovery/v2.0/keys")).response
    assert response is not None
    bindings = {"issuer", "cloud_instance_name"}
    keys = [{k: v for k, v in key.items() if k not in bindings} for key in json.loads(response.body)["keys"]]
    assert len(keys) == 4
    tenant.route(f"{host}/common/discovery/keys", {"keys": keys})
    return tenant


@pytest.mark.parametrize("tenants", [None, ANY_TENANT], ids=["one tenant", "any tenant"])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("consumer-key", RejectionReason.KEY_ISSUER_MISMATCH, id="T60 key of personal accounts"),
        pytest.param("key-of-another-cloud", RejectionReason.KEY_OF_ANOTHER_CLOUD, id="T61 key of another cloud"),
    ],
)
def test_T60_T61_version_1_token_by_a_key_that_is_bound_elsewhere(tenants, fault, reason):
    """A token of version 1 is refused when version 2 says that its key is for another issuer or cloud."""
    tenant = _listing_all_keys_for_version_1()
    client = AzureAdClient(tenant.settings(tenants=tenants))
    with pytest.raises(TokenRejected) as refused:
        client.validate_token(tenant.mint_token(version=1, fault=fault))
    assert refused.value.reason is reason
    assert client.validate_token(tenant.mint_token(version=1)).token_version == "1.0"


def test_T60_bindings_that_cannot_be_had_are_not_assumed():
    """While the bindings cannot be fetched, a token of version 1 is neither good nor bad: 503."""
    tenant = SimulatedTenant()
    tenant.route(f"{tenant.authority_host}/{tenant.tenant_id}/v2.0/.well-known/openid-configuration", "<html>")
    with pytest.raises(ProviderUnavailable):
        AzureAdClient(tenant.settings()).validate_token(tenant.mint_token(version=1))


def test_T60_forged_token_does_not_make_it_ask_for_bindings():
    """Only a token with a good signature leads to the key set of the other version."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings())
    with pytest.raises(TokenRejected):
        client.validate_token(tenant.mint_token(version=1, fault="bad-signature"))
    assert (tenant.request_count("discovery"), tenant.request_count("keys")) == (1, 1)
    client.validate_token(tenant.mint_token(version=1))
    assert (tenant.request_count("discovery"), tenant.request_count("keys")) == (2, 2)


def test_R03_forged_token_of_version_1_waits_for_nothing():
    """With the keys of version 2 at hand, a forged token of version 1 is refused without a fetch."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings())
    client.warm_up()
    tenant.slow_down(60)
    with pytest.raises(TokenRejected) as refused:
        client.validate_token(tenant.mint_token(version=1, fault="bad-signature"))
    assert refused.value.reason is RejectionReason.BAD_SIGNATURE
    assert tenant.request_count() == 2


def test_R07_new_key_is_found_by_a_token_of_version_1():
    """After an emergency rollover the first token of version 1 is good, although only version 2 was loaded before."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings())
    client.warm_up()
    tenant.rotate_keys(keep_old=False)
    assert client.validate_token(tenant.mint_token(version=1)).token_version == "1.0"


def test_R07_key_of_version_1_alone_is_fetched_in_the_background():
    """A key that version 2 does not publish is unknown at first, and good once the other set was fetched."""
    tenant = SimulatedTenant()
    client = AzureAdClient(tenant.settings())
    client.warm_up()
    before = tenant.answer(HttpRequest(url=tenant.requests[-1].url)).response
    assert before is not None
    tenant.route(tenant.requests[-1].url, before)  # version 2 goes on to publish the old keys
    tenant.rotate_keys(keep_old=False)
    token = tenant.mint_token(version=1)
    with pytest.raises(TokenRejected) as refused:
        client.validate_token(token)
    assert refused.value.reason is RejectionReason.KEY_UNKNOWN
    deadline = time.monotonic() + 10
    while client.engine.provider.keys(1).peek() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert client.validate_token(token).token_version == "1.0"
