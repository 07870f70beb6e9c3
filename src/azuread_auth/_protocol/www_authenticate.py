"""Challenges: what a refused caller of an API is told (RFC 6750 3, RFC 9728 5.1, and Entra's claims challenge)."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["BearerChallenge"]

_UNSAFE: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")  # RFC 6750 3: what error_description may not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerChallenge:
    """One `WWW-Authenticate: Bearer` challenge. Without credentials there is no `error` (RFC 6750 3.1)."""

    error: str | None = None
    error_description: str | None = None
    scopes: tuple[str, ...] = ()
    authorization_uri: str | None = None
    claims: str | None = None
    """JSON text; sent as base64, as Microsoft's clients expect it."""
    resource_metadata: str | None = None

    def header_value(self) -> str:
        """The value of the header."""
        parameters = [f'{name}="{_UNSAFE.sub("", value)}"' for name, value in self._parameters() if value]
        return f"Bearer {', '.join(parameters)}" if parameters else "Bearer"

    def _parameters(self) -> Iterable[tuple[str, str | None]]:
        yield "authorization_uri", self.authorization_uri
        yield "error", self.error
        yield "error_description", self.error_description
        yield "scope", " ".join(self.scopes)
        yield "claims", base64.b64encode(self.claims.encode()).decode() if self.claims is not None else None
        yield "resource_metadata", self.resource_metadata
