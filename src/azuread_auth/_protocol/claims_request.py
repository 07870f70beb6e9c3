"""The `claims` parameter of a request for tokens (OpenID Connect Core 5.5; Microsoft, "Claims challenges")."""

import json
from collections.abc import Mapping
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = ["claims_text", "with_capabilities"]

_MAX_CLAIMS: Final = 8192  # what fits into a header beside everything else


def claims_text(claims: str | Mapping[str, object] | None) -> str | None:
    """The request as compact JSON, members in order, so that equal requests are equal texts; None for none.

    Raises ConfigurationError for anything but a JSON object.
    """
    if claims is None:
        return None
    try:
        parsed = json.loads(claims) if isinstance(claims, str) else dict(claims)
        text = _compact(parsed)
    # Not JSON, nested too deeply to be sensible, or a value that JSON has no form for.
    except (ValueError, RecursionError, TypeError) as error:
        message = "claims= is not JSON; expected the claims of a challenge, as JSON text or a mapping"
        raise ConfigurationError(message) from error
    if not isinstance(parsed, dict) or len(text) > _MAX_CLAIMS:
        message = f"claims= is not a JSON object of at most {_MAX_CLAIMS} characters; expected those of a challenge"
        raise ConfigurationError(message)
    return text


def with_capabilities(claims: str | None, capabilities: tuple[str, ...]) -> str | None:
    """The request of `claims_text`, with what the client is able to do: CP1 says that it answers claims challenges."""
    if not capabilities:
        return claims
    request: dict[str, object] = json.loads(claims) if claims is not None else {}
    found = request.get("access_token")
    access_token = dict(found) if isinstance(found, dict) else {}
    return _compact({**request, "access_token": {**access_token, "xms_cc": {"values": list(capabilities)}}})


def _compact(request: object) -> str:
    return json.dumps(request, separators=(",", ":"), sort_keys=True, allow_nan=False)
