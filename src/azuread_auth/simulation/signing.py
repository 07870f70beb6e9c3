"""Compact JWS (RFC 7515), written part by part so that faults can be put into any of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from azuread_auth.simulation.keys import SimulatedKey, base64url

__all__ = ["TokenDraft", "json_bytes", "merged", "sign", "sign_bytes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """A token before it is signed."""

    header: Mapping[str, object]
    claims: Mapping[str, object] = field(repr=False)
    key: SimulatedKey
    algorithm: str = "RS256"


def merged(members: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """The members with changes; a change to None takes the member away."""
    return {name: value for name, value in (dict(members) | dict(changes)).items() if value is not None}


def json_bytes(members: object) -> bytes:
    """JSON as tokens carry it, without spaces."""
    return json.dumps(members, separators=(",", ":")).encode()


def sign(draft: TokenDraft) -> str:
    """The token's text."""
    return sign_bytes(json_bytes(draft.header), json_bytes(draft.claims), draft.key, draft.algorithm)


def sign_bytes(header: bytes, payload: bytes, key: SimulatedKey, algorithm: str = "RS256") -> str:
    """The text of a token with this header and payload, whatever they hold."""
    signing_input = f"{base64url(header)}.{base64url(payload)}"
    return f"{signing_input}.{base64url(key.sign(signing_input.encode(), algorithm))}"
