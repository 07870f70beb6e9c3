"""Where a client with a recording or replay keeps its tokens: in its memory, apart from everybody's real ones."""

from typing import Final

from azuread_auth.ports import TokenStore

__all__ = ["SimulatedTokenStore"]

_REFRESH_TOKEN: Final = ":refresh_token_itself:"  # noqa: S105 - a part of the name, as CacheKey spells it


class SimulatedTokenStore:
    """Takes cached access tokens out of a store that others read too; sessions and refresh tokens stay in it.

    A replayed token would be sent by applications that are not simulated, and a token that is there already would not
    be asked for, so that it would be missing in a recording.
    """

    leases = None
    """What is kept in memory is renewed by this process alone."""

    def __init__(self, store: TokenStore, tokens: TokenStore) -> None:
        self._store = store
        self._tokens = tokens
        self.is_shared: bool = getattr(store, "is_shared", True)

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent."""
        return await self._store_of(key).get(key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most."""
        await self._store_of(key).put(key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key: str) -> None:
        """Forget the key."""
        await self._store_of(key).delete(key)

    def _store_of(self, key: str) -> TokenStore:
        # A token's key has lines, see CacheKey; that of a session is one word.
        first, *others = key.split("\n")
        return self._tokens if others and _REFRESH_TOKEN not in first else self._store
