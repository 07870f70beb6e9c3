"""Cookies, read and written as RFC 6265bis has it: one that is broken, or planted, leaves the others alone."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

__all__ = [
    "CookieNames",
    "SameSite",
    "app_digest",
    "cookie_values",
    "cookies_with_prefix",
    "delete_cookie",
    "set_cookie",
]

SameSite = Literal["Lax", "None"]

_HOST_PREFIX: Final = "__Host-"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_VALUE: Final = re.compile(r"[A-Za-z0-9._~-]*", re.ASCII)
_BLANK: Final = b" \t"
# Browsers keep about 180 for one site: what comes after so many was not sent by one.
_MAX_COOKIES: Final = 200
_DIGEST_CHARACTERS: Final = 12


def cookie_values(headers: Sequence[bytes], name: str) -> list[str]:
    """All values of that name, over all Cookie headers and in their order: who set which, a server cannot tell."""
    return [value for found, value in _pairs(headers) if found == name]


def cookies_with_prefix(headers: Sequence[bytes], prefix: str) -> dict[str, list[str]]:
    """The same for all names that begin so."""
    cookies: dict[str, list[str]] = {}
    for name, value in _pairs(headers):
        if name.startswith(prefix):
            cookies.setdefault(name, []).append(value)
    return cookies


def _pairs(headers: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    left = _MAX_COOKIES
    for header in headers:
        pieces = header.split(b";", left)[:left]
        left -= len(pieces)
        for piece in pieces:
            name, equals, value = piece.partition(b"=")
            if equals:
                yield name.strip(_BLANK).decode("latin-1"), value.strip(_BLANK).decode("latin-1")


def app_digest(client_id: str, base_urls: Iterable[str]) -> str:
    """What tells the cookies of applications on one host apart; the order of addresses does not count."""
    identity = "\n".join((client_id.lower(), *sorted(set(base_urls))))
    return sha256(identity.encode()).hexdigest()[:_DIGEST_CHARACTERS]


@dataclass(frozen=True, slots=True)
class CookieNames:
    """What the cookies of an application are called.

    With the prefix `__Host-` a browser takes them over https from this very host alone (RFC 6265bis 4.1.3.2).
    """

    app: str
    is_secure: bool

    def name(self, purpose: str) -> str:
        """The name of the cookie for one purpose."""
        prefix = _HOST_PREFIX if self.is_secure else ""
        return f"{prefix}azuread-{purpose}-{self.app}"


def set_cookie(name: str, value: str, *, max_age: int | None, same_site: SameSite, is_secure: bool) -> str:
    """The value of a Set-Cookie header, for this host and all its paths, out of reach of scripts.

    `max_age` is in seconds; None: until the browser is closed. Raises ValueError for what is not our own: a name or a
    value that is no plain text, or a name that promises more than the flags keep.
    """
    # Browsers refuse SameSite=None without Secure; they take Secure from http on this machine.
    secure = is_secure or same_site == "None"
    if not _NAME.fullmatch(name) or (name.startswith(_HOST_PREFIX) and not secure):
        message = "the name of the cookie is not usable; expected letters, digits, - and _, and __Host- for https alone"
        raise ValueError(message)
    if not _VALUE.fullmatch(value):
        message = "the value of the cookie is not usable; expected letters, digits and - . _ ~, encode it before"
        raise ValueError(message)
    lifetime = "" if max_age is None else f"; Max-Age={max_age:d}"
    return f"{name}={value}; Path=/{lifetime}; HttpOnly; SameSite={same_site}{'; Secure' if secure else ''}"


def delete_cookie(name: str, *, same_site: SameSite, is_secure: bool) -> str:
    """The value of a Set-Cookie header that removes the cookie: the flags must be those it was set with."""
    return set_cookie(name, "", max_age=0, same_site=same_site, is_secure=is_secure)
