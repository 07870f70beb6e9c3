"""Tokens for the code that a sign-in ended with."""

import base64
import hashlib

import pytest

from azuread_auth.client import AzureAdClient
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.claim_faults import ANOTHER_TENANT
from azuread_auth.simulation.users import SECOND_TENANT

WEB = "https://app.azuread-auth.test/auth/callback"


def code_of(caller, *, user="adele", path=None, **changes):
    """The code of a sign-in."""
    return caller.tenant.sign_in(caller.authorization_url(path, **changes), user)["code"]


def test_sign_in_ends_with_tokens(caller, claims_of):
    """A code gives an access token, an ID token with the nonce, and a refresh token."""
    document = caller.redeem(code_of(caller, user="megan"))
    identity = claims_of(document["id_token"])
    assert (identity["nonce"], identity["aud"]) == ("the-nonce", caller.tenant.client_id)
    assert (identity["name"], identity["roles"]) == ("Megan Bowen", ["Admin"])
    assert claims_of(document["access_token"])["scp"] == "Files.Read"
    assert document["scope"] == f"openid profile {caller.own_scope}"
    assert caller.refresh(document["refresh_token"])["access_token"]


def test_token_of_the_own_api_is_good(caller):
    """What comes out can be checked by the rules of production."""
    caller.tenant = SimulatedTenant()
    document = caller.redeem(code_of(caller))
    with AzureAdClient(caller.tenant.settings()) as azure:
        assert azure.validate_token(document["access_token"]).username == "adele@contoso.onmicrosoft.com"


def test_scope_may_name_one_resource_of_several(caller, claims_of):
    """The sign-in may be about several resources; a token is for one, the first unless another is named."""
    scope = f"openid {caller.own_scope} api://orders/Orders.Read"
    first = caller.redeem(code_of(caller, scope=scope))
    other = caller.redeem(code_of(caller, scope=scope), scope="api://orders/Orders.Read")
    assert claims_of(first["access_token"])["aud"] == caller.tenant.client_id
    assert claims_of(other["access_token"])["aud"] == "api://orders"
    assert "id_token" not in other


@pytest.mark.parametrize(
    ("path", "user", "tenant"),
    [
        ("common", "adele", None),
        ("organizations", "adele", None),
        ("contoso.onmicrosoft.com", "adele", None),
        ("fabrikam.test", "nina", SECOND_TENANT),
        (SECOND_TENANT, "robin", SECOND_TENANT),
    ],
)
def test_tenant_of_the_sign_in_issues(caller, claims_of, path, user, tenant):
    """The shared endpoints sign users in to their own tenant."""
    code = caller.tenant.sign_in(caller.authorization_url(path), user)["code"]
    document = caller.redeem(code, path=path)
    assert claims_of(document["id_token"])["tid"] == (tenant or caller.tenant.tenant_id)


@pytest.mark.parametrize(
    ("asked", "redeemed", "expected"),
    [
        pytest.param({}, {"code": "1.unknown"}, ("invalid_grant", 70000), id="unknown code"),
        pytest.param({}, {"code": None}, ("invalid_request", 900144), id="no code"),
        pytest.param({}, {"redirect_uri": WEB}, ("invalid_grant", 50011), id="another redirect URI"),
        pytest.param({}, {"redirect_uri": None}, ("invalid_request", 900144), id="no redirect URI"),
        pytest.param({}, {"code_verifier": "x" * 43}, ("invalid_grant", 501481), id="another verifier"),
        pytest.param({}, {"code_verifier": None}, ("invalid_grant", 501481), id="no verifier"),
        pytest.param(
            {"code_challenge": None, "code_challenge_method": None}, {}, ("invalid_grant", 501481), id="no challenge"
        ),
        pytest.param({}, {"path": ANOTHER_TENANT}, ("invalid_grant", 700005), id="another tenant"),
        pytest.param({}, {"client_secret": "wrong"}, ("invalid_client", 7000215), id="wrong secret"),
        pytest.param(
            {"redirect_uri": WEB},
            {"redirect_uri": WEB, "client_secret": None},
            ("invalid_client", 7000218),
            id="no secret for a web application",
        ),
        pytest.param(
            {"code_challenge": None, "code_challenge_method": None},
            {"client_secret": None, "code_verifier": None},
            ("invalid_client", 7000218),
            id="neither secret nor PKCE",
        ),
        pytest.param(
            {}, {"scope": "api://a/A api://b/B"}, ("invalid_request", 28000), id="two resources in one token request"
        ),
    ],
)
def test_wrong_redemption_is_refused(caller, verdict, asked, redeemed, expected):
    """Each flaw has the error and the code that Entra gives it."""
    assert verdict(caller.redeem(**{"code": code_of(caller, **asked)} | redeemed)) == expected


def test_code_counts_once(caller, verdict):
    """A code that was redeemed is spent, and so is one that was presented with something wrong."""
    code = code_of(caller)
    assert "error" not in caller.redeem(code)
    assert verdict(caller.redeem(code)) == ("invalid_grant", 54005)
    code = code_of(caller)
    caller.redeem(code, code_verifier="x" * 43)
    assert verdict(caller.redeem(code)) == ("invalid_grant", 54005)


def test_code_expires(caller, verdict):
    """Ten minutes are what there is."""
    code = code_of(caller)
    caller.now += 600
    assert verdict(caller.redeem(code)) == ("invalid_grant", 70008)


def test_pkce_is_not_demanded_of_who_has_a_secret(caller):
    """A confidential application may do without, as older ones do."""
    code = code_of(caller, code_challenge=None, code_challenge_method=None)
    assert "error" not in caller.redeem(code, code_verifier=None)


def test_public_client_proves_itself_by_pkce(caller, verdict):
    """A native application has no secret; its refresh tokens need none either."""
    document = caller.redeem(code_of(caller), client_secret=None)
    assert "error" not in caller.refresh(document["refresh_token"], client_secret="")
    app = caller.tenant.register_app(public=True, redirect_uris=["myapp://callback"])
    changes = {"client_id": app.client_id, "redirect_uri": "myapp://callback"}
    assert "error" not in caller.redeem(code_of(caller, **changes), client_secret=None, **changes)


def test_code_belongs_to_its_client(caller, verdict):
    """Another application cannot redeem it; one that allows no public clients must prove itself."""
    app = caller.tenant.register_app(secret="s", redirect_uris=["http://localhost/auth/callback"])
    other = {"client_id": app.client_id, "client_secret": "s"}
    assert verdict(caller.redeem(code_of(caller), **other)) == ("invalid_grant", 70000)
    code = code_of(caller, client_id=app.client_id)
    assert verdict(caller.redeem(code, client_id=app.client_id, client_secret=None)) == ("invalid_client", 7000218)
    assert "error" not in caller.redeem(code, **other)


def test_claims_of_the_sign_in_are_in_the_token(caller, claims_of):
    """What the application asked for at either endpoint is there."""
    code = code_of(caller, claims='{"access_token":{"acrs":{"value":"c1"}}}')
    document = caller.redeem(code, claims='{"access_token":{"acrs":{"value":"c2"},"xms_cc":{"values":["CP1"]}}}')
    claims = claims_of(document["access_token"])
    assert (claims["acrs"], claims["xms_cc"]) == (["c1", "c2"], ["CP1"])


def test_somebody_at_a_browser_meets_the_demand_for_mfa(caller, claims_of):
    """Who signs in where it is demanded has proved themself twice, and their refresh tokens go on to say so."""
    caller.tenant.require_mfa()
    document = caller.redeem(code_of(caller))
    assert claims_of(document["access_token"])["amr"] == ["pwd", "mfa"]
    assert "error" not in caller.refresh(document["refresh_token"])


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "é"], ids=["short", "long", "other characters"])
def test_verifier_has_its_length(caller, verdict, verifier):
    """RFC 7636 4.1: 43 to 128 characters, whatever the digest says."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = code_of(caller, code_challenge=digest)
    assert verdict(caller.redeem(code, code_verifier=verifier)) == ("invalid_grant", 501481)


@pytest.mark.parametrize("length", [42, 129])
def test_challenge_has_its_length(caller, length):
    """The application is told at the sign-in."""
    answer = caller.tenant.sign_in(caller.authorization_url(code_challenge="c" * length))
    assert "AADSTS501491" in answer["error_description"]
