"""What a token with a good signature must say to open this API (Microsoft, "Secure applications by validating claims").

Each check looks at one rule and raises TokenRejected with its reason. They run in the order of `check_claims`, and only
on claims whose signature was verified.
"""

from collections.abc import Callable
from sys import intern
from typing import Final, TypeVar

from azuread_auth._protocol.authority import TENANT_TEMPLATE, TokenVersion
from azuread_auth._protocol.callers import check_caller, check_client, check_guest, object_id
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claim_reading import Claims, refuse_claim
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.jwk import SigningKey
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = [
    "Verdicts",
    "check_claims",
    "check_issuer",
    "check_key",
    "check_times",
    "check_version",
    "claim_verdicts",
]

T = TypeVar("T")

_LAST_SECOND: Final = 253_402_300_800  # the year 10000: later is a slip or an attack, and overflows elsewhere
_NUMBERS: Final = (int, float)
_ID_TOKEN_MARKS: Final = frozenset({"at_hash", "c_hash"})


def check_version(claims: Claims, version: TokenVersion) -> None:
    """The token must say the version whose keys verified it: each version has its own issuer."""
    if claims.get("ver") != f"{version}.0":
        refuse_claim("ver")


def check_claims(
    claims: Claims,
    *,
    payload: bytes,
    key: SigningKey,
    metadata: Metadata,
    policy: ClaimPolicy,
    names: NameSets,
    now: float,
) -> CheckedClaims:
    """Judge the claims of a token whose signature `key` made. Raises TokenRejected."""
    tenant_id = check_issuer(claims, metadata, policy)
    check_key(key, issuer=claims["iss"], tenant_id=tenant_id, metadata=metadata)
    _check_audience(claims, policy)
    expires_at = check_times(claims, policy, now)
    _check_is_plain_bearer(claims, policy)
    kind, client_id, scopes, roles = check_caller(claims, names, policy)
    check_client(client_id, policy)
    is_guest = check_guest(claims, kind, tenant_id, policy)
    return CheckedClaims(
        payload=payload,
        expires_at=expires_at,
        tenant_id=intern(tenant_id.lower()),
        object_id=object_id(claims),
        client_id=intern(client_id) if client_id is not None else None,
        kind=kind,
        is_app_proved=claims.get("idtyp") == "app",
        scopes=scopes,
        roles=roles,
        is_guest=is_guest,
        version="2.0" if metadata.version == 2 else "1.0",
        scope_prefixes=policy.scope_prefixes,
    )


class Verdicts(dict[str, TokenRejected | None]):
    """By check: what it found wrong, or None. A check that builds on one that failed is absent."""

    def judge(self, check: str, rule: Callable[[], T]) -> T | None:
        """Note the verdict of one check; gives what it found out, None when it failed."""
        try:
            result = rule()
        except TokenRejected as error:
            self[check] = error
            return None
        self[check] = None
        return result


def claim_verdicts(
    claims: Claims, *, key: SigningKey, metadata: Metadata, policy: ClaimPolicy, names: NameSets, now: float
) -> Verdicts:
    """What each check of `check_claims` says by itself, in the same order, for people who want to know all of it."""
    verdicts = Verdicts()
    tenant_id = verdicts.judge("issuer", lambda: check_issuer(claims, metadata, policy))
    if tenant_id is not None:
        verdicts.judge(
            "key_binding", lambda: check_key(key, issuer=claims["iss"], tenant_id=tenant_id, metadata=metadata)
        )
    verdicts.judge("audience", lambda: _check_audience(claims, policy))
    verdicts.judge("lifetime", lambda: check_times(claims, policy, now))
    verdicts.judge("purpose", lambda: _check_is_plain_bearer(claims, policy))
    caller = verdicts.judge("permissions", lambda: check_caller(claims, names, policy))
    if caller is not None:
        verdicts.judge("client", lambda: check_client(caller[1], policy))
        if tenant_id is not None:
            verdicts.judge("guest", lambda: check_guest(claims, caller[0], tenant_id, policy))
    verdicts.judge("identity", lambda: object_id(claims))
    return verdicts


def check_issuer(claims: Claims, metadata: Metadata, policy: ClaimPolicy) -> str:
    """The tenant, once `iss`, `tid` and the metadata agree on it."""
    tenant_id = _tenant_in(claims, metadata, policy)
    tenant = tenant_id.lower()
    # Before `iss`, which differs with the tenant: so the reason is the one that can be mended.
    if metadata.tenant_id is not None and tenant != metadata.tenant_id:
        raise TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
    if claims.get("iss") != metadata.issuer_for(tenant_id):
        raise TokenRejected(RejectionReason.WRONG_ISSUER, claim="iss")
    if policy.tenants is not None and tenant not in policy.tenants:
        raise TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
    if tenant == PERSONAL_TENANT and not policy.admits_personal_accounts:
        raise TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
    return tenant_id


def _tenant_in(claims: Claims, metadata: Metadata, policy: ClaimPolicy) -> str:
    tid = claims.get("tid")
    if policy.b2c_policy is not None:
        _check_b2c_policy(claims, policy.b2c_policy)
        if tid is None and metadata.tenant_id is not None:
            return metadata.tenant_id
    if not isinstance(tid, str) or (tid != metadata.tenant_id and as_guid(tid) is None):
        refuse_claim("tid")
    return tid


def _check_b2c_policy(claims: Claims, expected: str) -> None:
    """B2C names the policy in `tfp`, formerly in `acr` (Microsoft, "Tokens in Azure AD B2C")."""
    policy = claims.get("tfp", claims.get("acr"))
    if not isinstance(policy, str) or policy.lower() != expected.lower():
        raise TokenRejected(RejectionReason.WRONG_POLICY, claim="tfp")


def check_key(key: SigningKey, *, issuer: object, tenant_id: str, metadata: Metadata) -> None:
    """A key signs for the issuer and cloud that it is published for, and for no other.

    Without this, a key of personal accounts could sign for every organisation (Microsoft, "Validate the issuer").
    """
    if key.issuer is not None and key.issuer.replace(TENANT_TEMPLATE, tenant_id) != issuer:
        raise TokenRejected(RejectionReason.KEY_ISSUER_MISMATCH)
    clouds = (key.cloud_instance_name, metadata.cloud_instance_name)
    if None not in clouds and clouds[0] != clouds[1]:
        raise TokenRejected(RejectionReason.KEY_OF_ANOTHER_CLOUD)


def _check_audience(claims: Claims, policy: ClaimPolicy) -> None:
    audience = claims.get("aud")
    if isinstance(audience, str):
        if audience not in policy.audiences:
            raise TokenRejected(RejectionReason.WRONG_AUDIENCE, claim="aud")
    elif isinstance(audience, list) and all(isinstance(item, str) for item in audience):
        if policy.audiences.isdisjoint(audience):
            raise TokenRejected(RejectionReason.WRONG_AUDIENCE, claim="aud")
    else:
        refuse_claim("aud")


def check_times(claims: Claims, policy: ClaimPolicy, now: float) -> float:
    """RFC 7519 4.1.4-4.1.5, with the tolerance of the settings."""
    expires_at = _seconds(claims, "exp")
    if now >= expires_at + policy.clock_skew_seconds:
        raise TokenRejected(RejectionReason.EXPIRED, claim="exp")
    for name in ("nbf", "iat"):
        if name in claims and now < _seconds(claims, name) - policy.clock_skew_seconds:
            raise TokenRejected(RejectionReason.NOT_YET_VALID, claim=name)
    return expires_at


def _seconds(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        refuse_claim(name)
    if not 0 <= value < _LAST_SECOND:  # false for NaN as well
        refuse_claim(name)
    return value


def _check_is_plain_bearer(claims: Claims, policy: ClaimPolicy) -> None:
    if "cnf" in claims:  # RFC 7800: whoever only holds the token has not proved possession of the key
        raise TokenRejected(RejectionReason.SENDER_CONSTRAINED, claim="cnf")
    # B2C repeats the nonce of a sign-in in the access tokens that came of it (Microsoft, "Request an access token in
    # Azure Active Directory B2C"); these have scopes.
    may_have_nonce = policy.b2c_policy is not None and bool(claims.get("scp"))
    if not _ID_TOKEN_MARKS.isdisjoint(claims) or ("nonce" in claims and not may_have_nonce):
        raise TokenRejected(RejectionReason.ID_TOKEN)
