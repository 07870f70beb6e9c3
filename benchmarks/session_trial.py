"""A program: begins many sign-ins that nobody finishes, and prints by how much the process grew after the first."""

import asyncio
import gc
import json
import logging
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

from session_apps import asgi_putter, flask_with_login, new_tenant, starlette_with_login, wsgi_putter
from session_browser import Browser, Put

_PAGE_BYTES = resource.getpagesize()
_WARMED_UP = 1_000


def main(kind: str, count: int) -> None:
    settings = new_tenant().settings()
    with asyncio.Runner() as runner:
        if kind == "asgi":
            put = asgi_putter(runner, starlette_with_login(settings))
        else:
            put = wsgi_putter(flask_with_login(settings))
        _begin(put, range(_WARMED_UP))
        gc.collect()
        before = _resident_bytes()
        _begin(put, range(count))
        gc.collect()
        print(json.dumps({"growth": float(_resident_bytes() - before)}))


def _begin(put: Put, browsers: Iterable[int]) -> None:
    for _ in browsers:
        reply, _ = Browser(put).get("/auth/login")
        if reply.status != 303:
            message = f"the login route answered {reply.status}; expected a redirect to the provider"
            raise RuntimeError(message)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(sys.argv[1], int(sys.argv[2]))
