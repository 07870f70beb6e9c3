"""Where a sign-in may lead: to a path of this application, by the rules that browsers read addresses by."""

import re
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

__all__ = ["safe_next"]

_MAX_CHARACTERS: Final = 2_000
_DECODINGS: Final = 2
# RFC 3986 2: what an address is written in. Of what is not, browsers drop some, wherever it stands (WHATWG URL 4.4).
_ADDRESS: Final = re.compile(r"/[!-~]*", re.ASCII)
# A path of two slashes names a host, and browsers read "\" as "/". U+FFFD is what was no UTF-8, such as overlong
# slashes. Browsers resolve dots before they ask, so what they asked for has none; ";" ends a name on some servers, and
# blanks at an end are dropped on some.
_MISLEADING: Final = re.compile(r"\A//|[\\\ufffd]|/(?:\.|%2e){1,2} *(?:[/;]|\Z)", re.IGNORECASE)


def safe_next(value: str | None) -> str | None:
    """The value without its fragment, if it leads nowhere but to this origin; else None.

    It must be a path with one slash at its beginning, and a query perhaps, as they stand in a request: encoded, and at
    most 2,000 characters.
    """
    if value is None or len(value) > _MAX_CHARACTERS:
        return None
    address = value.partition("#")[0]
    if not _ADDRESS.fullmatch(address):
        return None
    # An application or a proxy may decode once more than it should, or make one character of those that look alike.
    reading = address
    for _ in range(_DECODINGS + 1):
        if _is_misleading(re.split("[?#]", reading, maxsplit=1)[0]):
            return None
        reading = normalize("NFKC", unquote(reading))
    return address


def _is_misleading(path: str) -> bool:
    return not path.isprintable() or _MISLEADING.search(path) is not None
