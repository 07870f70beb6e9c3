"""Several tenants at once: whose users and applications are known at which endpoint."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from azuread_auth import AzureAdClient, ConfigurationError
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.users import SECOND_TENANT
from tests.unit.simulation.conftest import FORM, Caller, HttpRequest

EXAMPLE = Path(__file__).parents[3] / "examples" / "simulated_directory.toml"
TENANT = "3f6c2a10-8b4d-4e2f-9a7c-5d1e0f2b3c4d"
TAILSPIN = "7a1b9c3d-2e4f-4a6b-8c0d-1e2f3a4b5c6d"
SHOP = "5c8e1a3f-6b7d-4c9e-a1f2-3d4e5f6a7b8c"
ORDERS = "9d2f4b6a-8c0e-4d1f-b3a5-7c9e1f3a5b7d"
HANDHELD = "1e3a5c7e-9b0d-4f2a-8c4e-6a8c0e2a4c6e"
NIGHTLY = "2f4b6d8f-0c1e-4a3b-9d5f-7b9d1f3b5d7f"
STRANGER = "11111111-2222-4333-8444-555555555555"
SCOPE = f"openid profile offline_access api://{SHOP}/Files.Read"


class FileCaller(Caller):
    """Asks a tenant whose directory is the example's."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.tenant = SimulatedTenant.from_file(EXAMPLE, now=lambda: self.now)


@pytest.fixture
def caller():
    """Somebody with the tenants of the example."""
    return FileCaller()


@pytest.mark.parametrize("served", [False, True], ids=["in process", "loopback"])
@pytest.mark.parametrize(
    "signing_in",
    [
        pytest.param((TENANT, "ana", TENANT), id="own"),
        pytest.param(("northwind.test", "omar", TENANT), id="own by its domain"),
        pytest.param((TAILSPIN, "tess", TAILSPIN), id="another"),
        pytest.param(("tailspin.test", "tess", TAILSPIN), id="another by its domain"),
        pytest.param(("organizations", "tess", TAILSPIN), id="organizations"),
        pytest.param(("common", "ana", TENANT), id="common"),
    ],
)
def test_users_sign_in_at_their_tenants(caller, claims_of, signing_in, served):
    """Tokens are the account's tenant's: `iss`, `tid`, and so after a refresh."""
    path, user, tenant_id = signing_in
    with caller.tenant as tenant:
        if served:
            tenant.serve()
        url = caller.authorization_url(path, scope=SCOPE)
        tokens = caller.redeem(tenant.sign_in(url, user)["code"], path=path)
        refreshed = caller.token(
            path=path, grant_type="refresh_token", refresh_token=str(tokens["refresh_token"]), **caller.proof
        )
        for text in (tokens["access_token"], tokens["id_token"], refreshed["access_token"]):
            claims = claims_of(text)
            assert (claims["tid"], claims["oid"]) == (tenant_id, tenant.users[user].object_id)
            assert claims["iss"] == f"{tenant.authority_host}/{tenant_id}/v2.0"


@pytest.mark.parametrize("path", [TAILSPIN, "tailspin.test"])
def test_each_tenant_is_published(caller, path):
    """Metadata and keys are there for each of them."""
    metadata = json.loads(
        caller.send(f"{caller.tenant.authority_host}/{path}/v2.0/.well-known/openid-configuration").body
    )
    assert metadata["issuer"] == f"{caller.tenant.authority_host}/{TAILSPIN}/v2.0"
    assert json.loads(caller.send(metadata["jwks_uri"]).body)["keys"]


def test_other_tenants_do_not_exist(caller, verdict):
    """A directory of a file is whole; a made-up one takes any GUID for a tenant."""
    asked = {"grant_type": "client_credentials", "scope": "api://orders/.default"}
    assert verdict(caller.token(path=STRANGER, **asked, **caller.proof)) == ("invalid_tenant", 90002)
    made_up = Caller()
    assert "access_token" in made_up.token(path=STRANGER, **asked, **made_up.proof)
    for path in (SECOND_TENANT, "fabrikam.test"):
        url = f"{made_up.tenant.authority_host}/{path}/v2.0/.well-known/openid-configuration"
        assert json.loads(made_up.send(url).body)["issuer"].endswith(f"/{SECOND_TENANT}/v2.0")


@pytest.mark.parametrize(
    ("path", "user", "code"),
    [
        pytest.param(TENANT, "tess", 50020, id="of another tenant"),
        pytest.param(TAILSPIN, "ana", 50020, id="at another tenant"),
        pytest.param(TENANT, "sam", 50057, id="blocked"),
        pytest.param("organizations", "pia", 50020, id="personal"),
        pytest.param("consumers", "pia", 9002346, id="application is for organizations"),
    ],
)
def test_account_of_elsewhere_is_refused(caller, path, user, code):
    """On the page, as the application is told nothing."""
    with pytest.raises(ConfigurationError, match=f"AADSTS{code}"):
        caller.tenant.sign_in(caller.authorization_url(path, scope=SCOPE), user)


@pytest.mark.parametrize(
    ("audience", "place", "outcome"),
    [
        pytest.param("AzureADMyOrg", (TENANT, "ana"), None, id="one tenant: its own"),
        pytest.param("AzureADMyOrg", (TAILSPIN, "tess"), 700016, id="one tenant: another"),
        pytest.param("AzureADMyOrg", ("common", "ana"), 50194, id="one tenant: common"),
        pytest.param("AzureADMyOrg", ("organizations", "ana"), 50194, id="one tenant: organizations"),
        pytest.param("AzureADMyOrg", ("consumers", "pia"), 9002346, id="one tenant: consumers"),
        pytest.param("AzureADMultipleOrgs", (TAILSPIN, "tess"), None, id="many tenants: another"),
        pytest.param("AzureADMultipleOrgs", ("common", "tess"), None, id="many tenants: common"),
        pytest.param("AzureADMultipleOrgs", (PERSONAL_TENANT, "pia"), 9002346, id="many tenants: consumers"),
        pytest.param("AzureADandPersonalMicrosoftAccount", ("consumers", "pia"), None, id="everybody: consumers"),
        pytest.param("AzureADandPersonalMicrosoftAccount", ("common", "pia"), None, id="everybody: common"),
        pytest.param("PersonalMicrosoftAccount", ("consumers", "pia"), None, id="people: consumers"),
        pytest.param("PersonalMicrosoftAccount", ("common", "pia"), None, id="people: common"),
        pytest.param("PersonalMicrosoftAccount", ("organizations", "ana"), 9002331, id="people: organizations"),
        pytest.param("PersonalMicrosoftAccount", (TENANT, "ana"), 9002331, id="people: a tenant"),
    ],
)
def test_application_is_known_where_it_is_meant(caller, verdict, audience, place, outcome):
    """By `signInAudience`, at the sign-in, for devices, and at the token endpoint."""
    tenant, (path, user) = caller.tenant, place
    tenant.register_app(SHOP, secret="s", sign_in_audience=audience, redirect_uris=["http://localhost/auth/callback"])
    url = caller.authorization_url(path, scope=SCOPE)
    device = json.loads(caller.send(caller.url("devicecode", path), {"client_id": SHOP, "scope": SCOPE}).body)
    asked = caller.token(path=path, grant_type="refresh_token", refresh_token="x", client_id=SHOP, client_secret="s")
    if outcome is None:
        assert tenant.sign_in(url, user)["code"]
        tenant.approve_device(device["user_code"], user)
        assert "access_token" in caller.poll(device, path=path, client_secret="s")
        assert verdict(asked) == ("invalid_grant", 70000)
        return
    with pytest.raises(ConfigurationError, match=f"AADSTS{outcome}"):
        tenant.sign_in(url, user)
    assert verdict(device)[1] == verdict(asked)[1] == outcome


def test_sign_in_audience_exists(caller):
    """One of the manifest's four."""
    with pytest.raises(ConfigurationError, match="expected AzureADMyOrg, AzureAD"):
        caller.tenant.register_app(sign_in_audience="everybody")


def test_devices_are_approved_by_accounts_that_may(caller):
    """A blocked account, and one of another tenant, are shown an error page."""
    device = json.loads(caller.send(caller.url("devicecode"), {"client_id": HANDHELD, "scope": "openid"}).body)
    for user, code in (("tess", 50020), ("sam", 50057)):
        with pytest.raises(ConfigurationError, match=f"AADSTS{code}"):
            caller.tenant.approve_device(device["user_code"], user)
        form = {"user_code": device["user_code"], "user": user, "decision": "approve"}
        assert caller.send(f"{caller.tenant.authority_host}/devicelogin", form).status == 400
    caller.tenant.approve_device(device["user_code"])
    assert "access_token" in caller.poll(device, client_id=HANDHELD)
    page = caller.send(f"{caller.tenant.authority_host}/devicelogin").body.decode()
    assert "Ana Rivera" in page
    assert "Sam Cole" not in page


def test_personal_accounts_alone_approve_devices_of_consumers():
    """A device that asks at `consumers` is for personal accounts."""
    made_up = Caller()
    device = made_up.device("consumers")
    with pytest.raises(ConfigurationError, match="AADSTS50020"):
        made_up.tenant.approve_device(device["user_code"], "adele")
    made_up.tenant.approve_device(device["user_code"], "pat")
    assert "access_token" in made_up.poll(device, path="consumers")


def test_applications_get_tokens_where_they_are_welcome(caller, claims_of, verdict):
    """In other tenants an administrator has to have consented; roles are those that were granted, in each API."""
    asked = {"grant_type": "client_credentials", "scope": "api://orders/.default"}
    for path in (TENANT, TAILSPIN):
        claims = claims_of(caller.token(path=path, **asked, **caller.proof)["access_token"])
        assert (claims["tid"], claims["aud"], claims["roles"]) == (path, ORDERS, ["Orders.Read.All"])
    own = claims_of(caller.for_app()["access_token"])
    assert "roles" not in own
    caller.tenant.register_app(NIGHTLY, secret="s", sign_in_audience="AzureADMultipleOrgs")
    other = {"client_id": NIGHTLY, "client_secret": "s"}
    assert verdict(caller.token(path=TAILSPIN, **asked, **other)) == ("unauthorized_client", 700016)
    question = urlencode({"client_id": NIGHTLY, "redirect_uri": "http://localhost/x"})
    caller.tenant.add_redirect_uri("http://localhost/x", client_id=NIGHTLY)
    url = f"{caller.tenant.authority_host}/{TAILSPIN}/v2.0/adminconsent?{question}"
    answer = caller.tenant.answer(
        HttpRequest(method="POST", url=url, headers=FORM, body=f"{question}&simulated_account=tess".encode())
    )
    assert answer.response.status == 302
    assert "access_token" in caller.token(path=TAILSPIN, **asked, **other)


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        pytest.param("api://orders/Orders.Read", "Orders.Read", id="a scope of the API"),
        pytest.param(f"api://{ORDERS}/Orders.Write", "Orders.Write", id="by its client id"),
        pytest.param("api://orders/.default", "Orders.Read", id="what the registration asks for"),
        pytest.param("https://graph.microsoft.com/.default", "User.Read GroupMember.Read.All", id="of Graph"),
        pytest.param(f"api://{SHOP}/.default", "", id="of itself: nothing is asked for"),
        pytest.param("api://orders/Orders.Delete", 650053, id="no scope of the API"),
        pytest.param("api://nobody/X", 500011, id="no API"),
        pytest.param("openid profile", "User.Read", id="none at all"),
    ],
)
def test_scopes_are_those_of_the_api(caller, claims_of, verdict, scope, outcome):
    """Unknown APIs and scopes are refused, at the token endpoint and at the sign-in."""
    tokens = caller.on_behalf_of(caller.tenant.mint_token(), scope=scope)
    if isinstance(outcome, int):
        assert verdict(tokens)[1] == outcome
        answer = caller.tenant.sign_in(caller.authorization_url(scope=f"openid {scope}"))
        assert f"AADSTS{outcome}" in answer["error_description"]
        return
    assert claims_of(tokens["access_token"]).get("scp", "") == outcome or outcome == ""
    for name in outcome.split():
        assert name in tokens["scope"] or scope == "openid profile"


def test_default_needs_the_api_among_the_permissions(caller, verdict):
    """`.default` of an API that the registration does not ask for is refused; without a list it is what the API has."""
    asked = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    tenant = SimulatedTenant.from_file(EXAMPLE, client_id=HANDHELD)
    other = Caller()
    other.tenant = tenant
    assert verdict(other.token(**asked, **other.proof)) == ("invalid_request", 650057)
    free = Caller()
    free.tenant = SimulatedTenant.from_file(EXAMPLE, client_id=ORDERS)
    tokens = free.on_behalf_of(free.tenant.mint_token(), scope="api://orders/.default")
    assert tokens["scope"].split() == ["api://orders/Orders.Read", "api://orders/Orders.Write", "api://orders/.default"]


def test_consent_of_the_file_counts(caller):
    """Lee has not consented, Ana has, and Tailspin's administrator has for everybody there."""
    tenant = caller.tenant
    silent = caller.authorization_url(scope=SCOPE, prompt="none")
    for user, error in (("ana", None), ("lee", "consent_required")):
        session = caller.authorization_url(scope="openid", client_id=ORDERS, redirect_uri="http://localhost/x")
        tenant.add_redirect_uri("http://localhost/x", client_id=ORDERS)
        tenant.sign_in(session, user)
        assert tenant.sign_in(silent, user).get("error") == error
    tenant.sign_in(caller.authorization_url(scope=SCOPE), "lee")
    assert "code" in tenant.sign_in(silent, "lee")


def test_client_of_a_multi_tenant_application_works():
    """The library itself, with `organizations` and the welcome tenants."""
    tenant = SimulatedTenant.from_file(EXAMPLE)
    settings = tenant.settings(tenant_id="organizations", tenants={TENANT, TAILSPIN})
    with AzureAdClient(settings) as azure:
        request = azure.start_authorization(
            redirect_uri="http://localhost/auth/callback", scopes=["api://orders/Orders.Read"]
        )
        signed_in = azure.acquire_token_by_authorization_code(request, tenant.sign_in(request.url, "tess"))
        assert signed_in.principal.tenant_id == TAILSPIN


def test_overage_begins_at_the_threshold(tmp_path, claims_of):
    """`overage_threshold` says from which group on a token lists none."""
    path = tmp_path / "directory.toml"
    people = "".join(f'[[users]]\nname = "u{count}"\nmore_groups = {count}\n' for count in (3, 4))
    path.write_text(f'overage_threshold = 3\n[[tenants]]\ndomain = "a.test"\n{people}')
    tenant = SimulatedTenant.from_file(path)
    assert len(claims_of(tenant.mint_token(user="u3"))["groups"]) == 3
    assert "_claim_names" in claims_of(tenant.mint_token(user="u4"))
