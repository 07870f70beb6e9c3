"""What a token says of itself, read without checking it: for the names that recordings have, and for nothing else."""

import base64
from collections.abc import Mapping
from typing import Final

from azuread_auth._protocol.http import Document
from azuread_auth._protocol.strict_json import parse_object

__all__ = ["claims_in", "owner_in"]

_MAX_TOKEN: Final = 256_000
_NONE: Final = Document()


def claims_in(token: object) -> Document:
    """The claims of a JWT; none where it is no such thing."""
    parts = token.split(".") if isinstance(token, str) and len(token) <= _MAX_TOKEN else []
    del token  # what reports errors may show the locals of every frame
    if len(parts) != 3:
        return _NONE
    try:
        return Document(parse_object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
    except (ValueError, RecursionError):
        return _NONE


def owner_in(claims: Mapping[str, object]) -> tuple[str, str] | None:
    """Tenant and user of a token that is about a user; None where it does not say."""
    tenant, user = claims.get("tid", ""), claims.get("oid") or claims.get("sub")
    return (tenant, user) if isinstance(tenant, str) and isinstance(user, str) else None
