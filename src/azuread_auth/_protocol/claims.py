"""What is kept of a token once it has been found good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from azuread_auth._protocol.strict_json import parse_object

__all__ = ["CallerKind", "CheckedClaims"]

CallerKind = Literal["user", "app"]


@dataclass(slots=True, eq=False)
class CheckedClaims:
    """The claims of a good token: those that decisions need, and the rest as the bytes they came in.

    Never changed once made (not `frozen` only because that triples the cost of making one). A dictionary of all
    claims would take four times the memory and be traversed at each garbage collection, so `parse` makes it when asked.
    """

    payload: bytes = field(repr=False)
    expires_at: float
    tenant_id: str
    object_id: str
    client_id: str | None
    kind: CallerKind
    is_app_proved: bool
    """The token says idtyp "app". Only then does azp or appid prove which application calls."""
    scopes: frozenset[str]
    roles: frozenset[str]
    is_guest: bool
    version: str
    scope_prefixes: frozenset[str]
    """What may stand before a scope's short name in a requirement."""

    def parse(self) -> Mapping[str, object]:
        """All claims, anew each time."""
        return parse_object(self.payload)
