"""Notices whoever tries to reach a network, or to start a program, while it is on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Event loops have socket pairs of their own: what counts is to whom anybody connects.
_EVENTS = frozenset(
    {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
    | {"subprocess.Popen", "os.exec", "os.posix_spawn"}
)
_watches: list[list[str]] = []


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if _watches and event in _EVENTS:
        for watch in _watches:
            watch.append(f"{event} {arguments[1:]!r}")


sys.addaudithook(_notice)


@contextmanager
def nothing_leaves() -> Iterator[None]:
    """Fail when anything in this block connects to anybody, looks up a name or starts a program."""
    seen: list[str] = []
    _watches.append(seen)
    try:
        yield
    finally:
        _watches.remove(seen)
    assert seen == []
