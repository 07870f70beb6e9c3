"""What of a CORS preflight goes in and comes out, where the path needs credentials and a preflight carries none."""

from typing import Final

__all__ = ["is_about_cors", "is_sent_by_browsers"]

_KEPT: Final = frozenset({"allow", "content-type", "vary"})
_PREFIXES: Final = ("accept", "access-control-request-", "sec-")
_SENT: Final = frozenset(
    {"cache-control", "connection", "content-length", "host", "origin", "pragma", "priority", "referer", "user-agent"}
    | {"forwarded", "via", *(f"x-forwarded-{part}" for part in ("for", "host", "port", "prefix", "proto")), "x-real-ip"}
)


def is_sent_by_browsers(header: str) -> bool:
    """Whether a browser, or a proxy, sends a header with a preflight (Fetch 4.8): none of a page's own, and no cookie.

    Others could tell the application to treat the question as another method, as `X-HTTP-Method-Override` does.
    """
    name = header.lower()
    return name in _SENT or name.startswith(_PREFIXES)


def is_about_cors(header: str) -> bool:
    """Whether a header of the answer says what other origins may do (Fetch 3.3.3), or nothing of anybody.

    An application that ignores the method has answered as to anybody: its cookies and addresses stay here.
    """
    name = header.lower()
    return name.startswith("access-control-") or name in _KEPT
