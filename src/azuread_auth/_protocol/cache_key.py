"""Under what a token is kept: whose it is, from whom, for what. Two callers never share a key."""

import hashlib
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote

__all__ = ["AppPartition", "AssertionPartition", "CacheKey", "Partition", "UserPartition"]


@dataclass(frozen=True, slots=True)
class AppPartition:
    """The application itself."""

    def __str__(self) -> str:
        return "app"


@dataclass(frozen=True, slots=True)
class UserPartition:
    """A user who signed in here, by the GUIDs of the resource's tenant and of the user in it."""

    tenant_id: str
    object_id: str

    def __str__(self) -> str:
        # Some directories name users by a subject of any form: nothing in it may pass for another part of the key.
        return f"user {quote(self.tenant_id, safe='')} {quote(self.object_id, safe='')}"


@dataclass(frozen=True, slots=True)
class AssertionPartition:
    """Whoever sent one access token, by the SHA-256 digest of the whole of it."""

    digest: bytes

    def __str__(self) -> str:
        return f"assertion {self.digest.hex()}"


Partition: TypeAlias = AppPartition | UserPartition | AssertionPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """Identifies one token of one owner. There is no way to ask for "any" of a part: the partition is mandatory."""

    authority: str
    """Origin of the login host, and the policy where one is in the path."""
    tenant: str
    client_id: str
    flow: str
    scopes: tuple[str, ...]
    """In canonical order."""
    partition: Partition
    claims: str | None = field(default=None, repr=False)
    capabilities: tuple[str, ...] = ()
    """Tokens of clients that answer claims challenges live longer, and are no others' business."""

    @property
    def text(self) -> str:
        """The key for stores: `{tenant}:{client}:{flow}:{sorted scopes}`, and on lines of their own the rest.

        What could pass for a separator is quoted in each part, so that different keys are different texts. Where
        nothing needs it, which is the rule, parts stand there as they are.
        """
        claims = hashlib.sha256(self.claims.encode()).hexdigest() if self.claims is not None else ""
        whose = ":".join(quote(part, safe="") for part in (self.tenant, self.client_id, self.flow))
        rest = (str(self.partition), quote(self.authority, safe="/:"), _joined(self.capabilities), claims)
        return "\n".join((f"{whose}:{_joined(self.scopes)}", *rest))


def _joined(parts: tuple[str, ...]) -> str:
    return " ".join(quote(part, safe="/:") for part in parts)
