"""Device codes of a simulated tenant (RFC 8628)."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["DeviceCode", "DeviceCodes"]

_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"  # RFC 8628 6.1: no vowels, so no words


@dataclass(slots=True, kw_only=True)
class DeviceCode:
    """A sign-in on another device, from the first request to the user's decision."""

    device_code: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    user_code: str = field(default_factory=lambda: "".join(secrets.choice(_LETTERS) for _ in range(9)))
    client_id: str
    authority: SimulatedAuthority
    """Where the sign-in began, and must end."""
    scope: str
    expires_at: float
    interval_seconds: float
    asked_at: float | None = None
    approved_by: SimulatedUser | None = None
    has_mfa: bool = False
    """Whether the user proved themself twice."""
    is_declined: bool = False
    is_redeemed: bool = False


class DeviceCodes:
    """The sign-ins under way; its owner guards it with a lock."""

    def __init__(self, *, most: int = 10_000) -> None:
        self._most = most
        self._by_device_code: dict[str, DeviceCode] = {}

    def add(self, device: DeviceCode) -> None:
        """Take note of a new one."""
        self._by_device_code[device.device_code] = device
        if len(self._by_device_code) > self._most:
            del self._by_device_code[next(iter(self._by_device_code))]

    def peek(self, device_code: str) -> DeviceCode | None:
        """The sign-in, without asking after it."""
        return self._by_device_code.get(device_code)

    def decide(self, user_code: str, user: SimulatedUser | None, *, now: float) -> None:
        """Approve as a user, or decline. Raises ConfigurationError when nobody waits for that code."""
        found = self.waiting(user_code, now=now)
        found.approved_by, found.is_declined = user, user is None

    def waiting(self, user_code: str, *, now: float) -> DeviceCode:
        """The sign-in that a code is for. Raises ConfigurationError when nobody waits for it."""
        wanted = user_code.strip().upper().replace("-", "")
        found = next((each for each in self._by_device_code.values() if each.user_code == wanted), None)
        if found is None or found.expires_at <= now or found.is_redeemed:
            message = "user_code= is none that anybody waits for; it is what the devicecode endpoint answered"
            raise ConfigurationError(message)
        return found

    def ask(self, device_code: str, client_id: str, issuer_tenant: str, *, now: float) -> DeviceCode:
        """The approved sign-in, this once. Raises Refused with what a client must do otherwise (RFC 8628 3.5)."""
        device = self._by_device_code.get(device_code)
        if device is None or device.client_id != client_id or device.is_redeemed:
            raise Refused(70018)
        if device.authority.issuer_tenant != issuer_tenant:
            raise Refused(700005)
        if device.expires_at <= now:
            raise Refused(70019)
        last, device.asked_at = device.asked_at, now
        if last is not None and now - last < device.interval_seconds:
            raise Refused(None, error="slow_down", status=400, detail="The client asks more often than the interval.")
        if device.is_declined:
            raise Refused(None, error="authorization_declined", status=400, detail="The user declined to sign in.")
        if device.approved_by is None:
            raise Refused(70016)
        device.is_redeemed = True
        return device
