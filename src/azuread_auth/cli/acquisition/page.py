"""The page that a browser is left with."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final

__all__ = ["HEADERS", "page"]

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "connection": "close",
    }
)


def page(sentence: str) -> bytes:
    """A sentence as a page; it loads nothing, and nothing of the request is on it."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>azuread-auth</title>'
        '<meta name="viewport" content="width=device-width"></head><body><h1>azuread-auth</h1>'
        f"<p>{escape(sentence)}</p></body></html>"
    ).encode()
