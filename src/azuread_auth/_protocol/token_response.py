"""What the token endpoint answers (RFC 6749 5.1), believed only as far as it can be used safely."""

import math
import re
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.http import Document
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.secret import Secret

__all__ = ["ReceivedToken", "received_token", "seconds_in", "sendable"]

_DEFAULT_LIFE_SECONDS: Final = 3600.0  # RFC 6749 5.1: expires_in may be left out
_MAX_LIFE_SECONDS: Final = 100_000.0  # those of continuous access evaluation live up to 28 hours
_EARLY_SECONDS: Final = 300.0
# RFC 6750 2.1 as far as any header can carry it: a line break in a token would start a header of its own.
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]+")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedToken:
    """A token as it came, with the refresh and ID token beside it where there are any."""

    access_token: Secret
    expires_at: float
    refresh_at: float
    scopes: frozenset[str]
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    refresh_token: Secret | None = None
    id_token: Secret | None = None


def received_token(document: Document, *, requested_scopes: tuple[str, ...], received_at: float) -> ReceivedToken:
    """Read a successful answer that came at `received_at`, in seconds since the epoch.

    Raises ProviderUnavailable for an answer that is none: without a token, of another type than Bearer, or with
    characters that no header may have.
    """
    token_type = document.get("token_type", "Bearer")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        message = "the provider issued a token of another type than Bearer, which is all that was asked for"
        raise ProviderUnavailable(message)
    expires_at = _expires_at(document, received_at)
    granted = document.get("scope")
    return ReceivedToken(
        access_token=_token(document, "access_token"),
        expires_at=expires_at,
        refresh_at=_refresh_at(document, received_at, expires_at),
        scopes=frozenset(granted.split()) if isinstance(granted, str) and granted else frozenset(requested_scopes),
        refresh_token=_token(document, "refresh_token") if document.get("refresh_token") else None,
        id_token=_token(document, "id_token") if document.get("id_token") else None,
    )


def _token(document: Document, member: str) -> Secret:
    token = sendable(document.get(member))
    if token is not None:
        return token
    message = f"the provider's answer has no {member} that could be sent on; expected visible ASCII characters"
    raise ProviderUnavailable(message)


def sendable(value: object) -> Secret | None:
    """A token that any header can carry; None for what is none."""
    return Secret(value) if isinstance(value, str) and _HEADER_SAFE.fullmatch(value) is not None else None


def seconds_in(value: object) -> float | None:
    """A duration or date in seconds, as number or as text; None when it is neither, negative or not finite."""
    # Stripped for both: there are characters that count as blanks to one and not to the other.
    if isinstance(value, str) and _NUMBER.fullmatch(text := value.strip()):
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _expires_at(document: Document, received_at: float) -> float:
    """Version 1 and managed identities send numbers as text, some hosts only `expires_on` (seconds since the epoch)."""
    life = seconds_in(document.get("expires_in"))
    if life is None:
        until = seconds_in(document.get("expires_on"))
        life = _DEFAULT_LIFE_SECONDS if until is None else until - received_at
    return received_at + min(max(life, 0.0), _MAX_LIFE_SECONDS)


def _refresh_at(document: Document, received_at: float, expires_at: float) -> float:
    """When the provider says so (`refresh_in`), and 5 minutes before the end at the latest; at half a short life."""
    life = expires_at - received_at
    latest = life - _EARLY_SECONDS if life >= 2 * _EARLY_SECONDS else life / 2
    wanted = seconds_in(document.get("refresh_in"))
    return received_at + (latest if wanted is None else min(wanted, latest))
