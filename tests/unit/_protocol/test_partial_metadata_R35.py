"""Metadata that leaves out what is not needed to check tokens."""

import pytest

from azuread_auth._protocol.authority import authority_for_tenant
from azuread_auth._protocol.metadata import parse_metadata
from azuread_auth.client import AzureAdClient
from azuread_auth.simulation import SimulatedTenant

_TENANT = "11111111-1111-4111-8111-111111111111"
_HOST = "https://login.microsoftonline.com"
_NEEDED = {"issuer": f"{_HOST}/{_TENANT}/v2.0", "jwks_uri": f"{_HOST}/{_TENANT}/discovery/v2.0/keys"}


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint", "cloud_instance_name"])
def test_R35_absent_members_are_none(member: str) -> None:
    """A document without endpoints is good for checking tokens; what is absent reads as None."""
    metadata = parse_metadata(_NEEDED, authority=authority_for_tenant(_HOST, _TENANT), version=2)
    assert getattr(metadata, member) is None
    assert metadata.tenant_id == _TENANT


def test_R35_tokens_are_checked_with_partial_metadata() -> None:
    """An application whose provider publishes no endpoints but its keys serves good tokens."""
    tenant = SimulatedTenant()
    issuer = f"{tenant.authority_host}/{tenant.tenant_id}"
    partial = {"issuer": f"{issuer}/v2.0", "jwks_uri": f"{issuer}/discovery/v2.0/keys"}
    tenant.fail("discovery", status=200, body=partial)
    client = AzureAdClient(tenant.settings())
    assert client.validate_token(tenant.mint_token()).tenant_id == tenant.tenant_id
