"""Which keys a simulated tenant publishes, and which of them signs."""

from dataclasses import dataclass
from typing import Final, Literal

from azuread_auth.simulation.keys import SimulatedKey, throwaway_key

__all__ = ["KeyBinding", "KeyRing", "PublishedKey"]

KeyBinding = Literal["any-tenant", "personal-accounts", "another-cloud"]

_PERSONAL_SLOT: Final = 2
_ANOTHER_CLOUD_SLOT: Final = 3
_UNPUBLISHED_SLOT: Final = 4
_FIRST_FREE_SLOT: Final = 5


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key and whom it may sign for."""

    key: SimulatedKey
    binding: KeyBinding


class KeyRing:
    """The keys of one tenant; its owner guards it with a lock. No key is made before it is asked for."""

    def __init__(self) -> None:
        self._tenant_slots = [0, 1]
        self._signing_slot = 0
        self._slot_published_ahead: int | None = None
        self._next_slot = _FIRST_FREE_SLOT

    @property
    def signing(self) -> SimulatedKey:
        """What signs the tenant's tokens."""
        return throwaway_key(self._signing_slot)

    @property
    def personal_accounts(self) -> SimulatedKey:
        """Published, and bound to the tenant of personal Microsoft accounts."""
        return throwaway_key(_PERSONAL_SLOT)

    @property
    def another_cloud(self) -> SimulatedKey:
        """Published, and bound to another national cloud."""
        return throwaway_key(_ANOTHER_CLOUD_SLOT)

    @property
    def unpublished(self) -> SimulatedKey:
        """A stranger's key."""
        return throwaway_key(_UNPUBLISHED_SLOT)

    def published(self) -> tuple[PublishedKey, ...]:
        """All keys of the key set."""
        return (
            *(PublishedKey(throwaway_key(slot), "any-tenant") for slot in self._tenant_slots),
            PublishedKey(self.personal_accounts, "personal-accounts"),
            PublishedKey(self.another_cloud, "another-cloud"),
        )

    def publish(self) -> None:
        """Publish the key that the next rotation will use."""
        if self._slot_published_ahead is None:
            self._slot_published_ahead = self._take_slot()
            self._tenant_slots.append(self._slot_published_ahead)

    def rotate(self, *, keep_old: bool) -> None:
        """Sign with the key published ahead, else with a new one; take the old ones away unless they are kept."""
        self.publish()
        slot = self._slot_published_ahead
        assert slot is not None  # noqa: S101 - publish() has just seen to it
        self._signing_slot, self._slot_published_ahead = slot, None
        if not keep_old:
            self._tenant_slots = [slot]

    def _take_slot(self) -> int:
        slot = self._next_slot
        self._next_slot += 1
        return slot
