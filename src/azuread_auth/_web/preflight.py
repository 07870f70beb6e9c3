"""What of an answer to a CORS preflight goes out, where the path needs credentials and a preflight carries none."""

from typing import Final

__all__ = ["is_about_cors"]

_KEPT: Final = frozenset({"allow", "content-type", "vary"})


def is_about_cors(header: str) -> bool:
    """Whether a header of the answer says what other origins may do (Fetch 3.3.3), or nothing of anybody.

    An application that ignores the method has answered as to anybody: its cookies and addresses stay here.
    """
    name = header.lower()
    return name.startswith("access-control-") or name in _KEPT
