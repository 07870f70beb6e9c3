"""Managed identities of a simulated tenant: the machine's own, and those that somebody gave it."""

import uuid
from dataclasses import dataclass, field

__all__ = ["ManagedIdentities", "SimulatedIdentity"]

_SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedIdentity:
    """A managed identity and its three names."""

    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    object_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    resource_id: str
    app_roles: tuple[str, ...] = ("access_as_app",)
    """What is granted to the identity, in each API: the `roles` of its tokens."""

    def is_named(self, value: str) -> bool:
        """Whether the value is one of the three names; none of them distinguishes case."""
        return value.lower() in (self.client_id.lower(), self.object_id.lower(), self.resource_id.lower())


class ManagedIdentities:
    """What the simulated machine, app and cluster can be; its owner guards it with a lock."""

    def __init__(self) -> None:
        machine = f"/subscriptions/{_SUBSCRIPTION}/resourcegroups/simulated/providers/Microsoft.Compute"
        self.system_assigned: SimulatedIdentity | None = SimulatedIdentity(
            resource_id=f"{machine}/virtualMachines/simulated"
        )
        self._user_assigned: list[SimulatedIdentity] = []

    def add(
        self, name: str, *, client_id: str | None, object_id: str | None, resource_id: str | None
    ) -> SimulatedIdentity:
        """Add a user-assigned identity; what is not given is made up."""
        group = f"/subscriptions/{_SUBSCRIPTION}/resourcegroups/simulated/providers/Microsoft.ManagedIdentity"
        identity = SimulatedIdentity(
            client_id=client_id or str(uuid.uuid4()),
            object_id=object_id or str(uuid.uuid4()),
            resource_id=resource_id or f"{group}/userAssignedIdentities/{name}",
        )
        self._user_assigned.append(identity)
        return identity

    def find(self, selector: str | None) -> SimulatedIdentity | None:
        """The identity with that name; without one the machine's own, or the only one that it was given."""
        if selector is not None:
            return next((each for each in self._user_assigned if each.is_named(selector)), None)
        only = self._user_assigned[0] if len(self._user_assigned) == 1 else None
        return self.system_assigned or only
