"""Groups that were asked for, for as long as they may be believed."""

from collections.abc import Hashable
from typing import Final

__all__ = ["KnownGroups"]

_ENTRY_OVERHEAD: Final = 10
"""What an entry takes besides its groups, in groups."""

_Entry = tuple[frozenset[str], float]


class KnownGroups:
    """A map bounded by the number of groups in it, of all owners together.

    Two generations, as with tokens: what is found in the older one moves to the newer; when that is full it becomes the
    older one, which is dropped. Only replaced and read by single operations, so that threads need no lock.
    """

    def __init__(self, *, most_groups: int = 200_000) -> None:
        self._generation_groups = most_groups // 2
        self._older: dict[Hashable, _Entry] = {}
        self._younger: dict[Hashable, _Entry] = {}
        self._size = 0

    def find(self, owner: Hashable, *, now: float) -> frozenset[str] | None:
        """The groups of somebody; None where they are not known, or not any more. `now` is by the monotonic clock."""
        entry = self._younger.get(owner)
        if entry is None:
            entry = self._older.get(owner)
            if entry is not None and now < entry[1]:
                self._put(owner, entry)
        return entry[0] if entry is not None and now < entry[1] else None

    def keep(self, owner: Hashable, groups: frozenset[str], *, until: float) -> None:
        """Remember the groups of somebody for so long, by the monotonic clock."""
        self._put(owner, (groups, until))

    def _put(self, owner: Hashable, entry: _Entry) -> None:
        size = len(entry[0]) + _ENTRY_OVERHEAD
        if self._size + size > self._generation_groups:
            self._older, self._younger, self._size = self._younger, {}, 0
        self._size += size
        self._younger[owner] = entry

    def __len__(self) -> int:
        return len(self._younger.keys() | self._older.keys())
