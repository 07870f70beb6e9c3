"""Scopes as recordings name them: readable, without the GUIDs of the real directory."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from azuread_auth._protocol.outbound_scopes import OPENID_SCOPES

__all__ = ["recorded_scope", "recorded_scopes"]

_GUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# Applications of Microsoft itself, such as Microsoft Graph: the same in each directory.
_MICROSOFT: Final = re.compile(r"0000000[0-9a-f]-0000-0000-c000-000000000000", re.ASCII)
_READABLE: Final = re.compile(r"[A-Za-z0-9_.:~$*+{}-]{0,80}", re.ASCII)
_RANDOM: Final = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{32,}", re.ASCII)
_OTHER: Final = "{other}"


def recorded_scopes(scopes: Iterable[str], *, client_id: str) -> tuple[str, ...]:
    """Each once, in order, without those of OpenID Connect, which belong to no API."""
    return tuple(sorted({recorded_scope(scope, client_id=client_id) for scope in scopes} - OPENID_SCOPES))


def recorded_scope(scope: str, *, client_id: str) -> str:
    """The scope; the application's own client id in it is {client}, and another GUID has a name of its own."""
    return "/".join(_segment(segment, client_id) for segment in scope.split("/"))


def _segment(segment: str, client_id: str) -> str:
    def named(guid: re.Match[str]) -> str:
        text = guid[0].lower()
        if text == client_id.lower():
            return "{client}"
        return text if _MICROSOFT.fullmatch(text) else f"{{id-{hashlib.sha256(text.encode()).hexdigest()[:8]}}}"

    named_segment = _GUID.sub(named, segment)
    rest = _GUID.sub("", segment)
    return named_segment if _READABLE.fullmatch(named_segment) and _RANDOM.search(rest) is None else _OTHER
