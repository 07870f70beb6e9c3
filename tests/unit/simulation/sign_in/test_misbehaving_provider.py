"""The provider that misbehaves: each fault is there, alone, and the client's own sign-in takes it as it should."""

import json

import pytest

from azuread_auth import AzureAdClient
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.errors import LoginFailed, ProviderUnavailable, Throttled, TokenRequestFailed
from azuread_auth.simulation import SimulatedTenant
from tests.misbehaving_provider import FAULTS, Outcome, SpoiledTenant
from tests.unit.simulation.conftest import REDIRECT

SIGN_IN_FAULTS = [name for name, fault in FAULTS.items() if fault.grant == "authorization_code"]


def outcome_of(provider: SpoiledTenant) -> Outcome:
    """What the client makes of one sign-in."""
    with AzureAdClient(provider.settings()) as client:
        request = client.start_authorization(redirect_uri=REDIRECT)
        answer = provider.callback(request.url)
        try:
            client.acquire_token_by_authorization_code(request, answer)
        except (ProviderUnavailable, Throttled):
            return "unavailable"
        except (LoginFailed, TokenRequestFailed):
            return "reject"
    return "accept"


@pytest.mark.parametrize("fault", SIGN_IN_FAULTS)
def test_T93_T95_client_takes_each_fault_as_it_should(fault):
    """A sign-in ends as the table says; after a bad token nothing more is asked for, and no other host ever."""
    tenant = SimulatedTenant()
    provider = SpoiledTenant(tenant, fault)
    assert outcome_of(provider) == provider.outcome
    asked = {url.removeprefix(tenant.authority_host).rpartition("/")[2] for url in provider.urls}
    assert all(url.startswith(tenant.authority_host) for url in provider.urls)
    assert asked <= {"openid-configuration", "keys", "token"}


@pytest.mark.parametrize("fault", [name for name, fault in FAULTS.items() if fault.callback is not None])
def test_T73_T81_bad_callbacks_cost_no_token_request(fault):
    """What is wrong with a callback is found before the code is sent; a code that was made up is only found then."""
    provider = SpoiledTenant(SimulatedTenant(), fault)
    outcome_of(provider)
    assert [url for url in provider.urls if url.endswith("/token")] == [] or fault == "code-of-nobody"


@pytest.mark.parametrize(("fault", "claim"), [("refreshed-issuer-wrong", "iss"), ("refreshed-subject-wrong", "sub")])
def test_refreshed_id_tokens_are_spoiled(caller, claims_of, fault, claim):
    """Only the second ID token is wrong, and only in the one claim."""
    provider = SpoiledTenant(caller.tenant, fault)
    first = caller.redeem(caller.tenant.sign_in(caller.authorization_url())["code"])
    form = f"grant_type=refresh_token&refresh_token={first['refresh_token']}&client_id={caller.tenant.client_id}"
    form += f"&client_secret={caller.tenant.client_secret}&scope=openid"
    request = HttpRequest(
        method="POST",
        url=caller.url("token"),
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=form.encode(),
    )
    claims = [
        claims_of(json.loads(each.answer(request).response.body)["id_token"]) for each in (provider, caller.tenant)
    ]
    differing = {name for name in claims[0] if claims[0][name] != claims[1].get(name)}
    assert differing - {"aio", "rh", "uti"} == {claim}


def test_several_keys_are_published():
    """A token without a key id leaves several to try."""
    tenant = SimulatedTenant()
    url = f"{tenant.authority_host}/common/discovery/v2.0/keys"
    counts = {
        name: len(json.loads(SpoiledTenant(tenant, name).answer(HttpRequest(url=url)).response.body)["keys"])
        for name in ("kid-absent-of-one-key", "kid-absent-of-several-keys", "strange-keys-published")
    }
    assert counts == {"kid-absent-of-one-key": 1, "kid-absent-of-several-keys": 4, "strange-keys-published": 7}
