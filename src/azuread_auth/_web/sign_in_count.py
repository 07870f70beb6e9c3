"""How often this browser has signed in just now: what signs in over and over is a loop, and needs an end."""

import json
from collections.abc import Sequence
from typing import Final

from azuread_auth._web.cookies import CookieNames, cookie_values, set_cookie
from azuread_auth._web.sealing import Sealer

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

    def is_loop(self, cookie_headers: Sequence[bytes], *, now: float) -> bool:
        """Whether to stop in place of signing in once more."""
        return self._count(cookie_headers, now) >= _MOST

    def one_more(self, cookie_headers: Sequence[bytes], *, now: float) -> str:
        """The Set-Cookie value that counts a completed sign-in."""
        value = self._sealer.seal(json.dumps(self._count(cookie_headers, now) + 1).encode(), now=now)
        return set_cookie(self._name, value, max_age=_WINDOW_SECONDS, same_site="Lax", is_secure=self._is_secure)

    def _count(self, cookie_headers: Sequence[bytes], now: float) -> int:
        counts = [0]
        for value in cookie_values(cookie_headers, self._name)[:_MOST]:
            data = self._sealer.open(value, now=now, max_age_seconds=_WINDOW_SECONDS)
            if data is not None:
                counts.append(int(data))
        return max(counts)
