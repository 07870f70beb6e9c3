"""The clock of a simulated tenant, and its way back to the beginning."""

from azuread_auth.simulation.clock import SimulatedClock
from azuread_auth.simulation.registrations import Registrations
from azuread_auth.simulation.traffic import Traffic

__all__ = ["TimeTravel"]


class TimeTravel(Registrations):
    """The part of `SimulatedTenant` that moves its clock, and forgets."""

    _traffic: Traffic

    @property
    def clock(self) -> SimulatedClock:
        """The tenant's clock: `advance(seconds)`, `set(now)`, `reset()`; calling it gives seconds since the epoch.

        It is the tenant's alone. Applications and their validators go by their own: a token of an hour is as old for
        them as it is, whatever this clock says.
        """
        return self._state.now

    def advance(self, seconds: float) -> float:
        """Move the tenant's clock on, or back by a negative number; returns its time, in seconds since the epoch.

        Codes, refresh tokens and device codes expire here. What is minted after `advance(-7200)` has expired for every
        application. Raises ConfigurationError for what is no finite number.
        """
        with self._state.lock:
            return self._state.now.advance(seconds)

    def reset(self) -> None:
        """Be as at the beginning: nobody signed in, nothing issued, demanded, failing or logged, the clock not moved.

        Keys, added routes, managed identities and an open port stay. Applications are those of the beginning.
        """
        with self._state.lock:
            self._state.now.reset()
            self._state.behaviour.reset()
            self._state.apps.clear()
            self._register_first_apps()
            self._state.forget()
            self._traffic.reset()
