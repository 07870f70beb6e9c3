"""Tells in time that a certificate comes to its end."""

import logging
from typing import Final

from azuread_auth.credentials.key_material import KeyMaterial
from azuread_auth.ports import Event, Observer, Runtime

__all__ = ["ExpiryWatch"]

_DAY_SECONDS: Final = 86_400.0
_SOON_DAYS: Final = 30


class ExpiryWatch:
    """Records an event when a certificate is not valid, or soon will not be: once a day, and at each change.

    It is used all the same: whether it does is the provider's word, and this machine's clock may be wrong.
    """

    def __init__(self, runtime: Runtime, observer: Observer, *, source: str) -> None:
        self._runtime = runtime
        self._observer = observer
        self._source = source
        self._said: tuple[str, str] | None = None
        self._said_at = float("-inf")

    def look_at(self, material: KeyMaterial) -> None:
        """Say what has to be said of this certificate now."""
        days = (material.not_after - self._runtime.now()) / _DAY_SECONDS
        name, text = self._state(material, days)
        if not name:
            return
        said, now = (name, material.thumbprint_sha256), self._runtime.monotonic()
        if said == self._said and now - self._said_at < _DAY_SECONDS:
            return
        self._said, self._said_at = said, now
        fields: dict[str, str | int | float] = {
            "source": self._source,
            "thumbprint": material.thumbprint_sha1,
            "days_left": round(days, 1),
        }
        message = f"{self._source} (thumbprint {material.thumbprint_sha1}) {text}"
        self._observer.record(Event(name, logging.WARNING, message, fields))

    def _state(self, material: KeyMaterial, days: float) -> tuple[str, str]:
        if days <= 0:
            return "certificate.expired", "has expired; renew it and upload it to the app registration"
        if material.not_before > self._runtime.now():
            return "certificate.not_yet_valid", "is not valid yet; check this machine's clock, or wait"
        if days <= _SOON_DAYS:
            return "certificate.expires_soon", f"expires in {days:.0f} days; renew it and upload it in time"
        return "", ""
