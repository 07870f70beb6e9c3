"""Sessions that end at once, and tokens that are asked for anew (Microsoft, "Continuous access evaluation")."""

from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["AccessEvaluation"]


class AccessEvaluation:
    """The part of `SimulatedTenant` that takes back what it issued."""

    _state: TenantState

    def revoke_refresh_tokens(self, user: SimulatedUser | str | None = None) -> None:
        """End the refresh tokens of one user, or of everybody, as an administrator does (AADSTS50173)."""
        with self._state.lock:
            self._state.refresh_tokens.revoke(self._state.people.id_of(user))

    def revoke_sessions(self, user: SimulatedUser | str | None = None) -> None:
        """End all that one user, or everybody, is signed in to, as "Revoke sessions" does: only a new sign-in helps.

        Browsers are signed out, refresh tokens and on-behalf-of calls refused (AADSTS50173). Graph answers 401 with a
        claims challenge to tokens of before, of clients that can answer one (`xms_cc` has CP1); others keep theirs
        until these expire.
        """
        state = self._state
        with state.lock:
            user_id = state.people.id_of(user)
            state.sessions.end(state.sessions.of(user_id))
            state.refresh_tokens.revoke(user_id)
            state.revocations.end_sessions(user_id, at=state.now())

    def challenge_tokens(self, user: SimulatedUser | str | None = None) -> None:
        """Have Graph answer 401 with a claims challenge to the CP1 tokens of before; a refresh token gets a good one.

        It is what happens when a policy or the network of the user changes.
        """
        state = self._state
        with state.lock:
            state.revocations.challenge(state.people.id_of(user), at=state.now())
