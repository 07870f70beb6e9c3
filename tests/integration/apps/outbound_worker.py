"""A process that asks for a token for each scope that it reads, and tells which it got and after how long."""

import hashlib
import json
import sys
import time

from azuread_auth import AzureAdClient, AzureAdSettings, EncryptedStore, RedisStore


def tell(text):
    """Say it to whoever started this process."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def shared_store(settings):
    """The store of the settings, with ten seconds for an operation: it is not about speed, and machines are busy."""
    redis = RedisStore(settings.redis_url)
    redis._operation_seconds = redis._pools._operation_seconds = 10.0
    return EncryptedStore(redis, keys=settings.encryption_keys)


if __name__ == "__main__":
    from_environment = AzureAdSettings.from_env()
    client = AzureAdClient(from_environment, shared_store(from_environment))
    # So that nothing is loaded, and no key derived, while time is taken.
    client.acquire_token_for_app("api://warming-up/.default")
    tell("ready")
    for line in sys.stdin:
        begun = time.monotonic()
        token = client.acquire_token_for_app(line.strip())
        digest = hashlib.sha256(token.reveal().encode()).hexdigest()
        tell(json.dumps({"token": digest, "seconds": time.monotonic() - begun}))
