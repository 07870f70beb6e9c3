"""The device authorization answer (RFC 8628 3.2; Microsoft, "OAuth 2.0 device authorization grant")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._protocol.token_response import seconds_in
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.secret import Secret

__all__ = ["DeviceAuthorization", "read_device_authorization"]

_DEFAULT_INTERVAL_SECONDS: Final = 5.0
_LONGEST_INTERVAL_SECONDS: Final = 60.0
_LONGEST_LIFE_SECONDS: Final = 3600.0
_MAX_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    """What the user is told, and what the application polls with."""

    device_code: Secret
    user_code: str = field(repr=False)
    verification_uri: str
    message: str = field(repr=False)
    expires_in: float
    interval: float


def read_device_authorization(document: Mapping[str, object]) -> DeviceAuthorization:
    """Read a successful answer. Raises ProviderUnavailable for one that lacks something or names no web page."""
    verification_uri = _text(document, "verification_uri")
    if not _is_web_page(verification_uri):
        message = "the provider's device code answer names a verification_uri that is no web page"
        raise ProviderUnavailable(message)
    user_code = _text(document, "user_code")
    told = document.get("message")
    life = seconds_in(document.get("expires_in"))
    interval = seconds_in(document.get("interval"))
    return DeviceAuthorization(
        device_code=Secret(_text(document, "device_code", longest=10 * _MAX_TEXT)),
        user_code=user_code,
        verification_uri=verification_uri,
        message=told[:_MAX_TEXT]
        if isinstance(told, str) and told and told.isprintable()  # shown on terminals, which obey control characters
        else f"To sign in, open {verification_uri} in a browser and enter the code {user_code}.",
        expires_in=min(_LONGEST_LIFE_SECONDS if life is None else life, _LONGEST_LIFE_SECONDS),
        interval=min(_DEFAULT_INTERVAL_SECONDS if interval is None else interval, _LONGEST_INTERVAL_SECONDS),
    )


def _is_web_page(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False


def _text(document: Mapping[str, object], member: str, *, longest: int = _MAX_TEXT) -> str:
    value = document.get(member)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= longest:
        message = f"the provider's device code answer has no usable {member}"
        raise ProviderUnavailable(message)
    return value
