"""What an ID token with a good signature must say to sign a user in."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.id_token import check_id_token
from azuread_auth._protocol.jwk import SigningKey, parse_key_set
from azuread_auth._protocol.jws import parse_compact, verifying_key
from azuread_auth._protocol.metadata import Metadata
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.keys import base64url, throwaway_key
from azuread_auth.simulation.signing import TokenDraft, json_bytes, sign

NOW = 1_800_000_000.0
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
OTHER_CLIENT = "2f6b8a10-7c3d-4e5f-9a1b-0c2d4e6f8a13"
USER = "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41"
HOST = "https://login.microsoftonline.com"
NONCE = "canary-nonce"
ACCESS_TOKEN = b"canary.access.token"
AT_HASH = base64.urlsafe_b64encode(hashlib.sha256(ACCESS_TOKEN).digest()[:16]).rstrip(b"=").decode()

POLICY = ClaimPolicy(
    audiences=frozenset({f"api://{CLIENT}"}),
    tenants=None,
    admits_personal_accounts=True,
    allowed_clients=frozenset(),
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
CLAIMS: dict[str, object] = {
    "aud": CLIENT,
    "iss": METADATA.issuer,
    "iat": NOW - 5,
    "nbf": NOW - 5,
    "exp": NOW + 3600,
    "nonce": NONCE,
    "oid": USER,
    "sub": "pairwise",
    "roles": ["Admin"],
    "name": "Ann",
    "tid": TENANT,
    "ver": "2.0",
}


def _key(**bindings: str) -> SigningKey:
    return parse_key_set({"keys": [{**throwaway_key(0).jwk(), **bindings}]}, algorithms=("RS256",)).keys[0]


def _changed(change: Mapping[str, object]) -> dict[str, object]:
    """The claims with a change; `...` takes one away."""
    return {name: value for name, value in {**CLAIMS, **change}.items() if value is not ...}


def _check(
    change: Mapping[str, object],
    *,
    nonce: str | None = NONCE,
    policy: ClaimPolicy = POLICY,
    metadata: Metadata = METADATA,
    key: SigningKey | None = None,
    algorithm: str = "RS256",
    access_token: bytes | None = ACCESS_TOKEN,
) -> CheckedClaims:
    claims = _changed(change)
    return check_id_token(
        claims,
        payload=json.dumps(claims).encode(),
        algorithm=algorithm,
        key=key or _key(),
        metadata=metadata,
        policy=policy,
        client_id=CLIENT,
        nonce=nonce,
        access_token=access_token,
        now=NOW,
    )


def _rejection(change: Mapping[str, object], **circumstances: object) -> tuple[Reason, str | None]:
    with pytest.raises(TokenRejected) as refused:
        _check(change, **circumstances)  # type: ignore[arg-type]
    assert "canary" not in str(refused.value)
    return refused.value.reason, refused.value.claim


def test_an_id_token_signs_a_user_in():
    """Who it is, where from, and with which roles; an ID token has no scopes and names no client as caller."""
    checked = _check({})
    assert (checked.tenant_id, checked.object_id, checked.kind) == (TENANT, USER, "user")
    assert (checked.roles, checked.scopes, checked.client_id) == ({"Admin"}, frozenset(), None)
    assert (checked.is_app_proved, checked.is_guest, checked.version) == (False, False, "2.0")
    assert checked.expires_at == NOW + 3600
    assert checked.scope_prefixes == {f"api://{CLIENT}"}
    assert checked.parse() == CLAIMS


@pytest.mark.parametrize(
    ("change", "reason", "claim"),
    [
        pytest.param(
            {"iss": f"https://evil.example/{TENANT}/v2.0"}, Reason.WRONG_ISSUER, "iss", id="T93 iss elsewhere"
        ),
        pytest.param({"iss": f"{METADATA.issuer}/"}, Reason.WRONG_ISSUER, "iss", id="T93 iss with a slash too many"),
        pytest.param(
            {"iss": f"{HOST}/{OTHER_TENANT}/v2.0"}, Reason.WRONG_ISSUER, "iss", id="T93 iss of another tenant"
        ),
        pytest.param({"iss": [METADATA.issuer]}, Reason.WRONG_ISSUER, "iss", id="T93 iss is a list"),
        pytest.param({"iss": ...}, Reason.WRONG_ISSUER, "iss", id="T93 no iss"),
        pytest.param({"tid": OTHER_TENANT}, Reason.WRONG_TENANT, "tid", id="T93 tid of another tenant"),
        pytest.param({"tid": ...}, Reason.INVALID_CLAIM, "tid", id="T93 no tid"),
        pytest.param({"aud": OTHER_CLIENT}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is another application"),
        pytest.param({"aud": f"api://{CLIENT}"}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is the API, not the client"),
        pytest.param({"aud": f"{CLIENT} "}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud with a blank"),
        pytest.param({"aud": ""}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is empty"),
        pytest.param({"aud": []}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is an empty list"),
        pytest.param({"aud": {CLIENT: 1}}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is an object"),
        pytest.param({"aud": ...}, Reason.WRONG_AUDIENCE, "aud", id="T93 no aud"),
        pytest.param({"aud": None}, Reason.WRONG_AUDIENCE, "aud", id="T93 aud is null"),
        pytest.param({"aud": [OTHER_CLIENT]}, Reason.WRONG_AUDIENCE, "aud", id="T93 a list without ours"),
        pytest.param({"aud": [CLIENT, OTHER_CLIENT]}, Reason.WRONG_AUDIENCE, "azp", id="T93 several aud, no azp"),
        pytest.param(
            {"aud": [CLIENT, OTHER_CLIENT], "azp": OTHER_CLIENT},
            Reason.WRONG_AUDIENCE,
            "azp",
            id="T93 several, for another",
        ),
        pytest.param({"aud": [CLIENT, 1]}, Reason.WRONG_AUDIENCE, "azp", id="T93 a list of more than text"),
        pytest.param({"azp": OTHER_CLIENT}, Reason.WRONG_AUDIENCE, "azp", id="T93 azp is another application"),
        pytest.param({"azp": ""}, Reason.WRONG_AUDIENCE, "azp", id="T93 azp is empty"),
        pytest.param({"azp": [CLIENT]}, Reason.WRONG_AUDIENCE, "azp", id="T93 azp is a list"),
        pytest.param({"iat": ...}, Reason.INVALID_CLAIM, "iat", id="T93 no iat"),
        pytest.param({"iat": None}, Reason.INVALID_CLAIM, "iat", id="T93 iat is null"),
        pytest.param({"iat": str(NOW)}, Reason.INVALID_CLAIM, "iat", id="T93 iat is text"),
        pytest.param({"iat": NOW + 61}, Reason.NOT_YET_VALID, "iat", id="T93 iat ahead"),
        pytest.param({"nbf": NOW + 61}, Reason.NOT_YET_VALID, "nbf", id="T93 nbf ahead"),
        pytest.param({"exp": ...}, Reason.INVALID_CLAIM, "exp", id="T93 no exp"),
        pytest.param({"exp": NOW - 60}, Reason.EXPIRED, "exp", id="T93 expired"),
        pytest.param({"exp": float("nan")}, Reason.INVALID_CLAIM, "exp", id="T93 exp is NaN"),
        pytest.param({"sub": ...}, Reason.INVALID_CLAIM, "sub", id="T93 no sub, though oid"),
        pytest.param({"sub": ""}, Reason.INVALID_CLAIM, "sub", id="T93 sub is empty"),
        pytest.param({"sub": 7}, Reason.INVALID_CLAIM, "sub", id="T93 sub is a number"),
        pytest.param({"sub": ..., "oid": ...}, Reason.INVALID_CLAIM, "sub", id="T93 nobody"),
        pytest.param({"oid": 7}, Reason.INVALID_CLAIM, "oid", id="T93 oid is a number"),
        pytest.param({"idtyp": "app"}, Reason.UNSUPPORTED_CALLER, "idtyp", id="T93 an application"),
        pytest.param({"idtyp": ["user"]}, Reason.UNSUPPORTED_CALLER, "idtyp", id="T93 idtyp is a list"),
        pytest.param({"roles": {"Admin": 1}}, Reason.INVALID_CLAIM, "roles", id="T93 roles are an object"),
        pytest.param({"at_hash": "x"}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash of another token"),
        pytest.param({"at_hash": ""}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash is empty"),
        pytest.param({"at_hash": f"{AT_HASH}=="}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash with padding"),
        pytest.param({"at_hash": AT_HASH[:-1]}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash cut short"),
        pytest.param({"at_hash": "\u00e9"}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash beyond ASCII"),
        pytest.param({"at_hash": None}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash is null"),
        pytest.param({"at_hash": [AT_HASH]}, Reason.INVALID_CLAIM, "at_hash", id="T93 at_hash is a list"),
        pytest.param({"nonce": ...}, Reason.INVALID_CLAIM, "nonce", id="T78 no nonce"),
        pytest.param({"nonce": ""}, Reason.INVALID_CLAIM, "nonce", id="T78 an empty nonce"),
        pytest.param({"nonce": "of another sign-in"}, Reason.INVALID_CLAIM, "nonce", id="T78 a replayed token"),
        pytest.param({"nonce": NONCE.upper()}, Reason.INVALID_CLAIM, "nonce", id="T78 another case"),
        pytest.param({"nonce": f"{NONCE}\n"}, Reason.INVALID_CLAIM, "nonce", id="T78 a line feed after"),
        pytest.param({"nonce": "\u00e9"}, Reason.INVALID_CLAIM, "nonce", id="T78 beyond ASCII"),
        pytest.param({"nonce": None}, Reason.INVALID_CLAIM, "nonce", id="T78 null"),
        pytest.param({"nonce": [NONCE]}, Reason.INVALID_CLAIM, "nonce", id="T78 a list"),
    ],
)
def test_a_false_claim_signs_nobody_in(change, reason, claim):
    """T78, T93: a token with one false claim is refused for that claim's reason, without its value."""
    assert _rejection(change) == (reason, claim)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"at_hash": AT_HASH}, id="T93 at_hash of the token beside it"),
        pytest.param({"aud": [CLIENT]}, id="T93 a list of ours alone"),
        pytest.param({"azp": CLIENT}, id="T93 azp is ours"),
        pytest.param({"aud": [OTHER_CLIENT, CLIENT], "azp": CLIENT}, id="T93 several aud, issued to us"),
        pytest.param({"idtyp": "user"}, id="idtyp says user"),
        pytest.param({"exp": NOW - 59}, id="expired within the tolerance"),
        pytest.param({"roles": ...}, id="no roles"),
        pytest.param({"c_hash": "x"}, id="c_hash, which the code flow does not need"),
    ],
)
def test_an_unusual_claim_is_no_fault(change):
    """What is rare but right is accepted."""
    assert _check(change).object_id == USER


def test_without_an_object_id_the_subject_names_the_user():
    """Directories other than Entra have no oid."""
    assert _check({"oid": ...}).object_id == "pairwise"


@pytest.mark.parametrize("change", [{}, {"nonce": ...}], ids=["with a nonce", "without"])
def test_T78_where_none_was_sent_no_nonce_is_needed(change):
    """Device codes have no request that a nonce could be in."""
    assert _check(change, nonce=None).object_id == USER


def test_T63_an_access_token_that_comes_alone_signs_nobody_in():
    """The application has one for itself, with the same audience; a nonce or a token beside it tells."""
    scope = {"scp": "Files.Read"}
    assert _rejection(scope, nonce=None, access_token=None) == (Reason.INVALID_CLAIM, "scp")
    assert _check({}, nonce=None, access_token=None).object_id == USER
    assert _check(scope, nonce=None).object_id == USER
    assert _check(scope, access_token=None).object_id == USER


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"tid": OTHER_TENANT, "iss": f"{HOST}/{OTHER_TENANT}/v2.0"}, None, id="T59 a welcome tenant"),
        pytest.param({}, Reason.WRONG_TENANT, id="T59 a tenant off the list"),
        pytest.param({"tid": OTHER_TENANT}, Reason.WRONG_ISSUER, id="T93 tid is not that of iss"),
        pytest.param(
            {"tid": PERSONAL_TENANT, "iss": f"{HOST}/{PERSONAL_TENANT}/v2.0"}, Reason.WRONG_TENANT, id="T59 personal"
        ),
    ],
)
def test_the_tenant_must_be_welcome(change, reason):
    """T59: signing in is open to the same tenants as the API."""
    policy = replace(POLICY, tenants=frozenset({OTHER_TENANT}))
    if reason is None:
        assert _check(change, policy=policy, metadata=COMMON).tenant_id == OTHER_TENANT
    else:
        assert _rejection(change, policy=policy, metadata=COMMON)[0] is reason


def test_T69_guests_may_be_left_outside():
    """Where guests are not wanted, they cannot sign in either."""
    assert _check({"acct": 1}).is_guest
    assert _check({"idp": f"https://sts.windows.net/{OTHER_TENANT}/"}).is_guest
    assert not _check({"idp": f"https://sts.windows.net/{TENANT}/"}).is_guest
    assert _rejection({"acct": 1}, policy=replace(POLICY, allow_guests=False))[0] is Reason.GUEST_NOT_ALLOWED


@pytest.mark.parametrize(
    ("bindings", "reason"),
    [
        pytest.param({"issuer": f"{HOST}/{PERSONAL_TENANT}/v2.0"}, Reason.KEY_ISSUER_MISMATCH, id="T60 consumers"),
        pytest.param(
            {"cloud_instance_name": "microsoftonline.us"}, Reason.KEY_OF_ANOTHER_CLOUD, id="T61 another cloud"
        ),
    ],
)
def test_T60_T61_a_key_signs_for_whom_it_is_published(bindings, reason):
    """ID tokens are bound to the issuer of their key as access tokens are."""
    assert _rejection({}, key=_key(**bindings))[0] is reason


def test_version_1_is_told():
    """The version is that of the metadata whose keys verified it."""
    metadata = replace(METADATA, version=1, issuer=f"https://sts.windows.net/{TENANT}/")
    assert _check({"iss": metadata.issuer}, metadata=metadata).version == "1.0"


def _signed(alg: str) -> bytes:
    draft = TokenDraft(header={"typ": "JWT", "alg": alg}, claims=CLAIMS, key=throwaway_key(0))
    if alg in ("RS256", "RS384"):
        return sign(replace(draft, algorithm=alg)).encode()
    signature = b"" if alg == "none" else hashlib.sha256(throwaway_key(0).public_pem()).digest()
    parts = (json_bytes(draft.header), json_bytes(draft.claims), signature)
    return ".".join(base64url(part) for part in parts).encode()


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS384", "ES256"])
def test_T93_the_algorithm_is_that_of_the_key(alg):
    """No ID token is looked at under an algorithm that its own header chose."""
    assert verifying_key(parse_compact(_signed("RS256")), [_key()]) is not None
    with pytest.raises(TokenRejected) as refused:
        verifying_key(parse_compact(_signed(alg)), [_key()])
    assert refused.value.reason is Reason.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize(("algorithm", "other"), [("RS256", "RS384"), ("RS384", "RS512"), ("RS512", "RS256")])
def test_T93_at_hash_is_of_the_hash_that_the_signature_is_over(algorithm, other):
    """Half of the access token's SHA-384 or SHA-512 where that signs the ID token, and of no other."""
    digest = hashlib.new(f"sha{algorithm[-3:]}", ACCESS_TOKEN).digest()
    at_hash = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    _check({"at_hash": at_hash}, algorithm=algorithm)
    assert _rejection({"at_hash": at_hash}, algorithm=other) == (Reason.INVALID_CLAIM, "at_hash")
