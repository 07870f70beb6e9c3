"""Sessions that end at once, tokens that are asked for anew, and authentication contexts."""

import base64
import json

import pytest

from azuread_auth import AzureAdClient, InteractionRequired
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.received_challenge import claims_in_challenge
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.revocations import Revocations, new_uti
from tests.unit.simulation.conftest import Caller

CP1 = '{"access_token":{"xms_cc":{"values":["CP1"]}}}'
CONTEXT = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
CONTEXTS = '{"access_token":{"acrs":{"essential":true,"values":["c1","c2"]}}}'
SCOPE = "openid offline_access User.Read"


def me(caller: Caller, token: object) -> HttpResponse:
    """What Graph says of a token."""
    request = HttpRequest(url=f"{caller.tenant.graph_url}/me", headers={"authorization": f"Bearer {token}"})
    return caller.tenant.answer(request).response


def signed_in(caller: Caller, user: str = "adele", *, claims: str | None = CP1) -> dict[str, object]:
    """The tokens of a sign-in for Graph."""
    url = caller.authorization_url(scope=SCOPE, claims=claims)
    return caller.redeem(caller.tenant.sign_in(url, user)["code"])


def challenged(response: HttpResponse) -> dict[str, object]:
    """The claims that Graph asks for."""
    assert response.status == 401
    claims = claims_in_challenge(response.headers["www-authenticate"])
    assert claims is not None
    return json.loads(claims)


def test_ended_sessions_need_a_new_sign_in(caller, verdict):
    """Graph challenges, refresh tokens and on-behalf-of calls are refused, and browsers are signed out."""
    tenant = caller.tenant
    api_token = tenant.mint_token()
    before, other = signed_in(caller), signed_in(caller, "megan")
    assert me(caller, before["access_token"]).status == 200
    tenant.revoke_sessions("adele")
    asked = challenged(me(caller, before["access_token"]))
    assert asked == {"access_token": {"nbf": {"essential": True, "value": str(int(caller.now))}}}
    assert verdict(caller.refresh(before["refresh_token"], scope="User.Read")) == ("invalid_grant", 50173)
    assert verdict(caller.on_behalf_of(api_token, scope="User.Read")) == ("invalid_grant", 50173)
    assert tenant.sign_in(caller.authorization_url(prompt="none"))["error"] == "login_required"
    assert me(caller, other["access_token"]).status == 200
    after = signed_in(caller, claims=json.dumps(asked | {"access_token": json.loads(CP1)["access_token"]}))
    assert me(caller, after["access_token"]).status == 200
    assert "access_token" in caller.on_behalf_of(tenant.mint_token(), scope="User.Read")


def test_everybodys_sessions_end(caller):
    """Without a name."""
    tokens = [signed_in(caller, user)["access_token"] for user in ("adele", "megan")]
    caller.tenant.revoke_sessions()
    assert [me(caller, token).status for token in tokens] == [401, 401]


def test_challenge_is_met_by_a_refresh(caller):
    """A token that is got later is good, though no second has passed."""
    tokens = signed_in(caller)
    caller.tenant.challenge_tokens("adele")
    asked = challenged(me(caller, tokens["access_token"]))
    claims = json.dumps({"access_token": asked["access_token"] | json.loads(CP1)["access_token"]})
    fresh = caller.refresh(tokens["refresh_token"], scope="User.Read", claims=claims)
    assert me(caller, fresh["access_token"]).status == 200
    assert caller.tenant.find_requests("token")[-1].has_claims
    assert me(caller, tokens["access_token"]).status == 401


def test_clients_that_take_no_challenge_keep_their_tokens(caller):
    """Until these expire, which is after an hour; the others' live a day."""
    tokens, lasting = signed_in(caller, claims=None), signed_in(caller)
    assert (tokens["expires_in"], lasting["expires_in"]) == (3599, 86_399)
    caller.tenant.revoke_sessions("adele")
    assert me(caller, tokens["access_token"]).status == 200
    caller.now += 3600
    assert me(caller, tokens["access_token"]).status == 401
    assert me(caller, signed_in(caller)["access_token"]).status == 200


def test_other_apis_tokens_live_as_long_as_ever(caller):
    """Only Graph evaluates all the time."""
    tokens = caller.on_behalf_of(caller.tenant.mint_token(), claims=CP1)
    assert tokens["expires_in"] == 3599
    caller.tenant.behaviour.cae_token_lifetime_seconds = 7200
    assert caller.on_behalf_of(caller.tenant.mint_token(), scope="User.Read", claims=CP1)["expires_in"] == 7199


def test_client_brings_the_claims_of_a_challenge():
    """The library's own way: a challenge, its claims, another token, and Graph is content."""
    tenant = SimulatedTenant()
    with AzureAdClient(tenant.settings(client_capabilities=["CP1"])) as azure:
        user = tenant.mint_token()

        def call(claims: str | None = None) -> HttpResponse:
            token = azure.acquire_token_on_behalf_of(user, "User.Read", claims=claims).reveal()
            request = HttpRequest(url=f"{tenant.graph_url}/me", headers={"authorization": f"Bearer {token}"})
            return tenant.answer(request).response

        assert call().status == 200
        tenant.challenge_tokens()
        refused = call()
        assert refused.status == 401
        assert call(claims_in_challenge(refused.headers["www-authenticate"])).status == 200
        assert call().status == 200  # the new one took the place of the old
        tenant.advance(2)  # the same second would ask for the same claims, whose token the client has
        tenant.revoke_sessions()
        with pytest.raises(InteractionRequired):
            call(claims_in_challenge(call().headers["www-authenticate"]))


@pytest.mark.parametrize("claims", [CONTEXT, CONTEXTS])
def test_context_is_met_by_a_sign_in(caller, claims_of, verdict, claims):
    """Its token takes a sign-in that asks for the context; silently it is refused, with the claims to sign in with."""
    tokens = signed_in(caller, claims=None)
    assert "access_token" in caller.refresh(tokens["refresh_token"], scope="User.Read", claims=claims)
    for context in ("c1", "c2"):
        caller.tenant.require_authentication_context(context)
    refused = caller.refresh(tokens["refresh_token"], scope="User.Read", claims=claims)
    assert verdict(refused) == ("interaction_required", 50076)
    assert json.loads(refused["claims"]) == json.loads(claims)
    on_behalf = caller.on_behalf_of(caller.tenant.mint_token(), scope="User.Read", claims=claims)
    assert verdict(on_behalf) == ("interaction_required", 50076)
    wanted = ["c1"] if claims == CONTEXT else ["c1", "c2"]
    met = signed_in(caller, claims=claims)
    assert claims_of(met["access_token"])["acrs"] == wanted
    again = caller.refresh(met["refresh_token"], scope="User.Read", claims=claims)
    assert claims_of(again["access_token"])["acrs"] == wanted
    api_token = caller.tenant.mint_token(claims={"acrs": wanted})
    assert "access_token" in caller.on_behalf_of(api_token, scope="User.Read", claims=claims)


def test_context_asked_for_with_the_code_is_too_late(caller, verdict):
    """The user was not asked for it; others need not be."""
    caller.tenant.require_authentication_context("c1", user="adele")
    url = caller.authorization_url(scope=SCOPE)
    late = caller.redeem(caller.tenant.sign_in(url)["code"], claims=CONTEXT)
    assert verdict(late) == ("interaction_required", 50076)
    other = caller.redeem(caller.tenant.sign_in(url, "megan")["code"], claims=CONTEXT)
    assert "access_token" in other


def test_tokens_without_a_number_go_by_their_time():
    """Those whose id a test chose: what was issued in an earlier second is older."""
    revocations = Revocations()
    old = new_uti(revocations.next_serial())
    revocations.challenge(None, at=1000.5)
    for claims, is_good in (
        ({"iat": 1000}, False),
        ({"iat": 1001}, True),
        ({"iat": 1001, "uti": "mine"}, True),
        ({"iat": 1000, "uti": "!!"}, False),
        ({"iat": 1000, "uti": "\u00e9"}, False),
        ({"iat": "1001"}, False),
        ({"uti": new_uti(revocations.next_serial())}, True),
        ({"uti": old}, False),
    ):
        assert (revocations.challenge_for(claims) is None) is is_good
    revocations.end_sessions("adele", at=2000)
    assert revocations.challenge_for({"oid": "adele", "iat": 1500}) == 2000
    assert revocations.challenge_for({"oid": "megan", "iat": 1500}) is None
    assert revocations.has_ended({"oid": "adele", "iat": 1500})
    assert not revocations.has_ended({"oid": "megan", "iat": 900})
    assert not revocations.has_ended({"oid": 5})


def test_ids_of_tokens_look_as_ever(claims_of):
    """22 characters of base64url, no two alike."""
    tenant = SimulatedTenant()
    ids = {claims_of(tenant.mint_token())["uti"] for _ in range(3)}
    assert {len(each) for each in ids} == {22}
    assert len(ids) == 3
    assert all(base64.urlsafe_b64decode(f"{each}==") for each in ids)
