"""A process that asks for a token for each scope that it reads, and tells which it got and after how long."""

import hashlib
import json
import sys
import time

from azuread_auth import AzureAdClient


def tell(text):
    """Say it to whoever started this process."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    client = AzureAdClient()
    # So that nothing is loaded, and no key derived, while time is taken.
    client.acquire_token_for_app("api://warming-up/.default")
    tell("ready")
    for line in sys.stdin:
        begun = time.monotonic()
        token = client.acquire_token_for_app(line.strip())
        digest = hashlib.sha256(token.reveal().encode()).hexdigest()
        tell(json.dumps({"token": digest, "seconds": time.monotonic() - begun}))
