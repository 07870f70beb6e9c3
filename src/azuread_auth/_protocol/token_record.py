"""Tokens as bytes, for stores. What cannot be read is as if it were not there."""

import json
from typing import Final

from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.secret import Secret

__all__ = ["refresh_token_bytes", "refresh_token_in", "token_bytes", "token_in"]

_FORMAT: Final = 1


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
    """The access token in a record; None for a record of another format or release."""
    try:
        match json.loads(data):
            case {
                "format": 1,
                "access_token": str(text),
                "expires_at": int() | float() as expires_at,
                "refresh_at": int() | float() as refresh_at,
                "scopes": list(scopes),
                "token_type": str(token_type),
            }:
                return ReceivedToken(
                    access_token=Secret(text),
                    expires_at=float(expires_at),
                    refresh_at=float(refresh_at),
                    scopes=frozenset(map(str, scopes)),
                    token_type=token_type,
                )
            case _:
                return None
    except (ValueError, RecursionError):
        return None


def refresh_token_bytes(refresh_token: Secret) -> bytes:
    """A refresh token."""
    return json.dumps({"format": _FORMAT, "refresh_token": refresh_token.reveal()}, separators=(",", ":")).encode()


def refresh_token_in(data: bytes) -> Secret | None:
    """The refresh token in a record; None for a record of another format or release."""
    try:
        match json.loads(data):
            case {"format": 1, "refresh_token": str(text)}:
                return Secret(text)
            case _:
                return None
    except (ValueError, RecursionError):
        return None
