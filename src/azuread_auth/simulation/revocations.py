"""Tokens that are taken back before they expire (Microsoft, "Continuous access evaluation")."""

import base64
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from azuread_auth.simulation.keys import base64url

__all__ = ["Revocations", "new_uti"]

_SERIAL_BYTES = 6


@dataclass(frozen=True, slots=True)
class _Moment:
    serial: int
    """The first token that was issued later."""
    at: float


@dataclass(slots=True)
class Revocations:
    """When whose tokens were taken back; its owner guards it with a lock. None stands for everybody."""

    _serials: "itertools.count[int]" = field(default_factory=itertools.count)
    _ended: dict[str | None, _Moment] = field(default_factory=dict)
    _challenged: dict[str | None, _Moment] = field(default_factory=dict)

    def next_serial(self) -> int:
        """The number of a token that is issued now."""
        return next(self._serials)

    def end_sessions(self, user_id: str | None, *, at: float) -> None:
        """Take back what was issued up to now: only a new sign-in helps."""
        self._ended[user_id] = self._challenged[user_id] = _Moment(self.next_serial(), at)

    def challenge(self, user_id: str | None, *, at: float) -> None:
        """Demand tokens that are issued from now on."""
        self._challenged[user_id] = _Moment(self.next_serial(), at)

    def has_ended(self, claims: Mapping[str, object]) -> bool:
        """Whether a token is from a session that was ended."""
        return any(_is_older(claims, moment) for moment in self._of(self._ended, claims))

    def challenge_for(self, claims: Mapping[str, object]) -> float | None:
        """From when a token must be that is to be good, in place of this one; None for one that is good."""
        return max((m.at for m in self._of(self._challenged, claims) if _is_older(claims, m)), default=None)

    @staticmethod
    def _of(moments: Mapping[str | None, _Moment], claims: Mapping[str, object]) -> tuple[_Moment, ...]:
        user_id = claims.get("oid")
        found = (moments.get(None), moments.get(user_id) if isinstance(user_id, str) else None)
        return tuple(moment for moment in found if moment is not None)


def new_uti(serial: int) -> str:
    """A token's id, in which the number is that its own tenant reads: clocks that stand still tell no order."""
    return base64url(serial.to_bytes(_SERIAL_BYTES) + secrets.token_bytes(10))


def _is_older(claims: Mapping[str, object], moment: _Moment) -> bool:
    serial = _serial_in(claims.get("uti"))
    if serial is not None:
        return serial < moment.serial
    issued_at = claims.get("iat")
    return not isinstance(issued_at, int | float) or issued_at < moment.at


def _serial_in(uti: object) -> int | None:
    try:
        data = base64.urlsafe_b64decode(f"{uti}==") if isinstance(uti, str) else b""
    except ValueError:
        return None
    return int.from_bytes(data[:_SERIAL_BYTES]) if len(data) == _SERIAL_BYTES + 10 else None
