"""Good tokens of every sort: what is in them, and that applications accept them."""

import json

import jwt
import pytest

from azuread_auth._protocol.clouds import PERSONAL_TENANT, cloud_of
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from azuread_auth.simulation.tenant import DEFAULT_CLIENT_ID
from azuread_auth.simulation.token_order import DEFAULT_CALLER
from azuread_auth.simulation.users import DEFAULT_USERS

NOW = 1_800_000_000.5
OTHER_TENANT = "3f2e1d0c-9b8a-4756-8493-a2b1c0d9e8f7"


@pytest.fixture
def tenant():
    """A tenant in process."""
    return SimulatedTenant()


def claims_of(token: str) -> dict[str, object]:
    """The claims, unverified."""
    return jwt.decode(token, options={"verify_signature": False})


def test_user_token_of_version_2():
    """A user's token has what Entra's has, and a scope that every API has at first."""
    tenant = SimulatedTenant(now=lambda: NOW)
    token = tenant.mint_token()
    claims = claims_of(token)
    adele = DEFAULT_USERS["adele"]
    assert claims["aud"] == tenant.client_id == DEFAULT_CLIENT_ID
    assert claims["iss"] == f"https://login.azuread-auth.test/{tenant.tenant_id}/v2.0"
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (1_800_000_000, 1_800_000_000, 1_800_003_600)
    assert (claims["tid"], claims["oid"], claims["ver"]) == (tenant.tenant_id, adele.object_id, "2.0")
    assert (claims["azp"], claims["azpacr"]) == (DEFAULT_CALLER, "0")
    assert (claims["scp"], claims["preferred_username"], claims["name"]) == (
        "user_impersonation",
        adele.username,
        adele.name,
    )
    assert claims["sub"] not in (adele.object_id, "")
    assert {"aio", "rh", "uti", "email"} < claims.keys()
    assert {"roles", "groups", "idtyp", "upn", "acct"}.isdisjoint(claims)
    assert set(jwt.get_unverified_header(token)) == {"typ", "alg", "kid"}


def test_user_token_of_version_1(tenant):
    """Version 1 names the API by its URI and the client in appid, and its header has x5t."""
    token = tenant.mint_token(version=1)
    claims = claims_of(token)
    assert claims["aud"] == f"api://{tenant.client_id}"
    assert claims["iss"] == f"https://login.azuread-auth.test/{tenant.tenant_id}/"
    assert (claims["ver"], claims["appid"], claims["appidacr"]) == ("1.0", DEFAULT_CALLER, "0")
    assert (claims["given_name"], claims["family_name"]) == ("Adele", "Vance")
    assert claims["upn"] == claims["unique_name"] == DEFAULT_USERS["adele"].username
    assert {"azp", "azpacr", "preferred_username"}.isdisjoint(claims)
    header = jwt.get_unverified_header(token)
    assert header["x5t"] == header["kid"]


@pytest.mark.parametrize(("version", "client_claim"), [(1, "appid"), (2, "azp")])
def test_application_token(tenant, version, client_claim):
    """An application's token says so, has roles in place of scopes and itself as subject."""
    claims = claims_of(tenant.mint_token(kind="app", roles=["Files.Read.All"], version=version))
    assert claims["idtyp"] == "app"
    assert claims["roles"] == ["Files.Read.All"]
    assert claims["oid"] == claims["sub"]
    assert claims[f"{client_claim}acr"] == "1"
    assert {"scp", "name", "preferred_username", "upn"}.isdisjoint(claims)
    assert claims.get("idp") == (claims["iss"] if version == 1 else None)
    assert "roles" not in claims_of(tenant.mint_token(kind="app"))
    assert claims_of(tenant.mint_token(kind="app", scopes="/"))["scp"] == "/"


def test_users_bring_roles_groups_and_guests_their_home(tenant):
    """Megan is an administrator, Robin a guest, and anybody can be made up."""
    megan = claims_of(tenant.mint_token(user="megan", roles=["Reader", "Admin"]))
    assert (megan["roles"], megan["groups"]) == (["Admin", "Reader"], list(DEFAULT_USERS["megan"].groups))
    assert claims_of(tenant.mint_token(user="megan", groups=["g-1"]))["groups"] == ["g-1"]
    assert "groups" not in claims_of(tenant.mint_token(user="megan", groups=()))
    robin = claims_of(tenant.mint_token(user="robin"))
    assert DEFAULT_USERS["robin"].is_guest
    assert robin["acct"] == 1
    assert str(robin["idp"]).endswith(f"/{DEFAULT_USERS['robin'].home_tenant_id}/")
    nobody = SimulatedUser(object_id="o-1", name="N", username="n@contoso.test")
    claims = claims_of(tenant.mint_token(user=nobody, version=1))
    assert (claims["oid"], claims["family_name"]) == ("o-1", "")
    assert "email" not in claims


def test_scopes_and_roles_may_be_text(tenant):
    """A text is never taken letter by letter."""
    claims = claims_of(tenant.mint_token(scopes="Files.Read Files.Write", roles="Admin"))
    assert (claims["scp"], claims["roles"]) == ("Files.Read Files.Write", ["Admin"])
    assert claims_of(tenant.mint_token(scopes=["Files.Read"]))["scp"] == "Files.Read"
    assert "scp" not in claims_of(tenant.mint_token(scopes=()))


def test_wishes_reach_the_claims(tenant):
    """Lifetime, audience, client and tenant are as ordered; claims come last, and None takes one away."""
    claims = claims_of(
        tenant.mint_token(
            expires_in=60,
            audience=["api://x", "api://y"],
            client=OTHER_TENANT,
            tenant_id=OTHER_TENANT,
            claims={"name": None, "acrs": ["c1"], "ver": "9"},
        )
    )
    assert claims["exp"] == pytest.approx(claims["iat"] + 60, abs=1)
    assert claims["aud"] == ["api://x", "api://y"]
    assert claims["azp"] == claims["tid"] == OTHER_TENANT
    assert f"/{OTHER_TENANT}/" in str(claims["iss"])
    assert (claims["acrs"], claims["ver"]) == (["c1"], "9")
    assert "name" not in claims


def test_subjects_are_pairwise():
    """The same user has another sub towards another API, and the same one towards the same."""
    tenants = [SimulatedTenant(), SimulatedTenant(), SimulatedTenant(client_id=OTHER_TENANT)]
    first, second, third = (claims_of(tenant.mint_token())["sub"] for tenant in tenants)
    assert first == second != third


def test_two_tokens_are_never_the_same(tenant):
    """Each token has an identifier of its own."""
    assert len({claims_of(tenant.mint_token())["uti"] for _ in range(20)}) == 20


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_signature_verifies_under_the_published_key(tenant, algorithm):
    """PyJWT accepts the token with the key that the key set lists under its kid."""
    token = tenant.mint_token(algorithm=algorithm)
    url = f"{tenant.authority_host}/common/discovery/v2.0/keys"
    response = tenant.answer(HttpRequest(url=url)).response
    keys = {key["kid"]: key for key in json.loads(response.body)["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]], algorithm=algorithm)
    assert jwt.decode(token, key, algorithms=[algorithm], audience=tenant.client_id)["tid"] == tenant.tenant_id


def accepted(tenant: SimulatedTenant) -> dict[str, tuple[dict[str, object], dict[str, object]]]:
    """Settings of an application, and a token that it must accept."""
    b2c, tfp = tenant.b2c_authority_url(), f"{tenant.authority_host}/tfp/{tenant.tenant_id}/B2C_1_x"
    external = tenant.external_id_authority_url
    return {
        "user": ({}, {}),
        "user, version 1": ({}, {"version": 1}),
        "application": ({}, {"kind": "app", "roles": "Reader"}),
        "application, version 1": ({}, {"kind": "app", "roles": "Reader", "version": 1}),
        "guest": ({}, {"user": "robin"}),
        "tenant by its domain": ({"tenant_id": tenant.domain}, {}),
        "another tenant": ({"tenants": {OTHER_TENANT}}, {"tenant_id": OTHER_TENANT}),
        "another tenant, version 1": ({"tenants": {OTHER_TENANT}}, {"tenant_id": OTHER_TENANT, "version": 1}),
        "personal account": ({"tenant_id": "consumers"}, {"tenant_id": PERSONAL_TENANT}),
        "personal account by its authority": (
            {"tenant_id": "consumers"},
            {"authority_url": f"{tenant.authority_host}/consumers/v2.0"},
        ),
        "own tenant by the common authority": ({}, {"authority_url": f"{tenant.authority_host}/common"}),
        "External ID": ({"authority_url": external}, {"authority_url": external}),
        "B2C": ({"authority_url": b2c}, {"authority_url": b2c}),
        "B2C application": ({"authority_url": b2c}, {"authority_url": b2c, "kind": "app", "roles": "Reader"}),
        "B2C, policy in the issuer": ({"authority_url": tfp}, {"authority_url": tfp}),
    }


@pytest.mark.parametrize("case", list(accepted(SimulatedTenant())))
@pytest.mark.parametrize("is_served", [False, True], ids=["in process", "served"])
def test_applications_accept_the_tokens(tenant, case, is_served):
    """Every sort of good token opens the application that it is for, in process and once the tenant serves."""
    with tenant:
        if is_served:
            tenant.serve()
        settings, wishes = accepted(tenant)[case]
        with AzureAdClient(tenant.settings(**settings)) as azure:
            principal = azure.validate_token(tenant.mint_token(**wishes))
    assert principal.kind == wishes.get("kind", "user")
    assert principal.is_guest is (case == "guest")


def test_b2c_token_has_b2cs_claims(tenant):
    """A policy's token names it, has ver 1.0 whatever is asked for, no tid and a list of addresses."""
    url = tenant.b2c_authority_url("B2C_1_other")
    token = tenant.mint_token(authority_url=url, version=1)
    claims = claims_of(token)
    assert (claims["tfp"], claims["ver"], claims["aud"]) == ("B2C_1_other", "1.0", tenant.client_id)
    assert claims["iss"] == f"https://contoso.b2clogin.azuread-auth.test/{tenant.tenant_id}/v2.0/"
    assert claims["emails"] == ["adele@contoso.test"]
    assert {"tid", "email", "uti"}.isdisjoint(claims)
    assert "x5t" not in jwt.get_unverified_header(token)
    nobody = SimulatedUser(object_id="o-1", name="N", username="n@contoso.test")
    assert "emails" not in claims_of(tenant.mint_token(authority_url=url, user=nobody))


def test_T124_issuer_is_never_a_real_host(tenant):
    """No issuer that a simulated tenant can be made to use is on a host that a real application trusts."""
    for url in (None, tenant.b2c_authority_url(), tenant.external_id_authority_url):
        host = str(claims_of(tenant.mint_token(authority_url=url))["iss"]).split("/")[2]
        assert host.endswith(".azuread-auth.test")
        assert cloud_of(host) is None
    with pytest.raises(ConfigurationError, match="authority_url"):
        tenant.mint_token(authority_url=f"https://login.microsoftonline.com/{tenant.tenant_id}")


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"kind": "device"}, "kind= is none that tokens have; expected one of 'user', 'app'"),
        ({"version": 3}, "version= is none that tokens have; expected one of 1, 2"),
        ({"algorithm": "HS256"}, "algorithm= is none that tokens have; expected one of 'RS256', 'RS384', 'RS512'"),
        ({"user": "eve"}, "user= names nobody .* expected adele, megan, robin, .* or a SimulatedUser"),
        ({"fault": "typo"}, "fault= is none .* expected one of expired, not-yet-valid, .*"),
        ({"authority_url": "https://login.azuread-auth.test/nobody"}, "authority_url= is not this tenant's"),
    ],
)
def test_wish_that_cannot_be_met_is_refused(tenant, wishes, message):
    """A wrong keyword value is told with what would be right."""
    with pytest.raises(ConfigurationError, match=message):
        tenant.mint_token(**wishes)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"tenant_id": "x"}, "tenant_id= is not"),
        ({"tenant_id": 5}, "tenant_id= is not"),
        ({"audience": 5}, "audience= is not"),
        ({"audience": [5]}, "audience= is not"),
        ({"expires_in": "x"}, "expires_in= is not"),
        ({"expires_in": True}, "expires_in= is not"),
        ({"expires_in": float("nan")}, "expires_in= is not"),
        ({"claims": [1]}, "claims= is not"),
        ({"claims": {1: 1}}, "claims= is not"),
        ({"scopes": 5}, "scopes= is no list of text"),
        ({"roles": [5]}, "roles= is no list of text"),
        ({"groups": 5}, "groups= is no list of text"),
        ({"client": None}, "client= is not"),
        ({"fault": ["expired"]}, "fault= is not"),
        ({"user": ["adele"]}, "user= names nobody"),
    ],
    ids=str,
)
def test_wish_of_another_type_is_refused(tenant, wish, said):
    """The message names it, and what was expected."""
    with pytest.raises(ConfigurationError, match=said):
        tenant.mint_token(**wish)


def test_lists_may_be_text_or_made_on_the_way(tenant):
    """One group as text is one group; generators are taken too."""
    assert claims_of(tenant.mint_token(groups="g1"))["groups"] == ["g1"]
    assert claims_of(tenant.mint_token(groups=iter(["g1", "g2"])))["groups"] == ["g1", "g2"]
    assert claims_of(tenant.mint_token(scopes=iter(["a", "b"])))["scp"] == "a b"
