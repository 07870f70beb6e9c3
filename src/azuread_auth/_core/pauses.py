"""Who must not ask again yet: a refusal is remembered for the one it was given to, and for nobody else."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.retry import back_off_seconds
from azuread_auth.errors import AzureAdError, ProviderUnavailable, Throttled
from azuread_auth.ports import Runtime

__all__ = ["Pauses"]

_FIRST_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 30.0
_MAX_PAUSES: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Pause:
    until: float
    failures: int
    throttled: str | None
    """The provider's error code where it was one of too many requests."""
    aadsts: int | None


class Pauses:
    """After a throttled or failed request, the next of the same owner fails at once until it makes sense to ask."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._pauses: dict[Hashable, _Pause] = {}

    def check(self, owner: Hashable) -> None:
        """Raise Throttled or ProviderUnavailable, with the time that is left, while the owner has to wait."""
        pause = self._pauses.get(owner)
        if pause is None:
            return
        left = pause.until - self._runtime.monotonic()
        if left <= 0:
            return
        if pause.throttled is not None:
            message = "the provider has had too many requests, and asked to be left alone for a while"
            raise Throttled(message, error=pause.throttled, retry_after=left, aadsts=pause.aadsts)
        message = f"the provider could not issue a token a moment ago; the next try is in {left:.0f} s"
        raise ProviderUnavailable(message, retry_after=left)

    def note(self, owner: Hashable, error: AzureAdError | None) -> None:
        """Take note of how the owner's request went; `None` is well."""
        if not isinstance(error, Throttled | ProviderUnavailable):
            self._pauses.pop(owner, None)
            return
        before = self._pauses.get(owner)
        failures = 1 + (before.failures if before is not None else 0)
        chance = self._runtime.random()
        delay = back_off_seconds(failures, at_least=_FIRST_SECONDS, at_most=_LONGEST_SECONDS, chance=chance)
        delay = max(delay, error.retry_after)
        error.retry_after = delay
        if len(self._pauses) >= _MAX_PAUSES:
            self._pauses.clear()
        throttled, aadsts = (error.error, error.aadsts) if isinstance(error, Throttled) else (None, None)
        self._pauses[owner] = _Pause(self._runtime.monotonic() + delay, failures, throttled, aadsts)
