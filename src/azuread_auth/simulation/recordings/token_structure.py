"""The structure of an access token, without what it says."""

from collections.abc import Iterable
from typing import Final

from azuread_auth._protocol.http import Document
from azuread_auth.simulation.recordings.harmless_values import CLAIM_NAMES, KEPT_CLAIMS, MOST_SECONDS
from azuread_auth.simulation.recordings.recorded_exchange import ClaimKind, KeptClaim, RecordedToken
from azuread_auth.simulation.recordings.scopes import is_readable
from azuread_auth.simulation.recordings.unverified_token import claims_in

__all__ = ["structure_of"]

_MOST_ITEMS: Final = 20
_PERMISSIONS: Final = "scp"


def structure_of(token: str, scopes: Iterable[str]) -> RecordedToken:
    """Which claims the token has, of what kind, and the values that tell nothing."""
    claims = claims_in(token)
    del token  # what reports errors may show the locals of every frame
    if not claims:
        return RecordedToken(is_jwt=False)
    asked = frozenset(scope.rpartition("/")[2] for scope in scopes)
    kept = {name: value for name in KEPT_CLAIMS if (value := _kept(name, claims.get(name))) is not None}
    if (permissions := _permissions(claims.get(_PERMISSIONS), asked)) is not None:
        kept[_PERMISSIONS] = permissions
    return RecordedToken(
        claims={name: _kind(value) for name, value in claims.items() if name in CLAIM_NAMES},
        kept=kept,
        lifetime=_lifetime(claims),
    )


def _kept(name: str, value: object) -> KeptClaim | None:
    is_harmless = KEPT_CLAIMS[name]
    if isinstance(value, list):
        return tuple(str(item) for item in value[:_MOST_ITEMS] if isinstance(item, str) and is_harmless(item))
    return value if isinstance(value, str | int) and is_harmless(value) else None


def _permissions(value: object, asked: frozenset[str]) -> str | None:
    """Those of them that were asked for, as far as a recording names them as they are."""
    if not isinstance(value, str):
        return None
    return " ".join(word for word in value.split() if word in asked and is_readable(word))


def _kind(value: object) -> ClaimKind:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, dict) else "text"


def _lifetime(claims: Document) -> int | None:
    begin, end = claims.get("iat", claims.get("nbf")), claims.get("exp")
    if not isinstance(begin, int) or not isinstance(end, int):
        return None
    return min(max(end - begin, 0), MOST_SECONDS)
