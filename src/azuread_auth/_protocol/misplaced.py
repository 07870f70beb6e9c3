"""What stands in the place of a file's path and is no path, but what the file should hold."""

import re
from typing import Final

__all__ = ["is_content"]

_MAX_PATH_LENGTH: Final = 1024
_TOKEN: Final = re.compile(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def is_content(path: str) -> bool:
    """Whether this is a certificate, key or token rather than a path: then no message may quote it."""
    if len(path) > _MAX_PATH_LENGTH or "\n" in path or "\r" in path or "-----BEGIN" in path:
        return True
    return _TOKEN.fullmatch(path) is not None
