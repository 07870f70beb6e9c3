"""Applications of several tenants: accounts of each of them sign in at the shared endpoints."""

import pytest

from azuread_auth import AzureAdClient
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import LoginFailed
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.users import SECOND_TENANT
from tests.unit.simulation.conftest import REDIRECT

STRANGER = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("shared", "welcome", "user", "tenant_id"),
    [
        pytest.param("organizations", {SECOND_TENANT}, "nina", SECOND_TENANT, id="another tenant"),
        pytest.param("common", {SECOND_TENANT, PERSONAL_TENANT}, "pat", PERSONAL_TENANT, id="personal account"),
        pytest.param("organizations", {STRANGER}, "nina", None, id="not welcome"),
    ],
)
def test_client_signs_in_accounts_of_welcome_tenants(shared, welcome, user, tenant_id):
    """The rules of production decide whom the application lets in."""
    tenant = SimulatedTenant()
    with AzureAdClient(tenant.settings(tenant_id=shared, tenants=welcome)) as client:
        request = client.start_authorization(redirect_uri=REDIRECT)
        answer = tenant.sign_in(request.url, user)
        if tenant_id is None:
            with pytest.raises(LoginFailed, match="tid"):
                client.acquire_token_by_authorization_code(request, answer)
        else:
            signed_in = client.acquire_token_by_authorization_code(request, answer)
            assert signed_in.principal.tenant_id == tenant_id


def test_minted_tokens_are_of_the_accounts_tenant(claims_of):
    """So are those that no sign-in came before, unless another tenant is named."""
    tenant = SimulatedTenant()
    assert claims_of(tenant.mint_token(user="nina"))["tid"] == SECOND_TENANT
    assert claims_of(tenant.mint_token(user="nina", tenant_id=tenant.tenant_id))["tid"] == tenant.tenant_id
    assert claims_of(tenant.mint_token(kind="app"))["tid"] == tenant.tenant_id
