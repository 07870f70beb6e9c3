"""For commands whose report says it all."""

from azuread_auth.ports import Event

__all__ = ["Silence"]


class Silence:
    """An `Observer` that takes no note, so that nothing needs to be logged."""

    def record(self, event: Event) -> None:
        """Take no note."""
