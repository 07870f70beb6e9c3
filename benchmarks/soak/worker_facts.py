"""What a worker tells of itself, and of a token that it got."""

import asyncio
import base64
import gc
import json
import os
import threading
from collections import Counter

from azuread_auth import AccessToken

__all__ = ["READ", "owner_of", "worker_facts"]

READ = "api://orders/Orders.Read"


def owner_of(token: AccessToken) -> str:
    """The object id that the token is for."""
    payload = token.reveal().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["oid"])


def worker_facts() -> dict[str, object]:
    """The tasks of the event loop, the kinds of threads, and how many objects the garbage collector knows."""
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:  # no event loop runs in a thread
        tasks = 0
    threads = Counter(thread.name.rstrip("0123456789").rstrip("-_") for thread in threading.enumerate())
    return {"pid": os.getpid(), "tasks": tasks, "threads": dict(threads), "objects": len(gc.get_objects())}
