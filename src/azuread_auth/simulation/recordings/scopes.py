"""Scopes as recordings name them: readable, without the GUIDs of the real directory."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from azuread_auth.simulation.recordings.labels import Labels

__all__ = ["is_readable", "recorded_scopes"]

_GUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# Applications of Microsoft itself, such as Microsoft Graph: the same in each directory.
_MICROSOFT: Final = re.compile(r"0000000[0-9a-f]-0000-0000-c000-000000000000", re.ASCII)
_READABLE: Final = re.compile(r"[A-Za-z0-9_.:~$*+-]{0,80}", re.ASCII)
_RANDOM: Final = re.compile(r"(?=[A-Za-z_.~-]*[0-9])[A-Za-z0-9_.~-]{32,}", re.ASCII)
_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,31}\.)+[a-z]{2,20}(?::[0-9]{1,5})?", re.ASCII)
# How tokens begin, and what client secrets of Entra have in them.
_SECRET: Final = re.compile(r"eyJ|[0-9]Q~", re.ASCII)


def recorded_scopes(scopes: Iterable[str], *, client_id: str, labels: Labels) -> Mapping[str, str]:
    """The scopes and what a recording calls them.

    The application's own client id in one is {client}, another GUID has a name of its own, and {other-1} is the first
    part that is not to be read.
    """
    # In order, so that the numbers do not depend on how an application arranges its scopes.
    return {scope: "/".join(_segment(part, client_id, labels) for part in scope.split("/")) for scope in sorted(scopes)}


def is_readable(scope: str) -> bool:
    """Whether a recording may have this text as it is."""
    return all(_is_readable(part) and _GUID.search(part) is None for part in scope.split("/"))


def _segment(segment: str, client_id: str, labels: Labels) -> str:
    def named(guid: re.Match[str]) -> str:
        text = guid[0].lower()
        if text == client_id.lower():
            return "{client}"
        return text if _MICROSOFT.fullmatch(text) else f"{{id-{hashlib.sha256(text.encode()).hexdigest()[:8]}}}"

    if _is_readable(_GUID.sub("", segment)):
        return _GUID.sub(named, segment)
    return f"{{{labels.label('other', segment)}}}"


def _is_readable(text: str) -> bool:
    if _READABLE.fullmatch(text) is None or _SECRET.search(text) is not None:
        return False
    return _RANDOM.search(text) is None or _HOST.fullmatch(text) is not None
