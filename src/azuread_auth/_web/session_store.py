"""The store of sessions, as this package uses it: names of its own, and failures that are told as such."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TypeVar

from azuread_auth.errors import AzureAdError, StoreUnavailable
from azuread_auth.ports import TokenStore

__all__ = ["SessionStore"]

T = TypeVar("T")


class SessionStore:
    """Reads and writes a `TokenStore` for one application. Each method raises StoreUnavailable, whatever went wrong.

    A session that cannot be looked up is not a user who has signed out.
    """

    def __init__(self, store: TokenStore, *, app: str) -> None:
        self._store = store
        self._app = app

    def key(self, kind: str, *parts: str) -> str:
        """Where something is kept. It tells neither ids nor users to who reads the store's keys."""
        # As JSON: whatever is in the parts, others make another text.
        return f"azuread-{kind}-{sha256(json.dumps([self._app, *parts]).encode()).hexdigest()}"

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent."""
        found: object = await _told(lambda: self._store.get(key))
        if found is None or isinstance(found, bytes):
            return found
        message = f"the session store gave a {type(found).__name__}, expected bytes or None"
        raise StoreUnavailable(message)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value for so long at the most."""
        await _told(lambda: self._store.put(key, value, ttl_seconds=ttl_seconds))

    async def delete(self, key: str) -> None:
        """Forget the key."""
        await _told(lambda: self._store.delete(key))


async def _told(operation: Callable[[], Awaitable[T]]) -> T:
    try:
        return await operation()
    except AzureAdError:
        raise
    # A store may be the application's own: what goes wrong in it is a store that fails, and not the request.
    except Exception as error:
        message = f"the session store failed with {type(error).__name__}"
        raise StoreUnavailable(message) from error
