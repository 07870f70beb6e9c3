"""Which sessions have ended in a browser: so that no late answer brings one of them back."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from azuread_auth._web.cookies import CookieNames, cookie_values, set_cookie
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_record import SESSION_ID_BYTES

__all__ = ["EndedSessions"]

_PURPOSE: Final = "ended"
_FORMAT: Final = 1
_HEAD: Final = struct.Struct(">B")
# Session id, and when the session ends at the latest.
_ENTRY: Final = struct.Struct(f">{SESSION_ID_BYTES}sd")
_MOST: Final = 4


class EndedSessions:
    """Keeps the ids of the last four sessions that ended in this browser, in a sealed cookie beside the session's.

    A request that renews a session while another ends it answers with a cookie that is as good as ever, and may be the
    last to arrive. So each id is kept for as long as anything that was sealed with it could count: to the absolute end
    of its session, since a request may have waited for any time before it was served and renewed.
    """

    def __init__(self, names: CookieNames, sealer: Sealer, *, lifetime_seconds: float) -> None:
        self._name = names.name(_PURPOSE)
        self._name_bytes = self._name.encode()
        self._is_secure = names.is_secure
        self._sealer = sealer
        self._lifetime_seconds = lifetime_seconds

    def has(self, session_id: bytes, cookie_headers: Sequence[bytes], *, now: float) -> bool:
        """Whether this session has ended in the browser that sends these Cookie headers.

        All cookies of the name are read, and those that do not open are passed over: who plants some hides none.
        """
        if not any(self._name_bytes in header for header in cookie_headers):
            return False
        return session_id in self._ends(cookie_headers, now)

    def noted(self, ends: Mapping[bytes, float], cookie_headers: Sequence[bytes], *, now: float) -> list[str]:
        """Set-Cookie values that add these: ids, and when each session ends at the latest. None where all is over."""
        latest = now + self._lifetime_seconds
        added = {session_id: min(ends_at, latest) for session_id, ends_at in ends.items() if now < ends_at}
        if not added:
            return []
        before = {key: value for key, value in self._ends(cookie_headers, now).items() if key not in added}
        kept = [*before.items(), *added.items()][-_MOST:]
        data = _HEAD.pack(_FORMAT) + b"".join(_ENTRY.pack(*entry) for entry in kept)
        max_age = math.ceil(max(ends_at for _, ends_at in kept) - now)
        value = self._sealer.seal(data, now=now)
        return [set_cookie(self._name, value, max_age=max_age, same_site="Lax", is_secure=self._is_secure)]

    def _ends(self, cookie_headers: Sequence[bytes], now: float) -> dict[bytes, float]:
        """What is noted and counts still, oldest first."""
        found: dict[bytes, float] = {}
        for value in cookie_values(cookie_headers, self._name):
            data = self._sealer.open(value, now=now, max_age_seconds=self._lifetime_seconds)
            found |= {key: ends_at for key, ends_at in _entries(data or b"") if now < ends_at}
        return found


def _entries(data: bytes) -> Iterator[tuple[bytes, float]]:
    """Nothing for what another release has sealed."""
    if data[: _HEAD.size] == _HEAD.pack(_FORMAT) and (len(data) - _HEAD.size) % _ENTRY.size == 0:
        yield from _ENTRY.iter_unpack(data[_HEAD.size :])
