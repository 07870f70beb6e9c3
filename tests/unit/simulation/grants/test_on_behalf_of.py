"""Tokens for the user who called an API."""

import base64
import json

import pytest

from azuread_auth.client import AzureAdClient
from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from azuread_auth.simulation.claim_faults import ANOTHER_TENANT

KIM = SimulatedUser(
    object_id="0f1e2d3c-4b5a-4968-8776-655443322110", name="Kim", username="kim@contoso.test", groups=("g",)
)


@pytest.mark.parametrize("user", ["adele", "megan", "robin", KIM], ids=["a member", "an admin", "a guest", "own user"])
@pytest.mark.parametrize("version", [1, 2])
def test_user_and_tenant_are_kept(caller, claims_of, user, version):
    """The new token is the same user's of the same tenant, for the resource that was asked for."""
    assertion = caller.tenant.mint_token(user=user, version=version)
    document = caller.on_behalf_of(assertion, scope="api://orders/Orders.Read")
    before, after = claims_of(assertion), claims_of(document["access_token"])
    names = ("oid", "tid", "name", "email", "groups", "roles", "idp")
    assert {name: after.get(name) for name in names} == {name: before.get(name) for name in names}
    assert (after["aud"], after["scp"], after["azp"]) == ("api://orders", "Orders.Read", caller.tenant.client_id)
    assert document["scope"] == "api://orders/Orders.Read"
    assert "refresh_token" not in document


def test_token_of_the_own_api_is_good(caller):
    """What comes out can be checked by the rules of production."""
    tenant = SimulatedTenant()
    caller.tenant = tenant
    document = caller.on_behalf_of(tenant.mint_token(user="megan"))
    with AzureAdClient(tenant.settings()) as azure:
        principal = azure.validate_token(document["access_token"])
    assert (principal.username, principal.scopes) == ("megan@contoso.onmicrosoft.com", {"Files.Read"})


@pytest.mark.parametrize(
    ("path", "issued_by"),
    [
        pytest.param(ANOTHER_TENANT, ANOTHER_TENANT, id="the user's tenant"),
        pytest.param("common", ANOTHER_TENANT, id="common"),
        pytest.param("organizations", ANOTHER_TENANT, id="organizations"),
        pytest.param(None, None, id="another tenant than the user's"),
    ],
)
def test_tenant_is_the_users(caller, claims_of, path, issued_by):
    """A caller of another tenant is served at that tenant's endpoint, or at the shared ones, and nowhere else."""
    document = caller.on_behalf_of(caller.tenant.mint_token(tenant_id=ANOTHER_TENANT), path=path)
    if issued_by is None:
        assert document["error_codes"] == [50013]
    else:
        assert claims_of(document["access_token"])["tid"] == issued_by


def test_personal_accounts_have_keys_of_their_own(caller, claims_of):
    """Their tokens are signed by the key that is bound to their tenant, and so is what comes out."""
    personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
    document = caller.on_behalf_of(caller.tenant.mint_token(tenant_id=personal), path="common")
    assert claims_of(document["access_token"])["tid"] == personal


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        pytest.param({"fault": "bad-signature"}, 50013, id="altered signature"),
        pytest.param({"fault": "unknown-key"}, 50013, id="unpublished key"),
        pytest.param({"fault": "consumer-key"}, 50013, id="key of personal accounts"),
        pytest.param({"fault": "alg-none"}, 50013, id="no signature"),
        pytest.param({"fault": "wrong-issuer"}, 50013, id="another issuer"),
        pytest.param({"fault": "missing-tid"}, 50013, id="no tenant", marks=[]),
        pytest.param({"fault": "wrong-audience"}, 500131, id="another audience"),
        pytest.param({"fault": "expired"}, 500133, id="expired"),
        pytest.param({"expires_in": 0}, 500133, id="expires now"),
        pytest.param({"fault": "not-yet-valid"}, 500133, id="not yet valid"),
        pytest.param({"fault": "string-exp"}, 500133, id="exp is text"),
        pytest.param({"kind": "app", "roles": "R"}, 7000114, id="an application's token"),
        pytest.param({"fault": "id-token"}, 240002, id="an ID token"),
        pytest.param({"fault": "encrypted-shape"}, 50027, id="no signed token"),
        pytest.param({"fault": "duplicate-claim"}, 50027, id="a claim twice"),
    ],
)
def test_T123_bad_assertion_is_refused(caller, verdict, wishes, code):
    """The assertion is checked as Entra checks it, and each flaw has its code."""
    path = "common" if wishes.get("fault") == "missing-tid" else None
    assert verdict(caller.on_behalf_of(caller.tenant.mint_token(**wishes), path=path)) == ("invalid_grant", code)


def test_application_must_prove_itself(caller, verdict):
    """A user's token alone gets nothing."""
    document = caller.on_behalf_of(caller.tenant.mint_token(), client_secret="")
    assert verdict(document) == ("invalid_client", 7000218)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"requested_token_use": "other"}, 90023, id="another use"),
        pytest.param({"requested_token_use": ""}, 900144, id="no use"),
        pytest.param({"assertion": ""}, 900144, id="no assertion"),
        pytest.param({"scope": ""}, 900144, id="no scope"),
        pytest.param({"scope": "api://a/A api://b/B"}, 28000, id="two resources"),
        pytest.param({"scope": "api://a/.default api://a/A"}, 70011, id=".default among others"),
        pytest.param({"scope": "api://a/"}, 70011, id="no name of a scope"),
    ],
)
def test_wrong_request_is_refused(caller, changes, code):
    """Each flaw has the code that Entra gives it."""
    assert caller.on_behalf_of(caller.tenant.mint_token(), **changes)["error_codes"] == [code]


@pytest.mark.parametrize(
    ("scope", "scp", "granted"),
    [
        pytest.param("User.Read", "User.Read", "User.Read", id="Graph by short name"),
        pytest.param(
            "https://graph.microsoft.com/.default",
            "User.Read",
            "https://graph.microsoft.com/User.Read https://graph.microsoft.com/.default",
            id="all of Graph",
        ),
        pytest.param(
            "api://o/.default", "user_impersonation", "api://o/user_impersonation api://o/.default", id="all of an API"
        ),
        pytest.param("api://o/A openid api://o/B", "A B", "api://o/A openid api://o/B", id="two permissions"),
        pytest.param("openid profile", "User.Read", "openid profile", id="OpenID Connect's alone"),
    ],
)
def test_scopes_of_token_and_answer(caller, claims_of, scope, scp, granted):
    """The token has short names, the answer those that were asked for, and what .default stands for."""
    document = caller.on_behalf_of(caller.tenant.mint_token(), scope=scope)
    assert claims_of(document["access_token"])["scp"] == scp
    assert document["scope"] == granted


def test_more_comes_when_asked_for(caller, claims_of):
    """A refresh token, an ID token and the account's ids come with the answer."""
    scope = f"{caller.own_scope} openid offline_access"
    document = caller.on_behalf_of(caller.tenant.mint_token(user="robin"), scope=scope, client_info="1")
    assert caller.refresh(document["refresh_token"])["access_token"]
    ids = json.loads(base64.urlsafe_b64decode(document["client_info"] + "=="))
    robin = claims_of(document["id_token"])
    assert ids == {"uid": robin["oid"], "utid": "d4e5f6a7-b8c9-4d0e-9f1a-2b3c4d5e6f70"}
    assert (robin["aud"], "scp" in robin, "azp" in robin) == (caller.tenant.client_id, False, False)
    assert "offline_access" not in document["scope"]


def test_consent_can_be_withheld(caller, verdict):
    """Without consent the user is needed, until somebody consents; other scopes and users go on."""
    caller.tenant.require_consent("api://orders/Orders.Read", user="megan")
    megan, adele = caller.tenant.mint_token(user="megan"), caller.tenant.mint_token()
    document = caller.on_behalf_of(megan, scope="api://orders/Orders.Read")
    assert verdict(document) == ("invalid_grant", 65001)
    assert document["suberror"] == "consent_required"
    assert "error" not in caller.on_behalf_of(megan, scope="api://orders/Orders.Write")
    assert "error" not in caller.on_behalf_of(adele, scope="api://orders/Orders.Read")
    caller.tenant.grant_consent("api://orders/Orders.Read")
    assert "error" not in caller.on_behalf_of(megan, scope="api://orders/Orders.Read")


def test_mfa_is_demanded_until_its_claims_come_back(caller, verdict, claims_of):
    """The claims of the refusal open the way, and so does a token that was got with them."""
    caller.tenant.require_mfa()
    document = caller.on_behalf_of(caller.tenant.mint_token())
    assert verdict(document) == ("interaction_required", 50076)
    better = caller.on_behalf_of(caller.tenant.mint_token(), claims=document["claims"])
    assert claims_of(better["access_token"])["amr"] == ["pwd", "mfa"]
    assert "error" not in caller.on_behalf_of(better["access_token"])


def test_api_may_be_named_by_its_own_uri(caller, verdict):
    """Tokens of the first version have one of the API's URIs as audience."""
    api = caller.tenant.register_app(secret="s", identifier_uris=["api://orders"])
    proof = {"client_id": api.client_id, "client_secret": "s", "scope": "User.Read"}
    assertion = caller.tenant.mint_token(audience="api://orders", version=1)
    assert "access_token" in caller.on_behalf_of(assertion, **proof)
    assert verdict(caller.on_behalf_of(assertion)) == ("invalid_grant", 500131)
