"""What an ID token with a good signature must say to sign a user in (OpenID Connect Core 3.1.3.7)."""

import hashlib
import hmac
from typing import Final

from azuread_auth._protocol.authorization import unguessable
from azuread_auth._protocol.callers import check_guest, object_id
from azuread_auth._protocol.claim_checks import check_issuer, check_key, check_times
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claim_reading import Claims, claim_text, refuse_claim
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._protocol.jwk import SigningKey
from azuread_auth._protocol.metadata import Metadata
from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = ["check_id_token"]

_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def check_id_token(
    claims: Claims,
    *,
    payload: bytes,
    algorithm: str,
    key: SigningKey,
    metadata: Metadata,
    policy: ClaimPolicy,
    client_id: str,
    nonce: str | None,
    access_token: bytes | None,
    now: float,
) -> CheckedClaims:
    """Judge the claims of an ID token whose signature `key` made by `algorithm`. Raises TokenRejected.

    `nonce` is that of the request, None where the flow has none; `access_token` came beside the ID token, None where
    the ID token came alone.
    """
    tenant_id = check_issuer(claims, metadata, policy)
    check_key(key, issuer=claims["iss"], tenant_id=tenant_id, metadata=metadata)
    _check_audience(claims, client_id)
    if "iat" not in claims:
        refuse_claim("iat")
    expires_at = check_times(claims, policy, now)
    _check_nonce(claims, nonce)
    if access_token is not None:
        _check_hash(claims, access_token, algorithm)
    if not claim_text(claims, "sub"):
        refuse_claim("sub")
    if claims.get("idtyp", "user") != "user":
        raise TokenRejected(RejectionReason.UNSUPPORTED_CALLER, claim="idtyp")
    if nonce is None and access_token is None and "scp" in claims:
        refuse_claim("scp")  # nothing else tells an access token that the application has for itself
    return CheckedClaims(
        payload=payload,
        expires_at=expires_at,
        tenant_id=tenant_id.lower(),
        object_id=object_id(claims),
        client_id=None,
        kind="user",
        is_app_proved=False,
        scopes=frozenset(),
        roles=NameSets().of_roles(claims.get("roles", ())),
        is_guest=check_guest(claims, "user", tenant_id, policy),
        version="2.0" if metadata.version == 2 else "1.0",
        scope_prefixes=policy.scope_prefixes,
    )


def _check_audience(claims: Claims, client_id: str) -> None:
    """The token must be for this application alone: with others beside it, `azp` says that it was issued to it."""
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise TokenRejected(RejectionReason.WRONG_AUDIENCE, claim="aud")
    if (len(audiences) > 1 or party is not None) and party != client_id:
        raise TokenRejected(RejectionReason.WRONG_AUDIENCE, claim="azp")


def _check_nonce(claims: Claims, nonce: str | None) -> None:
    if nonce is not None and not hmac.compare_digest(claim_text(claims, "nonce").encode(), nonce.encode()):
        refuse_claim("nonce")


def _check_hash(claims: Claims, access_token: bytes, algorithm: str) -> None:
    """OpenID Connect Core 3.1.3.8: the two tokens belong together, by half of the hash that the signature is over."""
    if "at_hash" in claims:
        digest = _HASHES[algorithm[-3:]](access_token).digest()
        half = unguessable(digest[: len(digest) // 2])
        if not hmac.compare_digest(claim_text(claims, "at_hash").encode(), half.encode()):
            refuse_claim("at_hash")
