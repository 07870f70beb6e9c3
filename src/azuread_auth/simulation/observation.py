"""What was asked of a simulated tenant, for the assertions of a test."""

from azuread_auth.simulation.request_log import LoggedRequest, RequestKind, TokenRequestEntry
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.traffic import Traffic
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["Observation"]


class Observation:
    """The part of `SimulatedTenant` that tells what happened."""

    _traffic: Traffic
    _state: TenantState

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The last 10,000 requests, oldest first, those refused or failed included."""
        return self._traffic.since(0)

    def requests_since(self, number: int) -> tuple[LoggedRequest, ...]:
        """Those of them that came after the one with this `number`, oldest first; each counts one more."""
        return self._traffic.since(number)

    def find_requests(
        self,
        kind: RequestKind | None = None,
        *,
        grant_type: str | None = None,
        client_id: str | None = None,
        user: SimulatedUser | str | None = None,
        status: int | None = None,
        aadsts: int | None = None,
    ) -> tuple[LoggedRequest, ...]:
        """Those of the logged requests that are all of this; None is anything."""
        wanted = {
            "kind": kind,
            "grant_type": grant_type,
            "client_id": client_id,
            "user": self._state.people.id_of(user),
            "status": status,
            "aadsts": aadsts,
        }
        asked = {name: value for name, value in wanted.items() if value is not None}
        return tuple(
            each for each in self.requests if all(getattr(each, name) == value for name, value in asked.items())
        )

    @property
    def token_requests(self) -> tuple[TokenRequestEntry, ...]:
        """Grant type, client id, tenant, scopes and user's object id of those that went to the token endpoint."""
        return tuple(
            TokenRequestEntry(entry.grant_type, entry.client_id, entry.tenant, entry.scopes, entry.user)
            for entry in self.requests
            if entry.kind == "token"
        )

    def request_count(self, kind: RequestKind | None = None) -> int:
        """How many requests there were, of one kind ("discovery", "keys", "token", ...) or of all."""
        return self._traffic.count(kind)
