"""What ID tokens of a browser's sign-in say."""

import pytest

from azuread_auth.simulation.users import DEFAULT_USERS


@pytest.fixture
def id_claims(caller, claims_of):
    """The claims of the ID token of a user."""

    def read(user):
        answer = caller.tenant.sign_in(caller.authorization_url(), user)
        return claims_of(caller.redeem(answer["code"])["id_token"])

    return read


def test_login_hint_and_session(id_claims):
    """Each has `login_hint` of its user and `sid` of the session."""
    one, again, other = id_claims("adele"), id_claims("adele"), id_claims("megan")
    assert one["login_hint"] == again["login_hint"] == DEFAULT_USERS["adele"].login_hint != other["login_hint"]
    assert one["sid"] == again["sid"] != other["sid"]
    assert "acrs" not in one


def test_guests_have_an_address_and_administrators_roles(id_claims):
    """Guests come with `email`, Megan with her role and group."""
    assert id_claims("robin")["email"] == "robin@fabrikam.test"
    megan = id_claims("megan")
    assert (megan["roles"], len(megan["groups"])) == (["Admin"], 1)


def test_groups_overage(caller, id_claims, claims_of):
    """Beyond 200 groups a token says where they can be asked for, in place of a list."""
    claims = id_claims("gale")
    assert claims["_claim_names"] == {"groups": "src1"}
    assert claims["_claim_sources"]["src1"]["endpoint"].endswith(f"/users/{claims['oid']}/getMemberObjects")
    assert "groups" not in claims
    assert caller.tenant.principal(user="gale").groups_overage
    assert len(claims_of(caller.tenant.mint_token(groups=["g"] * 200))["groups"]) == 200


def test_sign_in_on_a_device_has_no_browser(caller, claims_of):
    """Its ID token has a `sid` all the same, of nobody's session; the tenant is that of the account."""
    device = caller.device("common")
    caller.tenant.approve_device(str(device["user_code"]), "nina")
    claims = claims_of(caller.poll(device, path="common")["id_token"])
    assert (claims["tid"], len(claims["sid"])) == (DEFAULT_USERS["nina"].tenant_id, 36)
    assert caller.tenant.sign_out() == ()
