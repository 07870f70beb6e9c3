"""HTML of a simulated tenant's pages: plain, without network, and saying in large letters that nothing is real."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.refusals import NO_STORE

__all__ = ["button", "form", "hidden_fields", "origin_source", "page", "paragraphs"]

_STYLE: Final = (
    "*{box-sizing:border-box}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff8e6}"
    "header{background:repeating-linear-gradient(-45deg,#ffd24d 0 18px,#ffdf80 18px 36px);border-bottom:3px dashed "
    "#6b4e00;padding:.75rem 1rem;text-align:center}header strong{font-size:clamp(1rem,4.5vw,1.25rem)}"
    "header span{display:block}"
    "main{max-width:30rem;margin:1.5rem auto;padding:1.25rem;background:#fff;border:2px dashed #6b4e00;"
    "overflow-wrap:anywhere}h1{font-size:1.375rem;line-height:1.25;margin:0 0 .75rem}"
    "button,input,select,a.button{font:inherit;min-height:2.75rem;padding:.5rem .875rem;border:1px solid #5c5c5c;"
    "border-radius:4px;background:#fff;color:inherit;max-width:100%}"
    "input,select{display:block;width:100%;margin:.25rem 0}"
    "button{cursor:pointer;margin:.25rem .5rem .25rem 0}button:hover{background:#f3eee0}"
    "button.main{background:#4a3600;color:#fff;border-color:#4a3600}button.main:hover{background:#2e2200}"
    "button.account{display:block;width:100%;text-align:left;margin:.5rem 0}"
    "button.account.hinted{border:2px solid #4a3600;background:#fff3cf}"
    "button.account span{display:block;font-size:.875rem}"
    ".note{color:#595959;font-size:.875rem}[role=alert]{border-left:4px solid #a4262c;padding-left:.75rem}"
    ":focus-visible{outline:3px solid #0b57d0;outline-offset:2px}"
    "iframe{position:absolute;width:1px;height:1px;border:0;opacity:0}"
)


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(
    title: str,
    content: str,
    *,
    status: int = 200,
    script: str | None = None,
    frames: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    head: str = "",
) -> HttpResponse:
    """A page. `content` and `head` are markup, as is; `frames` are the origins that it may frame."""
    ending = "" if script is None else f"<script>{script}</script>"
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - Simulated tenant</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}<style>{_STYLE}</style></head>'
        "<body><header><strong>Simulated tenant &ndash; not Microsoft</strong>"
        "<span>Nothing here is real. Never type a real password.</span></header>"
        f"<main><h1>{escape(title)}</h1>{content}</main>{ending}</body></html>"
    )
    standard = {
        **NO_STORE,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": _policy(script, frames),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    return HttpResponse(status=status, headers=standard | dict(headers or {}), body=body.encode())


def _policy(script: str | None, frames: Iterable[str]) -> str:
    # There is no form-action: browsers would hold it against the redirect to the application, too.
    sources = {
        "default-src": ["'none'"],
        "style-src": [_hash_source(_STYLE)],
        "script-src": [] if script is None else [_hash_source(script)],
        "frame-src": sorted(frames),
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in sources.items() if values)


def origin_source(url: str) -> str:
    """A URL's origin, as Content-Security-Policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def hidden_fields(parameters: Mapping[str, str]) -> str:
    """Fields that carry parameters along."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parameters.items()
    )


def form(action: str, parameters: Mapping[str, str], content: str) -> str:
    """A form with hidden fields. `content` is markup, as is."""
    return f'<form method="post" action="{escape(action)}">{hidden_fields(parameters)}{content}</form>'


def button(name: str, value: str, label: str, *, is_main: bool = False) -> str:
    """A button that sends its form with one more parameter."""
    look = ' class="main"' if is_main else ""
    return f'<button{look} name="{escape(name)}" value="{escape(value)}">{escape(label)}</button>'


def paragraphs(sentences: Iterable[str]) -> str:
    """Plain text as markup."""
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
