"""What a token with a good signature must say."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from azuread_auth._protocol.claim_checks import check_claims, check_version, claim_verdicts
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.jwk import SigningKey, parse_key_set
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.keys import throwaway_key

NOW = 1_800_000_000.0
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
CALLER = "2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"
USER = "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41"
HOST = "https://login.microsoftonline.com"
DIGIT = "\u0661"  # ARABIC-INDIC DIGIT ONE, a digit to str.isdigit and to regular expressions

POLICY = ClaimPolicy(
    audiences=frozenset({CLIENT, f"api://{CLIENT}"}),
    tenants=None,
    admits_personal_accounts=True,
    allowed_clients=None,
    allow_guests=True,
    accept_tokens_without_permissions=False,
    clock_skew_seconds=60,
    scope_prefixes=frozenset({f"api://{CLIENT}"}),
    b2c_policy=None,
)
METADATA = Metadata(
    version=2,
    issuer=f"{HOST}/{TENANT}/v2.0",
    tenant_id=TENANT,
    jwks_uri=f"{HOST}/keys",
    cloud_instance_name="microsoftonline.com",
    authorization_endpoint=None,
    token_endpoint=None,
)
COMMON = replace(METADATA, issuer=f"{HOST}/{{tenantid}}/v2.0", tenant_id=None)
B2C = replace(METADATA, issuer=f"https://contoso.b2clogin.com/{TENANT}/v2.0/", cloud_instance_name=None)
B2C_POLICY = replace(POLICY, b2c_policy="B2C_1_SignIn")
USER_CLAIMS = {
    "aud": CLIENT,
    "iss": METADATA.issuer,
    "iat": NOW - 5,
    "nbf": NOW - 5,
    "exp": NOW + 3600,
    "azp": CALLER,
    "oid": USER,
    "sub": "pairwise",
    "scp": "Files.Read User.Read",
    "tid": TENANT,
    "ver": "2.0",
}
APP_CLAIMS = {**USER_CLAIMS, "idtyp": "app", "sub": USER, "roles": ["Files.Read.All"], "scp": None}
B2C_CLAIMS = {**USER_CLAIMS, "iss": B2C.issuer, "tfp": "b2c_1_signin", "tid": None, "sub": USER, "ver": "1.0"}


def _key(**bindings: str) -> SigningKey:
    return parse_key_set({"keys": [{**throwaway_key(0).jwk(), **bindings}]}, algorithms=("RS256",)).keys[0]


def _changed(claims: Mapping[str, object], change: Mapping[str, object]) -> dict[str, object]:
    """Claims with a change; None takes one away."""
    return {name: value for name, value in {**claims, **change}.items() if value is not None}


def _check(
    claims: Mapping[str, object],
    *,
    policy: ClaimPolicy = POLICY,
    metadata: Metadata = METADATA,
    key: SigningKey | None = None,
) -> CheckedClaims:
    claims = _changed(claims, {})
    payload = json.dumps(claims).encode()
    names = NameSets()
    return check_claims(
        claims, payload=payload, key=key or _key(), metadata=metadata, policy=policy, names=names, now=NOW
    )


def _rejection(claims: Mapping[str, object], **circumstances: object) -> tuple[Reason, str | None]:
    with pytest.raises(TokenRejected) as refused:
        _check(claims, **circumstances)  # type: ignore[arg-type]
    return refused.value.reason, refused.value.claim


def test_a_users_token_is_good():
    """T56: what decisions need is taken from the claims; the rest stays as it came."""
    checked = _check(USER_CLAIMS)
    assert (checked.tenant_id, checked.object_id, checked.client_id) == (TENANT, USER, CALLER)
    assert (checked.kind, checked.is_app_proved, checked.is_guest) == ("user", False, False)
    assert (checked.scopes, checked.roles) == ({"Files.Read", "User.Read"}, frozenset())
    assert (checked.expires_at, checked.version) == (NOW + 3600, "2.0")
    assert checked.scope_prefixes == {f"api://{CLIENT}"}
    assert checked.parse() == _changed(USER_CLAIMS, {})


def test_an_applications_token_is_good():
    """T64: an application has roles, and scopes mean nothing in its token even if there are some."""
    checked = _check({**APP_CLAIMS, "scp": "Files.Read"})
    assert (checked.kind, checked.is_app_proved) == ("app", True)
    assert (checked.scopes, checked.roles) == (frozenset(), {"Files.Read.All"})


def test_a_token_of_version_1_is_good():
    """T56: version 1 names the client in appid and says so of itself."""
    metadata = replace(METADATA, version=1, issuer=f"https://sts.windows.net/{TENANT}/")
    change = {"iss": metadata.issuer, "ver": "1.0", "azp": None, "appid": CALLER.upper(), "aud": f"api://{CLIENT}"}
    checked = _check({**USER_CLAIMS, **change}, metadata=metadata)
    assert (checked.client_id, checked.version) == (CALLER, "1.0")


@pytest.mark.parametrize(
    ("change", "reason", "claim"),
    [
        pytest.param({"exp": None}, Reason.INVALID_CLAIM, "exp", id="T40 no exp"),
        pytest.param({"exp": str(NOW)}, Reason.INVALID_CLAIM, "exp", id="T40 exp is text"),
        pytest.param({"exp": True}, Reason.INVALID_CLAIM, "exp", id="T40 exp is true"),
        pytest.param({"exp": [NOW]}, Reason.INVALID_CLAIM, "exp", id="T40 exp is a list"),
        pytest.param({"exp": -1}, Reason.INVALID_CLAIM, "exp", id="T40 exp is negative"),
        pytest.param({"exp": NOW - 60}, Reason.EXPIRED, "exp", id="T40 expired beyond the tolerance"),
        pytest.param({"exp": 0}, Reason.EXPIRED, "exp", id="T40 exp is 0"),
        pytest.param({"exp": 1e300}, Reason.INVALID_CLAIM, "exp", id="T39 exp is 1e300"),
        pytest.param({"exp": float("nan")}, Reason.INVALID_CLAIM, "exp", id="T39 exp is NaN"),
        pytest.param({"exp": 10**4000}, Reason.INVALID_CLAIM, "exp", id="T39 exp has 4001 digits"),
        pytest.param({"exp": 253_402_300_800}, Reason.INVALID_CLAIM, "exp", id="T39 exp is the year 10000"),
        pytest.param({"nbf": NOW + 3600}, Reason.NOT_YET_VALID, "nbf", id="T41 nbf an hour ahead"),
        pytest.param({"nbf": NOW + 61}, Reason.NOT_YET_VALID, "nbf", id="T41 nbf beyond the tolerance"),
        pytest.param({"nbf": "1"}, Reason.INVALID_CLAIM, "nbf", id="T41 nbf is text"),
        pytest.param({"nbf": None, "iat": NOW + 3600}, Reason.NOT_YET_VALID, "iat", id="T41 iat an hour ahead"),
        pytest.param({"iat": True}, Reason.INVALID_CLAIM, "iat", id="T41 iat is true"),
        pytest.param({"cnf": {"kid": "k"}}, Reason.SENDER_CONSTRAINED, "cnf", id="T53 bound to a key"),
        pytest.param({"cnf": ""}, Reason.SENDER_CONSTRAINED, "cnf", id="T53 an empty binding"),
        pytest.param({"aud": OTHER_TENANT}, Reason.WRONG_AUDIENCE, "aud", id="T55 another app"),
        pytest.param({"aud": CLIENT[:-1]}, Reason.WRONG_AUDIENCE, "aud", id="T55 a prefix"),
        pytest.param({"aud": f"{CLIENT}0"}, Reason.WRONG_AUDIENCE, "aud", id="T55 a suffix"),
        pytest.param({"aud": CLIENT.upper()}, Reason.WRONG_AUDIENCE, "aud", id="T55 case"),
        pytest.param({"aud": f"api://{CLIENT}/"}, Reason.WRONG_AUDIENCE, "aud", id="T55 a slash too many"),
        pytest.param({"aud": ""}, Reason.WRONG_AUDIENCE, "aud", id="T55 empty"),
        pytest.param({"aud": []}, Reason.WRONG_AUDIENCE, "aud", id="T55 an empty list"),
        pytest.param({"aud": [OTHER_TENANT]}, Reason.WRONG_AUDIENCE, "aud", id="T55 a list without ours"),
        pytest.param({"aud": [CLIENT, 1]}, Reason.INVALID_CLAIM, "aud", id="T55 a list of more than text"),
        pytest.param({"aud": {CLIENT: 1}}, Reason.INVALID_CLAIM, "aud", id="T55 an object"),
        pytest.param({"aud": None}, Reason.INVALID_CLAIM, "aud", id="T55 no aud"),
        pytest.param({"iss": f"https://evil.com/{TENANT}/v2.0"}, Reason.WRONG_ISSUER, "iss", id="T57 another host"),
        pytest.param({"iss": METADATA.issuer + "/"}, Reason.WRONG_ISSUER, "iss", id="T57 a slash too many"),
        pytest.param({"iss": METADATA.issuer[:-1]}, Reason.WRONG_ISSUER, "iss", id="T57 a substring"),
        pytest.param({"iss": METADATA.issuer.upper()}, Reason.WRONG_ISSUER, "iss", id="T57 case"),
        pytest.param({"iss": [METADATA.issuer]}, Reason.WRONG_ISSUER, "iss", id="T57 a list"),
        pytest.param({"iss": None}, Reason.WRONG_ISSUER, "iss", id="T57 no iss"),
        pytest.param({"iss": f"{HOST}/{{tenantid}}/v2.0"}, Reason.WRONG_ISSUER, "iss", id="T57 the template itself"),
        pytest.param({"tid": None}, Reason.INVALID_CLAIM, "tid", id="T58 no tid"),
        pytest.param({"tid": "contoso"}, Reason.INVALID_CLAIM, "tid", id="T58 tid is no GUID"),
        pytest.param({"tid": "{tenantid}"}, Reason.INVALID_CLAIM, "tid", id="T58 tid is the template"),
        pytest.param({"tid": [TENANT]}, Reason.INVALID_CLAIM, "tid", id="T58 tid is a list"),
        pytest.param({"tid": TENANT + "\n"}, Reason.INVALID_CLAIM, "tid", id="T58 a line feed after"),
        pytest.param({"tid": TENANT.replace("1", DIGIT)}, Reason.INVALID_CLAIM, "tid", id="T58 Arabic digits"),
        pytest.param({"tid": OTHER_TENANT}, Reason.WRONG_TENANT, "tid", id="T58 tid is not that of iss"),
        pytest.param({"scp": None}, Reason.NO_PERMISSIONS, None, id="T63 neither scopes nor roles"),
        pytest.param({"scp": ""}, Reason.NO_PERMISSIONS, None, id="T63 empty scopes"),
        pytest.param({"scp": "/"}, Reason.NO_PERMISSIONS, None, id="T63 a slash for scopes"),
        pytest.param({"scp": None, "azp": None}, Reason.ID_TOKEN, None, id="T63 an ID token"),
        pytest.param({"scp": None, "roles": ["Admin"]}, Reason.ID_TOKEN, None, id="T63 an ID token with roles"),
        pytest.param({"nonce": "n"}, Reason.ID_TOKEN, None, id="T63 nonce"),
        pytest.param({"at_hash": "h"}, Reason.ID_TOKEN, None, id="T63 at_hash"),
        pytest.param({"c_hash": "h"}, Reason.ID_TOKEN, None, id="T63 c_hash"),
        pytest.param({"idtyp": "device"}, Reason.UNSUPPORTED_CALLER, "idtyp", id="T64 a device"),
        pytest.param({"idtyp": ["app"]}, Reason.UNSUPPORTED_CALLER, "idtyp", id="T64 idtyp is a list"),
        pytest.param({"idtyp": "App"}, Reason.UNSUPPORTED_CALLER, "idtyp", id="T64 idtyp in another case"),
        pytest.param({"scp": ["Files.Read"]}, Reason.INVALID_CLAIM, "scp", id="T65 scopes are a list"),
        pytest.param({"scp": {"Files.Read": 1}}, Reason.INVALID_CLAIM, "scp", id="T65 scopes are an object"),
        pytest.param({"roles": {"Admin": 1}}, Reason.INVALID_CLAIM, "roles", id="T66 roles are an object"),
        pytest.param({"roles": ["Admin", 1]}, Reason.INVALID_CLAIM, "roles", id="T66 a role is a number"),
        pytest.param({"roles": 0}, Reason.INVALID_CLAIM, "roles", id="T66 roles are 0"),
        pytest.param({"azp": ["x"]}, Reason.INVALID_CLAIM, "azp", id="T70 azp is a list"),
        pytest.param({"oid": None, "sub": None}, Reason.INVALID_CLAIM, "oid", id="T67 nobody"),
        pytest.param({"oid": 7}, Reason.INVALID_CLAIM, "oid", id="T67 oid is a number"),
        pytest.param({"sub": 7}, Reason.INVALID_CLAIM, "sub", id="T72 sub is a number"),
        pytest.param({"jti": 7}, Reason.INVALID_CLAIM, "jti", id="T40 jti is a number"),
    ],
)
def test_a_false_claim_is_refused(change, reason, claim):
    """T39 to T72: a user's token with one false claim is refused for that claim's reason."""
    assert _rejection({**USER_CLAIMS, **change}) == (reason, claim)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"exp": NOW - 59.5}, id="T41 expired within the tolerance"),
        pytest.param({"exp": NOW + 0.5}, id="T40 exp is a fraction"),
        pytest.param({"nbf": NOW + 30}, id="T41 nbf half a minute ahead"),
        pytest.param({"nbf": NOW + 60, "iat": NOW + 60}, id="T41 nbf and iat as far ahead as the tolerance"),
        pytest.param({"nbf": None, "iat": None}, id="T41 neither nbf nor iat"),
        pytest.param({"aud": [OTHER_TENANT, f"api://{CLIENT}"]}, id="T55 a list with ours"),
        pytest.param({"aud": f"api://{CLIENT}"}, id="T55 the Application ID URI"),
        pytest.param({"idtyp": "user"}, id="T64 idtyp says user"),
        pytest.param({"roles": "Admin"}, id="T66 a bare role"),
        pytest.param({"azp": None}, id="T70 no client"),
        pytest.param({"oid": None}, id="T67 sub alone"),
    ],
)
def test_an_unusual_claim_is_no_fault(change):
    """T40, T41, T55: what is rare but right is accepted."""
    assert _check({**USER_CLAIMS, **change}).kind == "user"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("ver", ["1.0", "2.0", "3.0", None, 2, ["2.0"]], ids=repr)
def test_T56_the_version_must_be_that_of_the_keys(version, ver):
    """T56: a token that says another version than the metadata that verified it is refused."""
    if ver == f"{version}.0":
        check_version({"ver": ver}, version)
        return
    with pytest.raises(TokenRejected) as refused:
        check_version({"ver": ver}, version)
    assert (refused.value.reason, refused.value.claim) == (Reason.INVALID_CLAIM, "ver")


def _of_tenant(tenant_id: str) -> dict[str, object]:
    return {**USER_CLAIMS, "tid": tenant_id, "iss": f"{HOST}/{tenant_id}/v2.0"}


@pytest.mark.parametrize(
    ("claims", "policy", "reason"),
    [
        pytest.param(_of_tenant(OTHER_TENANT), {}, None, id="T59 any tenant"),
        pytest.param(_of_tenant(OTHER_TENANT.upper()), {}, None, id="T58 upper case on both sides"),
        pytest.param(_of_tenant(TENANT), {"tenants": frozenset({TENANT})}, None, id="T59 a listed tenant"),
        pytest.param(
            _of_tenant(OTHER_TENANT), {"tenants": frozenset({TENANT})}, Reason.WRONG_TENANT, id="T59 off the list"
        ),
        pytest.param(
            _of_tenant(PERSONAL_TENANT), {"admits_personal_accounts": False}, Reason.WRONG_TENANT, id="T59 personal"
        ),
        pytest.param(
            _of_tenant(PERSONAL_TENANT.upper()), {"admits_personal_accounts": False}, Reason.WRONG_TENANT, id="T59 case"
        ),
        pytest.param(_of_tenant(PERSONAL_TENANT), {}, None, id="T59 personal accounts are welcome"),
        pytest.param({**USER_CLAIMS, "tid": OTHER_TENANT}, {}, Reason.WRONG_ISSUER, id="T58 tid is not that of iss"),
        pytest.param({**USER_CLAIMS, "tid": None}, {}, Reason.INVALID_CLAIM, id="T58 no tid"),
        pytest.param({**USER_CLAIMS, "tid": TENANT.upper()}, {}, Reason.WRONG_ISSUER, id="T58 another case than iss"),
        pytest.param(_of_tenant("{tenantid}"), {}, Reason.INVALID_CLAIM, id="T58 the template as tenant"),
    ],
)
def test_tenants_of_multi_tenant_metadata(claims, policy, reason):
    """T58, T59: tenant and issuer agree, and the tenant is welcome."""
    if reason is None:
        assert _check(claims, policy=replace(POLICY, **policy), metadata=COMMON).tenant_id == claims["tid"].lower()
    else:
        refused = _rejection(claims, policy=replace(POLICY, **policy), metadata=COMMON)
        assert refused == (reason, "iss" if reason is Reason.WRONG_ISSUER else "tid")


@pytest.mark.parametrize(
    ("bindings", "claims", "reason"),
    [
        pytest.param({"issuer": f"{HOST}/{{tenantid}}/v2.0"}, USER_CLAIMS, None, id="T60 for any tenant"),
        pytest.param({"issuer": f"{HOST}/{TENANT}/v2.0"}, USER_CLAIMS, None, id="T60 for this tenant"),
        pytest.param(
            {"issuer": f"{HOST}/{PERSONAL_TENANT}/v2.0"}, USER_CLAIMS, Reason.KEY_ISSUER_MISMATCH, id="T60 consumers"
        ),
        pytest.param(
            {"issuer": f"{HOST}/{OTHER_TENANT}/v2.0"}, USER_CLAIMS, Reason.KEY_ISSUER_MISMATCH, id="T60 another tenant"
        ),
        pytest.param({"issuer": ""}, USER_CLAIMS, Reason.KEY_ISSUER_MISMATCH, id="T60 empty"),
        pytest.param(
            {"issuer": f"{HOST}/{PERSONAL_TENANT}/v2.0"}, _of_tenant(PERSONAL_TENANT), None, id="T60 consumers' own"
        ),
        pytest.param({"cloud_instance_name": "microsoftonline.com"}, USER_CLAIMS, None, id="T61 this cloud"),
        pytest.param(
            {"cloud_instance_name": "microsoftonline.us"}, USER_CLAIMS, Reason.KEY_OF_ANOTHER_CLOUD, id="T61 another"
        ),
        pytest.param({}, USER_CLAIMS, None, id="T60 bound to nothing, as in version 1"),
    ],
)
def test_a_key_signs_for_whom_it_is_published(bindings, claims, reason):
    """T60, T61: key, issuer, tenant and cloud belong together (Storm-0558)."""
    if reason is None:
        assert _check(claims, metadata=COMMON, key=_key(**bindings))
    else:
        assert _rejection(claims, metadata=COMMON, key=_key(**bindings))[0] is reason


def test_T61_metadata_that_names_no_cloud_binds_no_key():
    """Documents of B2C and simulated ones may lack the name."""
    key = _key(cloud_instance_name="microsoftonline.us")
    assert _check(USER_CLAIMS, metadata=replace(METADATA, cloud_instance_name=None), key=key)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({}, None, id="B2C user"),
        pytest.param({"tfp": None, "acr": "B2C_1_SIGNIN"}, None, id="the policy in acr"),
        pytest.param({"tid": TENANT}, None, id="with tid"),
        pytest.param({"nonce": "n"}, None, id="T63 the nonce of the sign-in, beside scopes"),
        pytest.param({"idp": "facebook.com"}, None, id="T69 a social account is no guest"),
        pytest.param({"tfp": "B2C_1_other"}, Reason.WRONG_POLICY, id="another policy"),
        pytest.param({"tfp": None}, Reason.WRONG_POLICY, id="no policy"),
        pytest.param({"tfp": ["b2c_1_signin"]}, Reason.WRONG_POLICY, id="policy is a list"),
        pytest.param({"tfp": "B2C_1_other", "acr": "b2c_1_signin"}, Reason.WRONG_POLICY, id="tfp goes before acr"),
        pytest.param({"tid": OTHER_TENANT}, Reason.WRONG_TENANT, id="T58 another tenant"),
        pytest.param({"tid": 5}, Reason.INVALID_CLAIM, id="T58 tid is a number"),
        pytest.param({"iss": METADATA.issuer}, Reason.WRONG_ISSUER, id="T57 issuer of Entra"),
        pytest.param({"nonce": "n", "scp": None, "azp": None}, Reason.ID_TOKEN, id="T63 an ID token"),
        pytest.param({"scp": None, "azp": None}, Reason.ID_TOKEN, id="T63 an ID token without nonce"),
        pytest.param({"at_hash": "h"}, Reason.ID_TOKEN, id="T63 at_hash"),
        pytest.param({"scp": None}, Reason.NO_PERMISSIONS, id="T63 no scopes, though sub is oid"),
        pytest.param({"acct": 1}, Reason.GUEST_NOT_ALLOWED, id="T69 a guest who says so"),
        pytest.param(
            {"scp": None, "oid": USER, "sub": USER, "roles": ["Admin"], "azp": CALLER},
            Reason.ID_TOKEN,
            id="T63 T64 a user without scopes, whose sub is oid, is no application",
        ),
    ],
)
def test_b2c(change, reason):
    """B2C tokens name their policy, say version 1.0 and have no tid."""
    policy = replace(B2C_POLICY, allow_guests=False)
    claims = {**B2C_CLAIMS, **change}
    if reason is None:
        assert _check(claims, policy=policy, metadata=B2C).tenant_id == TENANT
    else:
        found, claim = _rejection(claims, policy=policy, metadata=B2C)
        assert found is reason
        assert claim == "tfp" or reason is not Reason.WRONG_POLICY


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({}, None, id="T64 idtyp app"),
        pytest.param({"idtyp": None}, None, id="T64 sub is oid and no scopes"),
        pytest.param({"idtyp": None, "sub": "pairwise"}, Reason.ID_TOKEN, id="T64 sub is not oid"),
        pytest.param({"idtyp": None, "sub": None}, Reason.ID_TOKEN, id="T64 no sub"),
        pytest.param({"idtyp": "user"}, Reason.ID_TOKEN, id="T64 idtyp says user, without scopes"),
        pytest.param({"roles": None}, Reason.NO_PERMISSIONS, id="T63 no roles"),
        pytest.param({"roles": []}, Reason.NO_PERMISSIONS, id="T63 empty roles"),
        pytest.param({"roles": None, "scp": "Files.Read"}, Reason.NO_PERMISSIONS, id="T64 scopes do not help an app"),
        pytest.param({"azp": None}, Reason.ID_TOKEN, id="T64 no client: no access token"),
        pytest.param({"acct": 1, "idp": "https://elsewhere"}, None, id="T69 an application is no guest"),
    ],
)
def test_application_callers(change, reason):
    """T63, T64: an application is told by idtyp, or by what else its token has; roles are its permissions."""
    if reason is None:
        checked = _check({**APP_CLAIMS, **change})
        assert (checked.kind, checked.is_guest) == ("app", False)
        assert checked.is_app_proved is ("idtyp" not in change)
    else:
        assert _rejection({**APP_CLAIMS, **change})[0] is reason


def test_T63_tokens_without_permissions_may_be_let_in_but_id_tokens_never():
    """The loud switch admits callers without roles; an ID token stays outside."""
    lenient = replace(POLICY, accept_tokens_without_permissions=True)
    assert _check({**APP_CLAIMS, "roles": None}, policy=lenient).roles == frozenset()
    assert _check({**USER_CLAIMS, "scp": None}, policy=lenient).scopes == frozenset()
    assert _rejection({**USER_CLAIMS, "scp": None, "azp": None}, policy=lenient)[0] is Reason.ID_TOKEN
    assert _rejection({**USER_CLAIMS, "scp": None, "roles": ["Admin"]}, policy=lenient)[0] is Reason.ID_TOKEN


@pytest.mark.parametrize(
    ("change", "is_guest"),
    [
        pytest.param({}, False, id="nothing is said"),
        pytest.param({"acct": 0}, False, id="acct 0"),
        pytest.param({"acct": "0"}, False, id="acct 0 as text"),
        pytest.param({"acct": 1}, True, id="acct 1"),
        pytest.param({"acct": "1"}, True, id="acct 1 as text"),
        pytest.param({"acct": [0]}, True, id="acct is nonsense"),
        pytest.param({"idp": f"https://sts.windows.net/{TENANT}/"}, False, id="idp is the tenant"),
        pytest.param({"idp": f"https://sts.windows.net/{OTHER_TENANT}/"}, True, id="idp is another tenant"),
        pytest.param({"idp": METADATA.issuer}, False, id="idp is the issuer"),
        pytest.param(
            {"idp": f"https://sts.chinacloudapi.cn/{TENANT}/"}, False, id="idp is the tenant in another cloud"
        ),
        pytest.param({"idp": f"https://idp.example/saml?for={TENANT}"}, True, id="idp only names the tenant"),
        pytest.param({"idp": f"https://sts.windows.net/{TENANT}/x"}, True, id="idp begins like the tenant"),
        pytest.param({"idp": "live.com"}, True, id="idp is personal accounts"),
        pytest.param({"acct": 0, "idp": "live.com"}, False, id="acct goes before idp"),
    ],
)
def test_T69_guests(change, is_guest):
    """T69: guests are told by acct, else by idp, and refused with 403 where they are not wanted."""
    claims = {**USER_CLAIMS, **change}
    assert _check(claims).is_guest is is_guest
    strict = replace(POLICY, allow_guests=False)
    if is_guest:
        assert _rejection(claims, policy=strict)[0] is Reason.GUEST_NOT_ALLOWED
        assert Reason.GUEST_NOT_ALLOWED.is_forbidden
    else:
        assert _check(claims, policy=strict)


@pytest.mark.parametrize(
    ("azp", "is_welcome"),
    [
        pytest.param(CALLER, True, id="T70 listed"),
        pytest.param(CALLER.upper(), True, id="T70 listed, in upper case"),
        pytest.param(OTHER_TENANT, False, id="T70 not listed"),
        pytest.param(None, False, id="T70 no client at all"),
    ],
)
def test_T70_clients(azp, is_welcome):
    """T70: with a list of clients, tokens of others are refused."""
    policy = replace(POLICY, allowed_clients=frozenset({CALLER}))
    claims = {**USER_CLAIMS, "azp": azp}
    if is_welcome:
        assert _check(claims, policy=policy).client_id == CALLER
    else:
        assert _rejection(claims, policy=policy)[0] is Reason.CLIENT_NOT_ALLOWED


def _verdicts(claims: Mapping[str, object], policy: ClaimPolicy = POLICY, **bindings: str) -> dict[str, Reason | None]:
    verdicts = claim_verdicts(
        _changed(claims, {}), key=_key(**bindings), metadata=METADATA, policy=policy, names=NameSets(), now=NOW
    )
    return {check: error.reason if error is not None else None for check, error in verdicts.items()}


def test_all_verdicts_of_a_good_token():
    """Whoever wants to know hears of each check, in the order in which they are made."""
    checks = ["issuer", "key_binding", "audience", "lifetime", "purpose", "permissions", "client", "guest", "identity"]
    assert _verdicts(USER_CLAIMS) == dict.fromkeys(checks)


def test_T60_T69_T70_verdicts_are_those_of_the_checks():
    """What a token is refused for, and what it is not refused for, is told by the same rules."""
    other = f"{HOST}/{OTHER_TENANT}/v2.0"
    assert _verdicts(USER_CLAIMS, issuer=other)["key_binding"] is Reason.KEY_ISSUER_MISMATCH
    assert _verdicts(USER_CLAIMS, issuer=f"{HOST}/{{tenantid}}/v2.0")["key_binding"] is None
    strict = replace(POLICY, allowed_clients=frozenset({CALLER}), allow_guests=False)
    own = {**USER_CLAIMS, "idp": f"https://sts.windows.net/{TENANT}/"}
    found = _verdicts(own, strict)
    assert (found["client"], found["guest"]) == (None, None)


def test_all_verdicts_of_a_token_with_several_faults():
    """Each fault is told; what builds on a check that failed is left out."""
    strict = replace(POLICY, allowed_clients=frozenset({TENANT}), allow_guests=False)
    found = _verdicts({**USER_CLAIMS, "aud": "x", "exp": 1, "acct": 1, "nonce": "n", "oid": 5}, strict)
    assert {check: reason for check, reason in found.items() if reason} == {
        "audience": Reason.WRONG_AUDIENCE,
        "lifetime": Reason.EXPIRED,
        "purpose": Reason.ID_TOKEN,
        "client": Reason.CLIENT_NOT_ALLOWED,
        "guest": Reason.GUEST_NOT_ALLOWED,
        "identity": Reason.INVALID_CLAIM,
    }
    without_tenant = _verdicts({**USER_CLAIMS, "tid": None})
    assert without_tenant["issuer"] is Reason.INVALID_CLAIM
    assert not {"key_binding", "guest"} & without_tenant.keys()
    assert not {"client", "guest"} & _verdicts({**USER_CLAIMS, "scp": None}).keys()


def test_T64_user_whose_subject_is_the_object_id_is_no_application():
    """T64, T65: who has scopes is a user, whatever sub is: a user's roles never count as an application's."""
    checked = _check({**USER_CLAIMS, "sub": USER, "oid": USER, "roles": ["Files.Read.All"], "idtyp": None})
    assert (checked.kind, checked.is_app_proved) == ("user", False)
