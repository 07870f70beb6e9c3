"""Challenges of other APIs: what they want of a caller (RFC 9110 11.6.1; Microsoft, "Claims challenges")."""

import base64
import re
from collections.abc import Iterable
from typing import Final

from azuread_auth._protocol.claims_request import claims_text
from azuread_auth.errors import ConfigurationError

__all__ = ["claims_in_challenge"]

# Also what some schemes have in place of parameters: RFC 9110 11.2, told from a parameter by its padding.
_SCHEME: Final = re.compile(
    r"[\s,]*+([A-Za-z0-9!#$%&'*+.^_`|~-]++)(?:[ \t]++|$|(?=,))(?:[A-Za-z0-9._~+/-]++=++[ \t]*+(?:$|(?=,)))?+"
)
# Possessive throughout: each blank has one reading, so that no header takes more than linear time.
_PARAMETER: Final = re.compile(
    r"[ \t]*+(?:,[ \t]*+)?+([A-Za-z0-9_!#$%&'*+.^`|~-]++)[ \t]*+=[ \t]*+"
    r"(?:\"((?:[^\"\\]|\\.)*+)\"|([A-Za-z0-9._~+/!#$%&'*^`|-]+=*))"
)
_ESCAPED: Final = re.compile(r"\\(.)")
_MAX_HEADER: Final = 16_384
_TO_STANDARD: Final = str.maketrans("-_", "+/")


def claims_in_challenge(header: str) -> str | None:
    """The claims that a refused call asks for: those of a Bearer challenge with `error="insufficient_claims"`.

    `header` is the value of WWW-Authenticate, of several joined by commas. Claims come as base64 or as plain JSON;
    what is neither is as if it were absent (Microsoft, "Claims challenges").
    """
    for parameters in _bearer_challenges(header[:_MAX_HEADER]):
        claims = parameters.get("claims")
        if parameters.get("error") == "insufficient_claims" and claims:
            return _as_json(claims)
    return None


def _bearer_challenges(header: str) -> Iterable[dict[str, str]]:
    position = 0
    while (scheme := _SCHEME.match(header, position)) is not None:
        position, parameters = scheme.end(), dict[str, str]()
        while (found := _PARAMETER.match(header, position)) is not None:
            quoted = found[2]
            value = found[3] if quoted is None else _ESCAPED.sub(r"\1", quoted)
            parameters.setdefault(found[1].lower(), value)
            position = found.end()
        if scheme[1].lower() == "bearer":
            yield parameters


def _as_json(claims: str) -> str | None:
    try:
        if not claims.lstrip().startswith("{"):
            claims = base64.b64decode(claims.translate(_TO_STANDARD) + "=" * (-len(claims) % 4)).decode()
        return claims_text(claims)
    except (ValueError, ConfigurationError):
        return None
