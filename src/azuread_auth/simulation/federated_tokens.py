"""Tokens of an issuer outside of the simulated tenant."""

import uuid

from azuread_auth.simulation.grants.federation import external_key
from azuread_auth.simulation.signing import TokenDraft, sign

__all__ = ["federated_token"]


def federated_token(*, issuer: str, subject: str, audience: str, now: float, expires_in: float) -> str:
    """The text of a token as Kubernetes and CI systems sign it."""
    key = external_key()
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now + expires_in),
        "jti": str(uuid.uuid4()),
    }
    return sign(TokenDraft(header={"typ": "JWT", "alg": "RS256", "kid": key.kid}, claims=claims, key=key))
