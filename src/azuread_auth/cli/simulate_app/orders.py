"""Orders for tokens, as the page sends them, and what it gets."""

import base64
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.directory_people import RESERVED_NAME
from azuread_auth.simulation.tenant import SimulatedTenant
from azuread_auth.simulation.token_order import TokenWishes

__all__ = ["APPLICATION", "MintedToken", "minted"]

APPLICATION: Final = RESERVED_NAME
"""In place of a user: the token of an application itself."""
_MEMBERS: Final = frozenset({"user", "scopes", "roles", "version", "expires_in", "fault"})
_LONGEST_SECONDS: Final = 10 * 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """A token, and what it says where that can be read."""

    text: str
    header: dict[str, object] | None
    claims: dict[str, object] | None

    def document(self) -> dict[str, object]:
        """What the page gets."""
        return {"token": self.text, "header": self.header, "claims": self.claims}


def minted(body: bytes, tenant: SimulatedTenant) -> MintedToken:
    """The token that was ordered. Raises ConfigurationError for an order that makes no sense."""
    try:
        order = parse_object(body)
    except ValueError:
        order = {}
    if order.keys() != _MEMBERS:
        message = f"the order is not understood; expected a JSON object with {', '.join(sorted(_MEMBERS))}"
        raise ConfigurationError(message)
    text = tenant.mint_token(**_wishes(order))
    header, claims = (_part(text, number) for number in (0, 1))
    return MintedToken(text=text, header=header, claims=claims)


def _wishes(order: dict[str, object]) -> TokenWishes:
    user, scopes, version = _text(order, "user"), _text(order, "scopes"), order["version"]
    if isinstance(version, bool) or version not in (1, 2):
        message = "version is none that tokens have; expected 1 or 2"
        raise ConfigurationError(message)
    wishes: TokenWishes = {
        "kind": "app" if user == APPLICATION else "user",
        "scopes": scopes.split(),
        "roles": _text(order, "roles").split(),
        "version": 1 if version == 1 else 2,
        "expires_in": _seconds(order["expires_in"]),
        "fault": _text(order, "fault") or None,
    }
    return wishes if user == APPLICATION else wishes | {"user": user}


def _text(order: dict[str, object], name: str) -> str:
    value = order[name]
    if not isinstance(value, str):
        message = f"{name} is not text"
        raise ConfigurationError(message)
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONGEST_SECONDS <= value <= _LONGEST_SECONDS:
        message = "the lifetime is not a whole number of seconds, or longer than ten years"
        raise ConfigurationError(message)
    return value


def _part(token: str, number: int) -> dict[str, object] | None:
    """A part of the token, unverified; None where a fault has spoiled it."""
    part = token.split(".")[number] if token.count(".") >= number else ""
    try:
        return parse_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
