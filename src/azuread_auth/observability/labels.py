"""Attributes of metrics and spans: few, and none that could tell whom or what a request was about."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from azuread_auth import errors
from azuread_auth.rejection import RejectionReason

__all__ = ["OTHER", "BoundedLabels", "address_of", "path_template", "rejection_label", "token_error_label"]

OTHER: Final = "other"
"""Stands for every value that is not known, or comes after too many others."""

_HARMLESS: Final = re.compile(r"[A-Za-z0-9:_.-]{1,255}")
_HTTP_ERROR: Final = re.compile(r"http_[1-5][0-9]{2}")
_REASONS: Final = frozenset(reason.value for reason in RejectionReason)
# RFC 6749 4.1.2.1 and 5.2, RFC 8628 3.5, OpenID Connect Core 3.1.2.6; Microsoft, "Error codes for token endpoint".
_TOKEN_ERRORS: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope", "invalid_resource", "invalid_target", "access_denied", "unsupported_response_type"}
    | {"server_error", "temporarily_unavailable", "interaction_required", "login_required", "consent_required"}
    | {"authorization_pending", "authorization_declined", "slow_down", "expired_token", "bad_verification_code"}
) | frozenset(getattr(errors, name).code for name in errors.__all__)
_PATH_WORDS: Final = frozenset(
    {"oauth2", "v1.0", "v2.0", "token", "authorize", "devicecode", "discovery", "keys", "instance"}
    | {".well-known", "openid-configuration", "metadata", "identity", "msi"}
)
_MAX_SEGMENTS: Final = 8
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class BoundedLabels:
    """Lets the first `limit` different values through, if they are short and plain; all others become "other"."""

    __slots__ = ("_limit", "_seen")

    def __init__(self, *, limit: int = 64) -> None:
        self._limit = limit
        self._seen: set[str] = set()

    def of(self, value: object) -> str:
        """The value, or what stands for it."""
        if not isinstance(value, str) or not _HARMLESS.fullmatch(value):
            return OTHER
        if value not in self._seen:
            if len(self._seen) >= self._limit:
                return OTHER
            self._seen.add(value)
        return value


def rejection_label(reason: object) -> str:
    """Why a token was refused."""
    return reason if isinstance(reason, str) and reason in _REASONS else OTHER


def token_error_label(error: object) -> str:
    """Why there was no token. The code came from outside, so only those that are known pass."""
    is_known = isinstance(error, str) and (error in _TOKEN_ERRORS or _HTTP_ERROR.fullmatch(error))
    return str(error) if is_known else OTHER


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a URL, without the user and password that might be in it; ("", 0) when it is not a URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0
    return host, port


def path_template(url: str) -> str:
    """The path of a URL with a star for every part that might name a tenant, policy or anything else of a request."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    segments: Sequence[str] = path.strip("/").split("/", _MAX_SEGMENTS)[:_MAX_SEGMENTS]
    return "/" + "/".join(segment if segment in _PATH_WORDS else "*" for segment in segments if segment)
