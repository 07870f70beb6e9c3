"""How often this browser has signed in just now: what signs in over and over is a loop, and needs an end."""

import json
from collections.abc import Sequence
from typing import Final

from azuread_auth._web.cookies import CookieNames, cookie_values, set_cookie
from azuread_auth._web.sealing import Sealer, sealed_members

__all__ = ["SignInCount"]

_PURPOSE: Final = "recent"
_WINDOW_SECONDS: Final = 60
_MOST: Final = 5


class SignInCount:
    """Counts completed sign-ins in a cookie of a minute.

    A page whose session or tokens get lost at once sends the browser to sign in again, and the provider, which knows
    the user, sends it back: without a page that anybody sees.
    """

    def __init__(self, names: CookieNames, sealer: Sealer) -> None:
        self._name = names.name(_PURPOSE)
        self._is_secure = names.is_secure
        self._sealer = sealer

    def recent(
        self, cookie_headers: Sequence[bytes], *, now: float, noted: tuple[int, float] = (0, 0.0)
    ) -> tuple[int, float]:
        """How many sign-ins were completed since when, within the last minute.

        `noted`: what this was before, where the request may not bring the cookie: as a form does that the provider's
        page sends.
        """
        found = [(0, now), noted] if now < noted[1] + _WINDOW_SECONDS else [(0, now)]
        for value in cookie_values(cookie_headers, self._name)[:_MOST]:
            data = self._sealer.open(value, now=now, max_age_seconds=_WINDOW_SECONDS)
            match sealed_members(data):
                case [int(count), float(since)] if now < since + _WINDOW_SECONDS:
                    found.append((count, since))
                case _:
                    pass
        return max(found)

    def is_loop(self, cookie_headers: Sequence[bytes], *, now: float) -> bool:
        """Whether to stop in place of signing in once more."""
        return self.recent(cookie_headers, now=now)[0] >= _MOST

    def one_more(self, before: tuple[int, float], *, now: float) -> str:
        """The Set-Cookie value that counts a completed sign-in after so many since then."""
        count, since = before if now < before[1] + _WINDOW_SECONDS else (0, now)
        value = self._sealer.seal(json.dumps([count + 1, float(since)]).encode(), now=now)
        return set_cookie(self._name, value, max_age=_WINDOW_SECONDS, same_site="Lax", is_secure=self._is_secure)
