"""Where a sign-in begins, as a place to send a browser to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from azuread_auth.errors import ClaimsChallenge, ConfigurationError

__all__ = ["SignInAddress", "claims_for_id_token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAddress:
    """What a sign-in is to bring; `location` is where it begins."""

    next: str
    prompt: str | None = None
    login_hint: str | None = None
    scopes: tuple[str, ...] = ()
    claims: str | None = None

    def location(self, login_path: str) -> str:
        """The address of the login route, on this origin."""
        wishes = {
            "next": self.next,
            "prompt": self.prompt,
            "login_hint": self.login_hint,
            "scopes": " ".join(self.scopes) or None,
            "claims": self.claims,
        }
        return f"{login_path}?{urlencode({name: value for name, value in wishes.items() if value is not None})}"


def claims_for_id_token(claims: str) -> str | None:
    """What was asked for in an access token, asked for in the ID token as well: that is what a session is made of.

    None for what is no JSON object, and cannot be asked for.
    """
    try:
        request: Mapping[str, object] = json.loads(ClaimsChallenge(claims=claims).claims)
    except ConfigurationError:
        return None
    wanted = request.get("access_token")
    if not isinstance(wanted, dict):
        return claims
    present = request.get("id_token")
    merged = {**request, "id_token": {**(present if isinstance(present, dict) else {}), **wanted}}
    return json.dumps(merged, separators=(",", ":"), sort_keys=True)
