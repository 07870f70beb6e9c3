"""Under which names a token that somebody wants is kept."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from hashlib import sha256

from azuread_auth._core.token_cache import Wanted
from azuread_auth._protocol.cache_key import AssertionPartition, CacheKey, UserPartition
from azuread_auth._protocol.token_response import ReceivedToken

__all__ = ["wanted"]


def wanted(
    key: CacheKey,
    request: Callable[[], Awaitable[ReceivedToken]],
    *,
    until: float | None = None,
    is_shared: bool = True,
) -> Wanted:
    """A token as the cache knows it; `until` and `is_shared` as there."""
    plain = replace(key, claims=None)
    place = _place(plain)
    if key.claims is None:
        return Wanted(key=key, place=place, request=request, until=until, is_shared=is_shared)
    return Wanted(
        key=key,
        place=(*place, sha256(key.claims.encode()).digest()),  # claims may be long, and come from other APIs
        request=request,
        until=until,
        is_shared=is_shared,
        plain=(plain, place),
    )


def _place(key: CacheKey) -> tuple[Hashable, ...]:
    """Where the `recall_…` methods look for this token."""
    owner: Hashable
    match key.partition:
        case AssertionPartition(digest):
            owner = digest
        case UserPartition(tenant_id, object_id):
            owner = (tenant_id, object_id)
        case _:
            owner = None
    return (key.flow, key.tenant, key.scopes, owner)
