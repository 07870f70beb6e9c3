"""The store that a client has when it is given none."""

from azuread_auth.ports import Observer, TokenStore
from azuread_auth.settings import AzureAdSettings
from azuread_auth.stores.memory import MemoryStore

__all__ = ["default_store"]


def default_store(settings: AzureAdSettings, *, observer: Observer | None) -> TokenStore:
    """Redis, encrypted, where the settings have `redis_url`; else the memory of this process.

    Raises ImportError, with the remedy, when redis-py is needed and not installed.
    """
    if settings.redis_url is None:
        return MemoryStore()
    # Not needed without Redis, and expensive to load.
    from azuread_auth.stores.encrypted import EncryptedStore  # noqa: PLC0415
    from azuread_auth.stores.redis import RedisStore  # noqa: PLC0415

    return EncryptedStore(RedisStore(settings.redis_url), tuple(settings.encryption_keys), observer=observer)
