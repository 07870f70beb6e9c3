"""MSAL and azure-identity against the same tenant: same questions, same tokens, same refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from msal.exceptions import MsalServiceError

from azuread_auth import AccessToken, Account, AzureAdClient
from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.credentials import ClientCertificate
from azuread_auth.errors import (
    AssertionRefused,
    AzureAdError,
    ClientRejected,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.error_catalogue import CATALOGUE
from tests.integration.outbound import BILLS, ORDERS_DEFAULT, READ, claims_of
from tests.integration.outbound_peers import azure_identity, confidential_msal, public_msal

REDIRECT = "http://localhost/auth/callback"
CLAIMS = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
# What differs from one token to the next of the same question.
OWN = {"aio", "uti", "rh", "iat", "nbf", "exp"}


class Hurried(BlockingRuntime):
    """Does not wait between tries."""

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


def alike(ours: AccessToken, theirs: dict[str, Any]) -> None:
    """Both tokens say the same, end at the same time, and are for the same scopes."""
    mine, other = claims_of(ours), claims_of(theirs["access_token"])
    assert {name: value for name, value in mine.items() if name not in OWN} == {
        name: value for name, value in other.items() if name not in OWN
    }
    assert mine["exp"] == pytest.approx(other["exp"], abs=5)
    assert ours.expires_at == pytest.approx(other["exp"], abs=5)
    if "scope" in theirs:
        assert ours.scopes >= {scope for scope in theirs["scope"].split() if "/" in scope}


@pytest.fixture
def tenant() -> SimulatedTenant:
    """Both ask it."""
    made = SimulatedTenant()
    made.behaviour.device_interval_seconds = 0
    return made


def test_client_credentials_with_a_secret(tenant: SimulatedTenant) -> None:
    """The application's token is that of MSAL and of azure-identity."""
    ours = AzureAdClient(tenant.settings()).acquire_token_for_app(ORDERS_DEFAULT)
    alike(ours, confidential_msal(tenant).acquire_token_for_client(scopes=[ORDERS_DEFAULT]))
    token = azure_identity(tenant).get_token(ORDERS_DEFAULT)
    alike(ours, {"access_token": token.token})
    assert ours.expires_at == pytest.approx(token.expires_on, abs=5)


@pytest.mark.parametrize("has_chain", [False, True])
def test_client_credentials_with_a_certificate(tenant: SimulatedTenant, has_chain: bool) -> None:
    """One certificate proves the application to the tenant in both libraries' assertions."""
    certificate = tenant.make_certificate(has_chain=has_chain)
    pem = certificate.pem.decode()
    credential = {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE") :]}
    if has_chain:  # with the older thumbprint alone MSAL sends all of the chain
        credential["thumbprint"] = certificate.sha1_thumbprint
    client = AzureAdClient(tenant.settings(credential=ClientCertificate(data=pem, send_chain=has_chain)))
    ours = client.acquire_token_for_app(ORDERS_DEFAULT)
    alike(ours, confidential_msal(tenant, credential).acquire_token_for_client(scopes=[ORDERS_DEFAULT]))


@pytest.mark.parametrize("user", ["adele", "megan", "robin"])
def test_on_behalf_of(tenant: SimulatedTenant, user: str) -> None:
    """The caller's token for the next API is MSAL's."""
    assertion = tenant.mint_token(user=user)
    ours = AzureAdClient(tenant.settings()).acquire_token_on_behalf_of(assertion, READ)
    alike(ours, confidential_msal(tenant).acquire_token_on_behalf_of(assertion, scopes=[READ]))


def test_authorization_code_and_refresh(tenant: SimulatedTenant) -> None:
    """A sign-in brings the same token, and the refresh token of it another for the next API."""
    client = AzureAdClient(tenant.settings())
    begun = client.start_authorization(redirect_uri=REDIRECT, scopes=[READ])
    ours = client.acquire_token_by_authorization_code(begun, tenant.sign_in(begun.url, "megan"))

    msal = confidential_msal(tenant)
    flow = msal.initiate_auth_code_flow([READ], redirect_uri=REDIRECT, response_mode="form_post")
    theirs = msal.acquire_token_by_auth_code_flow(flow, tenant.sign_in(flow["auth_uri"], "megan"))
    alike(ours, theirs)
    assert ours.principal.object_id == theirs["id_token_claims"]["oid"]

    account = Account(ours.principal.tenant_id, ours.principal.object_id)
    refreshed = client.acquire_token_for_user(account, BILLS)
    alike(refreshed, msal.acquire_token_silent([BILLS], account=msal.get_accounts()[0]))


def test_device_code(tenant: SimulatedTenant) -> None:
    """A sign-in on another device brings the same token."""
    client = AzureAdClient(tenant.settings(credential=None))
    device = client.start_device_code(READ)
    tenant.approve_device(device.user_code, "megan")
    ours = client.acquire_token_by_device_code(device)

    msal = public_msal(tenant)
    flow = msal.initiate_device_flow([READ])
    tenant.approve_device(flow["user_code"], "megan")
    alike(ours, msal.acquire_token_by_device_flow(flow))


def msal_refusal(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What MSAL makes of an error; of one it raises for, nothing."""
    try:
        return ask()
    except MsalServiceError:  # for every status of 500 and more
        return {}


def our_refusal(ask: Callable[[], object]) -> AzureAdError:
    """What we make of it."""
    with pytest.raises(AzureAdError) as caught:
        ask()
    return caught.value


def check_same(ours: AzureAdError, theirs: dict[str, Any], code: int, *, has_user: bool) -> None:
    """The same error, code and claims; ours says besides whose turn it is."""
    if isinstance(ours, ProviderUnavailable):
        assert theirs.get("error") in (None, "temporarily_unavailable", "server_error")
        return
    assert isinstance(ours, TokenRequestFailed)
    assert (ours.error, [ours.aadsts]) == (theirs["error"], theirs["error_codes"])
    assert ours.correlation_id
    assert f"AADSTS{code}" in str(ours)
    needs_user = theirs["error"] in ("interaction_required", "login_required") or theirs.get("suberror") is not None
    if needs_user:
        assert isinstance(ours, InteractionRequired if has_user else ClientRejected)
    if theirs["error"] == "invalid_client":
        assert isinstance(ours, ClientRejected)
    if isinstance(ours, InteractionRequired):
        assert ours.claims == theirs.get("claims")
    else:
        assert "claims" not in theirs or isinstance(ours, AssertionRefused | ClientRejected | Throttled)


@pytest.mark.parametrize("flow", ["on_behalf_of", "client_credentials"])
@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_T123_refusals_are_the_same(tenant: SimulatedTenant, code: int, flow: str) -> None:
    """T123: for each number of Entra both tell the same error, and ours is of a kind that fits it."""
    claims = CLAIMS if CATALOGUE[code].error == "interaction_required" else None
    tenant.fail("token", aadsts=code, claims=claims)
    client, msal = AzureAdClient(tenant.settings(), runtime=Hurried()), confidential_msal(tenant)
    if flow == "on_behalf_of":
        assertion = tenant.mint_token()
        ours = our_refusal(lambda: client.acquire_token_on_behalf_of(assertion, READ))
        theirs = msal_refusal(lambda: msal.acquire_token_on_behalf_of(assertion, scopes=[READ]))
    else:
        ours = our_refusal(lambda: client.acquire_token_for_app(ORDERS_DEFAULT))
        theirs = msal_refusal(lambda: msal.acquire_token_for_client(scopes=[ORDERS_DEFAULT]))
    check_same(ours, theirs, code, has_user=flow == "on_behalf_of")
