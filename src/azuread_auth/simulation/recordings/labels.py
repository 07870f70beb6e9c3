"""Names of recordings for what is real: the first user who appears is user-1, and nothing of who that is gets out."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Final

from cachetools import LRUCache

from azuread_auth.simulation.recordings.process_lock import ProcessLock

__all__ = ["SIMULATED_HOST", "Labels", "fake_guid"]

SIMULATED_HOST: Final = "simulated.azuread-auth.test"
"""RFC 6761 6.2: nothing is ever found below .test."""
_MOST_KEPT: Final = 10_000


class Labels:
    """Numbers identities in the order in which they appear, each kind for itself. Safe to use from several threads.

    Only digests are kept, and of those the ones that were used last.
    """

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._known: LRUCache[bytes, str] = LRUCache(_MOST_KEPT)
        self._counts: dict[str, int] = {}

    def label(self, kind: str, *identity: str) -> str:
        """The label of this identity, a new one where it has none."""
        digest = _digest(kind, identity)
        with self._lock:
            known = self._known.get(digest)
            if known is None:
                self._counts[kind] = count = self._counts.get(kind, 0) + 1
                self._known[digest] = known = f"{kind}-{count}"
            return known

    def belongs(self, label: str, kind: str, *identity: str) -> None:
        """Let something else have this label too, such as a refresh token that of its user."""
        with self._lock:
            self._known[_digest(kind, identity)] = label


def _digest(kind: str, identity: Sequence[str]) -> bytes:
    parts = (part.encode("utf-8", "surrogatepass") for part in (kind, *identity))
    return hashlib.sha256(b"\0".join(parts)).digest()


def fake_guid(label: str) -> str:
    """The GUID that stands for a label: always the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://{SIMULATED_HOST}/{label}"))
