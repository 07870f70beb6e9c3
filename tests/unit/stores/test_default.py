"""The store of a client that is given none."""

import subprocess
import sys

from azuread_auth.settings import AzureAdSettings
from azuread_auth.stores.default import default_store
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.stores.redis import RedisStore

TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"


def test_memory_without_redis() -> None:
    """Without an address of Redis tokens stay in this process."""
    store = default_store(AzureAdSettings(tenant_id=TENANT, client_id=CLIENT), observer=None)
    assert isinstance(store, MemoryStore)
    assert getattr(store, "leases", None) is None


def test_redis_is_always_encrypted() -> None:
    """With an address of Redis, which needs keys, its entries are sealed; it need not be there yet."""
    settings = AzureAdSettings(
        tenant_id=TENANT, client_id=CLIENT, redis_url="redis://127.0.0.1:1", encryption_keys=[b"k" * 32]
    )
    store = default_store(settings, observer=None)
    assert isinstance(store, EncryptedStore)
    assert isinstance(store._store, RedisStore)
    assert store.leases is store


def test_missing_package_says_what_to_install() -> None:
    """Where redis-py is not installed the error names the extra, and nothing else needs it."""
    script = (
        "import sys; sys.modules['redis'] = None\n"
        "import azuread_auth.stores.default\n"
        "from azuread_auth.stores.redis import RedisStore\n"
        "try: RedisStore('redis://localhost')\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == 'RedisStore needs redis-py; install it with pip install "azuread-auth[redis]"'
