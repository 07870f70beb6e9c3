"""From what is known of an application to what its registration has to say, and to what nothing tells."""

import pytest

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.cli.checkup.needs import Need
from azuread_auth.cli.registration.facts import FederatedToken, RegistrationFacts, SwaggerSignIn
from azuread_auth.cli.registration.manifest import checklist
from azuread_auth.cli.registration.unknown import unknown
from azuread_auth.credentials import (
    ClientCertificate,
    ClientSecret,
    ManagedIdentity,
    ManagedIdentityAssertion,
    WorkloadIdentity,
)
from azuread_auth.requirements import AppRole, AuthContext, Client, Group, IsApp, Role, Scope
from azuread_auth.settings import ANY_TENANT, AUTHORITY_CHINA, AzureAdSettings
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.web_login import WebLogin

OWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CLIENT = "33333333-3333-4333-8333-333333333333"
BASE = "https://shop.example.com"
SECRET = "canary-secret"
KEYS = ("b" * 43,)


def facts(*requirements, settings=None, **others):
    """Those of an application whose routes want these."""
    needs = tuple(Need(text=str(each), requirement=each) for each in requirements)
    needs += others.pop("needs", ())
    of_settings = {"tenant_id": OWN, "client_id": CLIENT} | (settings or {})
    return RegistrationFacts(settings=AzureAdSettings(**of_settings), needs=needs, **others)


def values(known):
    """The checklist by setting; those of another registration by both."""
    items = checklist(known)
    return {item.setting if item.client_id == CLIENT else (item.client_id, item.setting): item.value for item in items}


def login(**options):
    """A sign-in at the address of the tests."""
    return WebLogin(**({"base_url": BASE, "cookie_keys": KEYS} | options))


def test_least_that_an_api_needs():
    """An API without anything: who signs in, the version of tokens, and its name."""
    assert values(facts()) == {
        "signInAudience": "AzureADMyOrg",
        "api.requestedAccessTokenVersion": 2,
        "identifierUris": [f"api://{CLIENT}"],
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"tenant_id": "contoso.com"}, "AzureADMyOrg", id="one tenant"),
        pytest.param({"authority_url": "https://contoso.ciamlogin.com"}, "AzureADMyOrg", id="External ID"),
        pytest.param({"tenants": {OTHER}}, "AzureADMultipleOrgs", id="some tenants"),
        pytest.param({"tenant_id": "organizations", "tenants": ANY_TENANT}, "AzureADMultipleOrgs", id="organizations"),
        pytest.param({"tenants": lambda tenant_id: True}, "AzureADMultipleOrgs", id="by a rule"),
        pytest.param(
            {"tenant_id": "common", "tenants": ANY_TENANT}, "AzureADandPersonalMicrosoftAccount", id="anybody"
        ),
        pytest.param({"tenants": {PERSONAL_TENANT}}, "AzureADandPersonalMicrosoftAccount", id="personal ones too"),
        pytest.param({"tenant_id": "consumers"}, "PersonalMicrosoftAccount", id="personal ones alone"),
    ],
)
def test_who_may_sign_in(settings, expected):
    """It is what tenant_id and tenants let in."""
    assert values(facts(settings=settings))["signInAudience"] == expected


def test_user_flows_decide_in_b2c():
    """The setting says nothing there, and the report says so."""
    known = facts(
        settings={"tenant_id": None, "authority_url": "https://c.b2clogin.com/c.onmicrosoft.com/B2C_1_signin"}
    )
    assert "signInAudience" not in values(known)
    assert any("B2C" in each for each in unknown(known))


def test_audiences_of_version_1_are_told():
    """Which App ID URIs would be accepted, where somebody keeps version 1."""
    known = facts(settings={"audiences": ["api://orders"]})
    (item,) = (each for each in checklist(known) if each.setting == "api.requestedAccessTokenVersion")
    assert f"api://{CLIENT} or api://orders" in item.why


def test_scopes_and_roles():
    """Each once, by its short name, with an id that is the same each time; a role says who may have it."""
    known = facts(
        Scope("Files.Read") & Scope("api://orders/Files.Read"),
        Scope("A") | AppRole("Files.Read.All"),
        Role("Admin") & Role("Files.Read.All"),
        Scope("https://graph.microsoft.com/Mail.Read"),
        settings={"scope_prefix": "api://orders"},
    )
    found = values(known)
    assert found["identifierUris"] == ["api://orders"]
    assert [(each["value"], each["type"]) for each in found["api.oauth2PermissionScopes"]] == [
        ("A", "User"),
        ("Files.Read", "User"),
    ]
    assert {each["value"]: each["allowedMemberTypes"] for each in found["appRoles"]} == {
        "Admin": ["User"],
        "Files.Read.All": ["User", "Application"],
    }
    ids = {each["id"] for each in (*found["api.oauth2PermissionScopes"], *found["appRoles"])}
    assert len(ids) == 4
    assert values(known) == found


@pytest.mark.parametrize(
    ("options", "setting", "expected"),
    [
        pytest.param(
            {}, "web.redirectUris", [f"{BASE}/auth/callback", f"{BASE}/auth/signed-out"], id="sign-in and sign-out"
        ),
        pytest.param(
            {"base_url": f"{BASE}/x/", "admin_consent_path": "/c", "callback_path": "/b"},
            "web.redirectUris",
            [f"{BASE}/x/b", f"{BASE}/x/auth/signed-out", f"{BASE}/x/c"],
            id="other paths",
        ),
        pytest.param(
            {"base_url": None, "signed_out_path": "/bye"},
            "web.redirectUris",
            ["http://localhost/auth/callback", "http://localhost/bye"],
            id="this machine",
        ),
        pytest.param({}, "web.logoutUrl", None, id="no store, nothing to end"),
        pytest.param({"session_store": "client"}, "web.logoutUrl", f"{BASE}/auth/frontchannel-logout", id="a store"),
        pytest.param({"base_url": None, "session_store": MemoryStore()}, "web.logoutUrl", None, id="a store, no https"),
        pytest.param({}, "optionalClaims", {"idToken": ["login_hint"]}, id="a hint"),
        pytest.param({"session_store": "client"}, "optionalClaims", {"idToken": ["login_hint", "sid"]}, id="a session"),
        pytest.param({}, "identifierUris", None, id="no callers but browsers"),
    ],
)
def test_sign_in(options, setting, expected):
    """A WebLogin needs its addresses, of the platform Web, and claims of the ID token."""
    assert short(values(facts(logins=(login(**options),))).get(setting)) == expected


def short(value):
    """Optional claims by their names alone; anything else as it is."""
    if not isinstance(value, dict):
        return value
    assert all(each["essential"] is False for claims in value.values() for each in claims)
    return {kind: [each["name"] for each in claims] for kind, claims in value.items()}


def test_several_addresses():
    """Each is registered; there can be one for front-channel sign-out."""
    bases = [BASE, "https://shop.example.org"]
    found = values(facts(logins=(login(base_url=bases, session_store="client"),)))
    assert len(found["web.redirectUris"]) == 4
    assert isinstance(found["web.logoutUrl"], str)


@pytest.mark.parametrize(
    ("requirement", "settings", "expected"),
    [
        pytest.param(Scope("A"), {}, None, id="nothing"),
        pytest.param(Scope("A"), {"allow_guests": False}, {"accessToken": ["acct"]}, id="no guests"),
        pytest.param(AppRole("A"), {}, {"accessToken": ["idtyp"]}, id="an application's role"),
        pytest.param(IsApp(), {}, {"accessToken": ["idtyp"]}, id="an application"),
        pytest.param(Scope("A") & Client(OTHER), {}, {"accessToken": ["idtyp"]}, id="this application"),
        pytest.param(AuthContext("c1"), {}, {"accessToken": ["xms_cc"]}, id="step-up"),
    ],
)
def test_claims_of_access_tokens(requirement, settings, expected):
    """What requirements and settings look at that tokens do not say by themselves."""
    assert short(values(facts(requirement, settings=settings)).get("optionalClaims")) == expected


def test_groups():
    """A required group has to be in tokens at all."""
    assert values(facts(Group(OTHER)))["groupMembershipClaims"] == "ApplicationGroup"


@pytest.mark.parametrize(
    ("swagger", "logins", "key", "expected"),
    [
        pytest.param(CLIENT, (), "spa.redirectUris", "https://<host>/docs/oauth2-redirect", id="somewhere"),
        pytest.param(CLIENT, (login(),), "spa.redirectUris", f"{BASE}/docs/oauth2-redirect", id="beside a sign-in"),
        pytest.param(OTHER, (), (OTHER, "spa.redirectUris"), "https://<host>/docs/oauth2-redirect", id="another one"),
    ],
)
def test_swagger(swagger, logins, key, expected):
    """Swagger UI is a single-page application, perhaps with a registration of its own."""
    sign_in = SwaggerSignIn(client_id=swagger, redirect_path="/docs/oauth2-redirect")
    known = facts(logins=logins, swagger=sign_in)
    assert values(known)[key] == [expected]
    assert any("<host>" in each for each in unknown(known)) is not bool(logins)


def test_easy_auth():
    """App Service signs users in at an address of its own, with a hybrid flow."""
    found = values(facts(is_easy_auth=True, settings={"allow_guests": False}))
    assert found["web.redirectUris"] == ["https://<host>/.auth/login/aad/callback"]
    assert found["web.implicitGrantSettings.enableIdTokenIssuance"] is True
    assert short(found["optionalClaims"])["idToken"] == ["acct"]


TOKEN = FederatedToken(issuer="https://oidc.example/", subject="system:serviceaccount:a:b", audience="api://x")


@pytest.mark.parametrize(
    ("credential", "others", "setting", "expected"),
    [
        pytest.param(ClientSecret(SECRET), {}, "passwordCredentials", "a client secret", id="secret"),
        pytest.param(
            ClientCertificate(path="c.pem"), {}, "keyCredentials", "the certificate, without its key", id="certificate"
        ),
        pytest.param(ManagedIdentity(), {}, "federatedIdentityCredentials", None, id="an identity of its own"),
        pytest.param(
            WorkloadIdentity(token_file="t"),
            {"federated": TOKEN},
            "federatedIdentityCredentials",
            ("workload", TOKEN.issuer, TOKEN.subject, TOKEN.audience),
            id="workload",
        ),
        pytest.param(
            WorkloadIdentity(token_file="t", client_id=OTHER),
            {"federated": TOKEN},
            (OTHER, "federatedIdentityCredentials"),
            ("workload", TOKEN.issuer, TOKEN.subject, TOKEN.audience),
            id="workload of another registration",
        ),
        pytest.param(
            WorkloadIdentity(token_file="t"),
            {},
            "federatedIdentityCredentials",
            ("workload", "<issuer>", "<subject>", "api://AzureADTokenExchange"),
            id="workload elsewhere",
        ),
        pytest.param(
            ManagedIdentityAssertion(object_id=OTHER),
            {},
            "federatedIdentityCredentials",
            (
                "managed-identity",
                f"https://login.microsoftonline.com/{OWN}/v2.0",
                OTHER,
                "api://AzureADTokenExchange",
            ),
            id="managed identity",
        ),
        pytest.param(
            ManagedIdentityAssertion(),
            {"settings": {"tenant_id": "contoso.cn", "authority_host": AUTHORITY_CHINA}},
            "federatedIdentityCredentials",
            (
                "managed-identity",
                "https://login.partner.microsoftonline.cn/<tenant>/v2.0",
                "<object id>",
                "api://AzureADTokenExchangeChina",
            ),
            id="managed identity in China",
        ),
        pytest.param(
            ManagedIdentityAssertion(object_id=OTHER),
            {"settings": {"authority_url": f"https://login.contoso.com/{OWN}/v2.0"}},
            "federatedIdentityCredentials",
            ("managed-identity", f"https://login.contoso.com/{OWN}/v2.0", OTHER, "api://AzureADTokenExchange"),
            id="managed identity, custom domain",
        ),
    ],
)
def test_credentials(credential, others, setting, expected):
    """What proves the application is registered; a secret is nowhere in it."""
    settings = {"credential": credential} | others.pop("settings", {})
    known = facts(settings=settings, **others)
    found = values(known).get(setting)
    if isinstance(found, list):
        (entry,) = found
        found = (entry["name"], entry["issuer"], entry["subject"], *entry["audiences"])
    assert found == expected
    assert SECRET not in repr(checklist(known))


def test_permissions():
    """Scopes by API, those of sign-in and of routes; what belongs to no API is left out."""
    known = facts(
        logins=(login(scopes=["openid", "User.Read", "api://orders/Orders.Read"]),),
        needs=(Need(user_scopes=("https://graph.microsoft.com/Mail.Read", "User.Read")),),
    )
    asked = [item.value for item in checklist(known) if item.setting == "requiredResourceAccess"]
    assert asked == [
        {"resource": "https://graph.microsoft.com", "delegated": ["User.Read", "Mail.Read"]},
        {"resource": "api://orders", "delegated": ["Orders.Read"]},
    ]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param({}, [], id="nothing is asked for"),
        pytest.param({"needs": (Need(user_scopes=("User.Read",)),)}, [], id="users may"),
        pytest.param({"needs": (Need(app_scopes=("api://x/.default",)),)}, ["of this tenant"], id="for itself"),
        pytest.param(
            {"needs": (Need(user_scopes=("User.Read",)),), "settings": {"tenants": ANY_TENANT}},
            ["of each other tenant"],
            id="several tenants",
        ),
        pytest.param({"settings": {"tenants": ANY_TENANT}}, [], id="several tenants, nothing is asked for"),
    ],
)
def test_consent_of_administrators(others, expected):
    """Where users cannot allow it, and where each tenant has to."""
    items = checklist(facts(**others))
    assert [item.value for item in items if item.setting == "admin consent"] == expected


@pytest.mark.parametrize(("path", "words"), [("/auth/consent", "/auth/consent"), (None, "client.admin_consent_url()")])
def test_way_to_consent(path, words):
    """The application's own route, or else the client's method."""
    known = facts(settings={"tenants": ANY_TENANT}, logins=(login(scopes=["User.Read"], admin_consent_path=path),))
    (item,) = (each for each in checklist(known) if each.setting == "admin consent")
    assert words in item.why


@pytest.mark.parametrize(
    ("others", "words"),
    [
        pytest.param({}, "the provider is not asked", id="what is there"),
        pytest.param({}, "that functions name inside", id="inside functions"),
        pytest.param({"knows_routes": False}, "no table of routes", id="no routes"),
        pytest.param({"logins": (login(base_url=None),)}, "base_url is not set", id="address"),
        pytest.param({"is_easy_auth": True}, "<host>", id="App Service"),
        pytest.param({"settings": {"credential": WorkloadIdentity(token_file="t")}}, "OIDC issuer", id="workload"),
        pytest.param({"settings": {"credential": ManagedIdentityAssertion()}}, "principalId", id="identity"),
        pytest.param(
            {"needs": (Need(app_scopes=("api://x/.default",)),)}, "which app roles of api://x", id="app roles"
        ),
        pytest.param({"needs": (Need(user_scopes=("api://x/.default",)),)}, "which scopes of api://x", id="scopes"),
    ],
)
def test_what_cannot_be_known_is_said(others, words):
    """Nobody is to take the checklist for complete."""
    assert any(words in each for each in unknown(facts(**others)))


def test_nothing_more_is_said_than_there_is():
    """What is known is not called unknown."""
    credential = ManagedIdentityAssertion(object_id=OTHER)
    assert len(unknown(facts(logins=(login(),), settings={"credential": credential}))) == 2
