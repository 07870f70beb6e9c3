"""Whether the store for several processes can be written and read."""

import secrets
from typing import Any, Final

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped
from azuread_auth.cli.silence import Silence
from azuread_auth.errors import AzureAdError
from azuread_auth.settings import AzureAdSettings
from azuread_auth.stores.default import default_store

__all__ = ["check_store"]

_STORE: Final = "token store"
_PROBE_SECONDS: Final = 10.0
_REMEDY: Final = (
    "check AZURE_AD_REDIS_URL (host, port, password, rediss:// for TLS), that the server runs, takes writes and is "
    "near; until then each process keeps its tokens to itself"
)


def check_store(settings: AzureAdSettings) -> Finding:
    """A probe, put in, taken out and deleted again, where there is a `redis_url`."""
    if settings.redis_url is None:
        return skipped(_STORE, "no redis_url: each process keeps its tokens in its memory")
    try:
        is_same = run_blocking(_probed(settings))
    except ImportError as error:
        return failed(_STORE, str(error))
    except AzureAdError as error:
        return failed(_STORE, str(error), expected="a Redis server that can be read and written", remedy=_REMEDY)
    if not is_same:
        return failed(_STORE, "what was written did not come back", expected="the same bytes", remedy=_REMEDY)
    return ok(_STORE, "Redis takes, gives back and deletes an encrypted entry")


async def _probed(settings: AzureAdSettings) -> bool:
    # Sealed like the application's own entries, under a name that none of them has. Any: whatever store it is.
    store: Any = default_store(settings, observer=Silence())
    bound = store.blocking()
    name, value = f"doctor:{secrets.token_hex(16)}", secrets.token_bytes(32)
    try:
        await bound.put(name, value, ttl_seconds=_PROBE_SECONDS)
        found = await bound.get(name)
        await bound.delete(name)
    finally:
        await bound.aclose()
    return bool(found == value)
