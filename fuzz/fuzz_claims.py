"""Claims of any sort under a good signature are those of this API's callers, or TokenRejected.

The first byte chooses: an access token of one tenant, of any tenant, of B2C, or an ID token.
"""

import json
from dataclasses import replace

from azuread_auth._protocol.claim_checks import check_claims, check_version, claim_verdicts
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.id_token import check_id_token
from azuread_auth._protocol.jwk import parse_key_set
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._protocol.names import NameSets
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import TokenRejected
from azuread_auth.simulation.keys import throwaway_key

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
SKEW = 60.0
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
NONCE = "nonce-of-the-request"
HOST = "https://login.microsoftonline.com"
KEY = parse_key_set({"keys": [throwaway_key(0).jwk()]}, algorithms=("RS256",)).keys[0]
POLICY = ClaimPolicy(
    audiences=frozenset({CLIENT, f"api://{CLIENT}"}),
    tenants=None,
    admits_personal_accounts=False,
    allowed_clients=None,
    allow_guests=False,
    accept_tokens_without_permissions=False,
    clock_skew_seconds=SKEW,
    scope_prefixes=frozenset({f"api://{CLIENT}"}),
    b2c_policy=None,
)
ONE = Metadata(
    version=2,
    issuer=f"{HOST}/{TENANT}/v2.0",
    tenant_id=TENANT,
    jwks_uri=f"{HOST}/keys",
    cloud_instance_name=None,
    authorization_endpoint=None,
    token_endpoint=None,
)
MANY = replace(ONE, issuer=f"{HOST}/{{tenantid}}/v2.0", tenant_id=None)
B2C = replace(ONE, issuer=f"https://contoso.b2clogin.com/{TENANT}/v2.0/")
KINDS = (
    (ONE, POLICY),
    (MANY, POLICY),
    (B2C, replace(POLICY, b2c_policy="B2C_1_SignIn")),
    (ONE, POLICY),
)
ID_TOKEN = 3


def one_input(data: bytes) -> None:
    kind, payload = data[:1], data[1:]
    number = kind[0] % len(KINDS) if kind else 0
    try:
        claims = parse_object(payload)
    except ValueError:
        return
    metadata, policy = KINDS[number]
    try:
        checked = _id_token(claims, payload) if number == ID_TOKEN else _access_token(claims, payload, metadata, policy)
    except TokenRejected as error:
        _assert_quiet(error)
        return
    second = json.loads(payload)
    _assert_of_the_tenant(second, checked, metadata)
    _assert_current(second, checked)
    if number == ID_TOKEN:
        _assert_signs_in(second, checked)
    else:
        _assert_opens(second, checked)
    assert CANARY not in repr(checked), "claims are shown"


def _access_token(claims: dict[str, object], payload: bytes, metadata: Metadata, policy: ClaimPolicy) -> CheckedClaims:
    verdicts = claim_verdicts(claims, key=KEY, metadata=metadata, policy=policy, names=NameSets(), now=NOW)
    is_good = not any(verdicts.values())
    if metadata is not B2C:
        check_version(claims, metadata.version)
    try:
        checked = check_claims(
            claims, payload=payload, key=KEY, metadata=metadata, policy=policy, names=NameSets(), now=NOW
        )
    except TokenRejected:
        assert not is_good, "the explanation of a refused token finds nothing wrong"
        raise
    assert is_good, "the explanation of a good token finds something wrong"
    return checked


def _id_token(claims: dict[str, object], payload: bytes) -> CheckedClaims:
    return check_id_token(
        claims,
        payload=payload,
        algorithm="RS256",
        key=KEY,
        metadata=ONE,
        policy=POLICY,
        client_id=CLIENT,
        nonce=NONCE,
        access_token=None,
        now=NOW,
    )


def _assert_of_the_tenant(claims: dict[str, object], checked: CheckedClaims, metadata: Metadata) -> None:
    tenant = checked.tenant_id
    spellings = {tenant, str(claims.get("tid"))}
    issuers = {metadata.issuer.replace("{tenantid}", each) for each in spellings}
    assert claims["iss"] in issuers, "a token of another issuer was accepted"
    assert metadata.tenant_id in {None, tenant}, "a token of another tenant was accepted"
    assert str(claims.get("tid") or TENANT).lower() == tenant, "the tenant was read wrongly"
    assert tenant != PERSONAL_TENANT, "a personal account was let in"
    assert checked.object_id in {claims.get("oid"), claims.get("sub")} - {"", None}, "nobody in particular was let in"
    assert claims.get("acct", 0) in (0, "0"), "a guest was let in"


def _assert_current(claims: dict[str, object], checked: CheckedClaims) -> None:
    times = [claims.get(name, NOW) for name in ("exp", "nbf", "iat")]
    assert not any(isinstance(each, bool | str) for each in times), "a time that is no number was accepted"
    assert checked.expires_at == times[0], "the end was read wrongly"
    assert NOW - SKEW < times[0] < 253_402_300_800, "an expired token was accepted"
    assert all(each <= NOW + SKEW for each in times[1:]), "a token of the future was accepted"


def _assert_signs_in(claims: dict[str, object], checked: CheckedClaims) -> None:
    audience = claims["aud"]
    assert audience == CLIENT or (isinstance(audience, list) and CLIENT in audience), "another's ID token was accepted"
    assert claims.get("azp", CLIENT) in (CLIENT, None), "an ID token issued to another was accepted"
    assert claims["nonce"] == NONCE, "the answer to another sign-in was accepted"
    assert (checked.kind, checked.scopes, checked.client_id) == ("user", frozenset(), None), "more than a user came in"


def _assert_opens(claims: dict[str, object], checked: CheckedClaims) -> None:
    audience = claims["aud"]
    audiences = audience if isinstance(audience, list) else [audience]
    assert not POLICY.audiences.isdisjoint(audiences), "a token for another API was accepted"
    assert {"cnf", "at_hash", "c_hash"}.isdisjoint(claims), "a token with another purpose was accepted"
    permissions = checked.scopes | checked.roles
    assert permissions, "a token without permissions was accepted"
    roles = claims.get("roles", [])
    told = {*str(claims.get("scp", "")).split(" "), *(roles if isinstance(roles, list) else [roles])}
    assert permissions <= told, "permissions came from nowhere"
    if checked.kind == "app":
        assert not checked.scopes, "an application was given what users delegated"
        assert claims.get("idtyp", "app") == "app", "a user was taken for an application"
    else:
        assert claims.get("idtyp", "user") == "user", "an application was taken for a user"
        assert checked.scopes, "a user's token without scopes was accepted"


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the token"
