"""Grants without a page: what the user has yet to do is refused, and so is a user of elsewhere."""

import json
from dataclasses import replace

import pytest

from azuread_auth.simulation.claim_faults import ANOTHER_TENANT
from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT

ADELE = DEFAULT_USERS["adele"]


def refresh_token_of(caller, user="adele", path=None):
    """What a sign-in ends with."""
    code = caller.tenant.sign_in(caller.authorization_url(path), user)["code"]
    return caller.redeem(code, path=path)["refresh_token"]


def refresh_at(caller, path, token):
    """The answer of another endpoint than the tenant's own."""
    return caller.token(
        path=path, grant_type="refresh_token", refresh_token=token, scope="openid User.Read", **caller.proof
    )


@pytest.mark.parametrize(
    ("user", "expected"),
    [("casey", ("invalid_grant", 65001)), ("blake", ("invalid_grant", 50057))],
    ids=["has not consented", "blocked"],
)
def test_call_on_behalf_of_a_user_who_may_not(caller, verdict, user, expected):
    """An API is told what a sign-in would have asked for."""
    assert verdict(caller.on_behalf_of(caller.tenant.mint_token(user=user))) == expected


def test_call_on_behalf_of_a_user_without_second_factor(caller, verdict):
    """The refusal has claims; a token of a sign-in with a second factor is good."""
    document = caller.on_behalf_of(caller.tenant.mint_token(user="morgan"))
    assert verdict(document) == ("interaction_required", 50076)
    assert "capolids" in json.loads(document["claims"])["access_token"]
    proved = caller.tenant.mint_token(user="morgan", claims={"amr": ["pwd", "mfa"]})
    assert "access_token" in caller.on_behalf_of(proved)


def test_consent_is_to_the_application_that_asks(caller, verdict):
    """A sign-in to the API's own application is enough, one to another is not."""
    other = caller.tenant.register_app(secret="s", redirect_uris=["http://localhost/x"])
    asked = {"client_id": other.client_id, "redirect_uri": "http://localhost/x"}
    caller.tenant.sign_in(caller.authorization_url(**asked, scope="openid User.Read"), "casey")
    assertion = caller.tenant.mint_token(user="casey")
    assert verdict(caller.on_behalf_of(assertion)) == ("invalid_grant", 65001)
    caller.tenant.sign_in(caller.authorization_url(), "casey")
    assert "access_token" in caller.on_behalf_of(assertion)


@pytest.mark.parametrize("path", ["fabrikam.test", ANOTHER_TENANT, "consumers"])
def test_refresh_at_a_tenant_of_others(caller, verdict, path):
    """A refresh token is good wherever its user has an account, and nowhere else."""
    assert verdict(refresh_at(caller, path, refresh_token_of(caller))) == ("invalid_grant", 50020)


@pytest.mark.parametrize("path", ["common", "organizations"])
def test_refresh_at_a_shared_endpoint(caller, claims_of, path):
    """The tenant stays the one of before."""
    document = refresh_at(caller, path, refresh_token_of(caller))
    assert claims_of(document["id_token"])["tid"] == caller.tenant.tenant_id


def test_guest_is_a_member_at_home(caller, claims_of):
    """One refresh token is good in both tenants, whose tokens say what the user is there."""
    token = refresh_token_of(caller, "robin")
    away = claims_of(refresh_at(caller, caller.tenant.domain, token)["id_token"])
    home = claims_of(refresh_at(caller, "fabrikam.test", token)["id_token"])
    assert (away["tid"], away["idp"]) == (caller.tenant.tenant_id, f"https://login.azuread-auth.test/{SECOND_TENANT}/")
    assert (home["tid"], "idp" in home) == (SECOND_TENANT, False)
    assert home["preferred_username"] == "robin@fabrikam.test"


def test_refresh_in_a_tenant_that_a_token_was_minted_for(caller, claims_of):
    """Callers of any tenant can be made up, and their sessions go on."""
    assertion = caller.tenant.mint_token(tenant_id=ANOTHER_TENANT)
    scope = f"{caller.own_scope} offline_access"
    first = caller.on_behalf_of(assertion, path=ANOTHER_TENANT, scope=scope)
    again = refresh_at(caller, ANOTHER_TENANT, first["refresh_token"])
    assert claims_of(again["access_token"])["tid"] == ANOTHER_TENANT


def test_refresh_for_the_user_as_they_are_now(caller, claims_of, verdict):
    """The last that was said of a user counts: other roles, and that they are blocked."""
    token = refresh_token_of(caller)
    caller.tenant.mint_token(user=replace(ADELE, roles=("Auditor",)))
    assert claims_of(caller.refresh(token)["access_token"])["roles"] == ["Auditor"]
    caller.tenant.mint_token(user=replace(ADELE, is_blocked=True))
    assert verdict(caller.refresh(token)) == ("invalid_grant", 50057)


def test_sign_in_takes_the_newest_value_of_a_user(caller, claims_of):
    """Also where the user is signed in already."""
    for user, roles in ((ADELE, None), (replace(ADELE, roles=("Auditor",)), ["Auditor"]), ("adele", None)):
        tokens = caller.redeem(caller.tenant.sign_in(caller.authorization_url(), user)["code"])
        assert claims_of(tokens["id_token"]).get("roles") == roles
