"""A value that is fetched once, renewed in the background and kept while its source is down."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar

from azuread_auth._core.single_flight import SingleFlight
from azuread_auth._protocol.retry import back_off_seconds
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import Runtime

__all__ = ["RefreshPolicy", "Refreshing"]

T = TypeVar("T")

_NEVER: Final = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPolicy:
    """Intervals in seconds. The defaults follow Microsoft's "Signing key rollover"."""

    refresh_after: float = 3600.0
    """Age at which a background refresh is due, less up to a tenth of jitter."""
    life: float = 86_400.0
    """Age up to which the value is good without asking."""
    last_known_good: float = 86_400.0
    """How much longer it serves when asking fails."""
    cool_down: float = 300.0
    """The least time between two successful renewals that callers demand; failures have their back-off."""
    first_back_off: float = 1.0
    """After a failure with no value to serve; doubles up to `longest_back_off`."""
    first_back_off_with_value: float = 30.0
    longest_back_off: float = 15.0
    longest_back_off_with_value: float = 300.0


class Refreshing(Generic[T]):
    """Holds one value. `peek` is for the hot path, `get` waits where it must, `renew` demands a newer one.

    `load` is given the present value or None and returns the next; it raises ProviderUnavailable when it cannot.
    `adopt` is given the next and the present one when they change places, and may carry something over.
    At most one load runs at a time in each home of the runtime, and all who need it wait for that one.
    """

    __slots__ = (
        "_adopt",
        "_attempts",
        "_failures",
        "_flight",
        "_load",
        "_loaded_at",
        "_name",
        "_not_before",
        "_on_failure",
        "_policy",
        "_refresh_at",
        "_renewed_at",
        "_runtime",
        "_started_at",
        "_value",
        "quiet_until",
    )

    quiet_until: float
    """Until then, by the monotonic clock, the value is good and nothing is due: no need to call `peek`."""

    def __init__(
        self,
        load: Callable[[T | None], Awaitable[T]],
        *,
        adopt: Callable[[T, T | None], T],
        name: str,
        runtime: Runtime,
        policy: RefreshPolicy,
        on_failure: Callable[[ProviderUnavailable, float], None],
    ) -> None:
        self._load = load
        self._adopt = adopt
        self._name = name
        self._runtime = runtime
        self._policy = policy
        self._on_failure = on_failure
        self._flight = SingleFlight(runtime)
        self._value: T | None = None
        self._started_at = _NEVER
        self._loaded_at = _NEVER
        self._refresh_at = _NEVER
        self._attempts = 0
        self._failures = 0
        self._not_before = _NEVER
        self._renewed_at = _NEVER
        self.quiet_until = _NEVER

    @property
    def age(self) -> float:
        """Seconds since the value was fetched; infinite when there is none."""
        return self._runtime.monotonic() - self._loaded_at

    def peek(self) -> T | None:
        """The value if it may be used without waiting. Starts a background refresh when one is due."""
        now = self._runtime.monotonic()
        if now < self.quiet_until:
            return self._value
        if self._value is None or not self._is_usable(now):
            return None
        if now >= self._refresh_at and now >= self._not_before:
            # Set first, so that of many callers one starts it.
            self._not_before = now + self._policy.first_back_off_with_value
            seen = self._attempts
            self._runtime.start_background(lambda: self._refresh(seen), name=f"refresh {self._name}")
        self._settle()
        return self._value

    def start(self) -> None:
        """Begin to fetch the value without waiting for it, unless that is under way or failed a moment ago."""
        now = self._runtime.monotonic()
        if now >= self._not_before and not self._flight.is_running(self._name):
            self._not_before = now + self._policy.first_back_off
            seen = self._attempts
            self._runtime.start_background(lambda: self._refresh(seen), name=f"fetch {self._name}")

    async def get(self) -> T:
        """The value, fetched if need be. Raises ProviderUnavailable, with the time to wait in `retry_after`."""
        seen = self._attempts
        value = self.peek()
        if value is not None:
            return value
        now = self._runtime.monotonic()
        if self._failures and now < self._not_before:
            self._raise_backing_off(self._not_before - now)
        try:
            return await self._flight.run(self._name, lambda: self._attempt_unless_done(seen))
        except ProviderUnavailable:
            # The last known good value is past its life, but this failure is the first that says so.
            present = self.peek()
            if present is None:
                raise
            return present

    async def renew(self) -> T:
        """A value fetched anew, or the present one when that was done less than the cool-down ago.

        A refresh that is under way is joined and counts as no renewal: it may have been answered before the caller's
        reason came up. So who is not content may demand once more.

        Raises ProviderUnavailable when fetching fails or failed a moment ago: then a newer value may exist.
        """
        seen = self._attempts
        if not self._flight.is_running(self._name):
            now = self._runtime.monotonic()
            if self._failures and now < self._not_before:
                self._raise_backing_off(self._not_before - now)
            if self._value is not None and now < self._renewed_at + self._policy.cool_down:
                return self._value
        return await self._flight.run(self._name, lambda: self._renewal(seen))

    async def _renewal(self, seen: int) -> T:
        value = await self._attempt_unless_done(seen)
        self._renewed_at = self._loaded_at
        return value

    def _is_usable(self, now: float) -> bool:
        age = now - self._loaded_at
        return age < self._policy.life or (
            self._failures > 0 and age < self._policy.life + self._policy.last_known_good
        )

    async def _attempt_unless_done(self, seen: int) -> T:
        """Load; or tell how a load went that has ended since the caller looked, when `_attempts` was `seen`.

        Between a look and the flight there is time for a whole load by another thread.
        """
        if self._attempts == seen:
            return await self._attempt()
        if self._failures or self._value is None:
            self._raise_backing_off(max(0.0, self._not_before - self._runtime.monotonic()))
        return self._value

    async def _attempt(self) -> T:
        started_at = self._runtime.monotonic()
        try:
            value = await self._load(self._value)
        except ProviderUnavailable as error:
            self._note_failure(error)
            raise
        # A slip in a transport, an observer or here must not undo back-off, cool-down and the last known good value.
        except Exception as error:
            unavailable = ProviderUnavailable(f"fetching the {self._name} failed with {type(error).__name__}")
            self._note_failure(unavailable)
            raise unavailable from error
        if self._value is not None and started_at < self._started_at:
            return self._value  # another event loop began later and was quicker: what came now may be older
        now = self._runtime.monotonic()
        jitter = 1 - self._runtime.random() / 10
        value = self._adopt(value, self._value)
        self._value = value
        self._started_at = started_at
        self._loaded_at = now
        self._refresh_at = now + self._policy.refresh_after * jitter
        self._failures = 0
        self._not_before = _NEVER
        self._attempts += 1
        self._settle()
        return value

    async def _refresh(self, seen: int) -> None:
        with contextlib.suppress(ProviderUnavailable):  # noted where it happened; the present value serves on
            await self._flight.run(self._name, lambda: self._attempt_unless_done(seen))

    def _note_failure(self, error: ProviderUnavailable) -> None:
        self._attempts += 1
        self._failures += 1
        policy = self._policy
        has_value = self._value is not None and self._is_usable(self._runtime.monotonic())
        chance = self._runtime.random()
        delay = back_off_seconds(
            self._failures,
            at_least=policy.first_back_off_with_value if has_value else policy.first_back_off,
            at_most=policy.longest_back_off_with_value if has_value else policy.longest_back_off,
            chance=chance,
        )
        delay = max(delay, error.retry_after * (1 + chance / 4))  # not all clients at the same second
        error.retry_after = delay
        self._not_before = self._runtime.monotonic() + delay
        self._settle()
        self._on_failure(error, self.age)

    def _settle(self) -> None:
        """Work out until when `peek` has nothing to decide."""
        if self._value is None:
            self.quiet_until = _NEVER
            return
        life = self._policy.life + (self._policy.last_known_good if self._failures else 0.0)
        self.quiet_until = min(max(self._refresh_at, self._not_before), self._loaded_at + life)

    def _raise_backing_off(self, seconds: float) -> NoReturn:
        message = f"the {self._name} could not be fetched a moment ago; the next try is in {seconds:.0f} s"
        raise ProviderUnavailable(message, retry_after=seconds)
