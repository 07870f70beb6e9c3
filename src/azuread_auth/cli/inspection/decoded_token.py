"""What a token says of itself. For display alone: nothing here is verified, and nothing is decided by it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from azuread_auth._protocol.jws import MAX_TOKEN_BYTES
from azuread_auth._protocol.strict_json import parse_object

__all__ = ["DecodedToken", "decode_token"]

_JWE_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedToken:
    """The readable parts; None for a part that is not there or cannot be read."""

    header: Mapping[str, object] | None = field(default=None, repr=False)
    claims: Mapping[str, object] | None = field(default=None, repr=False)


def decode_token(token: str) -> DecodedToken:
    """Read what can be read."""
    if len(token) > MAX_TOKEN_BYTES:
        return DecodedToken()
    parts = token.split(".")
    header = _object(parts[0])
    if len(parts) < 2 or len(parts) == _JWE_PARTS:  # the second part of an encrypted token is a key
        return DecodedToken(header=header)
    return DecodedToken(header=header, claims=_object(parts[1]))


def _object(segment: str) -> Mapping[str, object] | None:
    try:
        return parse_object(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        return None
