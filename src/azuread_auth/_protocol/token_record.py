"""Tokens as bytes, for stores. What cannot be read is as if it were not there."""

import json
from typing import Final

from azuread_auth._protocol.http import Document
from azuread_auth._protocol.token_response import ReceivedToken, seconds_in, sendable
from azuread_auth.secret import Secret

__all__ = ["refresh_token_bytes", "refresh_token_in", "token_bytes", "token_in"]

_FORMAT: Final = 1
_SCHEME: Final = "Bearer"


def token_bytes(token: ReceivedToken) -> bytes:
    """An access token without what came beside it."""
    record = {
        "format": _FORMAT,
        "access_token": token.access_token.reveal(),
        "expires_at": token.expires_at,
        "refresh_at": token.refresh_at,
        "scopes": sorted(token.scopes),
        "token_type": token.token_type,
    }
    return json.dumps(record, separators=(",", ":")).encode()


def token_in(data: bytes) -> ReceivedToken | None:
    """The access token in a record; None for a record of another format or release, or that no provider's answer makes.

    A store may be others' to write as well, so that what comes from it is believed no further than what comes from a
    provider.
    """
    record = _record(data)
    token, scopes = sendable(record.get("access_token")), record.get("scopes")
    expires_at, refresh_at = (seconds_in(record.get(name)) for name in ("expires_at", "refresh_at"))
    if token is None or expires_at is None or refresh_at is None:
        return None
    if not isinstance(scopes, list) or record.get("token_type") != _SCHEME:
        return None
    return ReceivedToken(
        access_token=token, expires_at=expires_at, refresh_at=refresh_at, scopes=frozenset(map(str, scopes))
    )


def refresh_token_bytes(refresh_token: Secret) -> bytes:
    """A refresh token."""
    return json.dumps({"format": _FORMAT, "refresh_token": refresh_token.reveal()}, separators=(",", ":")).encode()


def refresh_token_in(data: bytes) -> Secret | None:
    """The refresh token in a record; None for a record of another format or release."""
    return sendable(_record(data).get("refresh_token"))


def _record(data: bytes) -> Document:
    """The members of a record of this format; none for any other data."""
    try:
        record: object = json.loads(data, object_hook=Document)
    except (ValueError, RecursionError):
        return Document()
    return record if isinstance(record, Document) and record.get("format") == _FORMAT else Document()
