"""Claims as they are read: by name, and of the type they must have."""

from collections.abc import Mapping
from typing import NoReturn, TypeAlias

from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = ["Claims", "claim_text", "refuse_claim"]

Claims: TypeAlias = Mapping[str, object]


def refuse_claim(claim: str) -> NoReturn:
    raise TokenRejected(RejectionReason.INVALID_CLAIM, claim=claim)


def claim_text(claims: Claims, name: str) -> str:
    """The claim as text; "" when absent."""
    value = claims.get(name, "")
    if not isinstance(value, str):
        refuse_claim(name)
    return value
