"""HTML of the sample application's pages: whatever is not markup of ours is escaped."""

import time
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from azuread_auth.cli.demo_app.journal import JournalEntry
from azuread_auth.principal import Principal

__all__ = ["SIGN_IN", "account", "facts", "items", "log", "moment", "page", "paragraph"]

SIGN_IN: Final = "/auth/login?next=/profile"
_PAGES: Final[Mapping[str, str]] = {
    "/": "API calls",
    "/profile": "Profile",
    "/mail": "Mail",
    "/payslip": "Payslip",
    "/admin": "Administration",
}
_LEVELS: Final[Mapping[int, str]] = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_SHIELD: Final = (
    '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">'
    '<path d="M16 2 4 6.5v9C4 22.6 9 28 16 30c7-2 12-7.4 12-14.5v-9z"/><path class="tick" d="m10.5 16 4 4 7-8"/></svg>'
)
_LOCK: Final = (
    '<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2h.5a1 1 0 0 1 '
    '1 1v5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zm1.5 0h4V5a2 2 0 0 0-4 0z"/></svg>'
)


def page(path: str, title: str, *content: str, user: Principal, tenant: str) -> str:
    """A page behind the sign-in. `content` is markup, as is."""
    links = "".join(_link(each, name, is_current=each == path) for each, name in _PAGES.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)} - azuread-auth demo</title>'
        '<link rel="icon" href="/demo/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/demo/demo.css">'
        '<link rel="stylesheet" href="/demo/pages.css"></head><body><a class="skip" href="#content">Skip to the page'
        f'</a><header class="hero small"><div class="wide"><div class="top"><p class="brand">{_SHIELD} azuread-auth '
        f'demo</p>{account(user, tenant)}</div><nav aria-label="Pages">{links}</nav></div></header>'
        f'<main class="wide" id="content" tabindex="-1"><h1>{escape(title)}</h1>{"".join(content)}</main></body></html>'
    )


def account(user: Principal | None, tenant: str) -> str:
    """Who is signed in, with the button to sign out; or the way to sign in."""
    if user is None:
        return f'<p class="account"><a class="button" href="{SIGN_IN}">Sign in</a></p>'
    return (
        f'<div class="account"><p class="who"><strong>{escape(user.display_name)}</strong> '
        f'<span>{escape(tenant)}</span></p><form method="post" action="/auth/logout"><button>Sign out</button></form>'
        "</div>"
    )


def _link(path: str, name: str, *, is_current: bool) -> str:
    return f'<a href="{path}"{" aria-current=page" if is_current else ""}>{name}</a>'


def paragraph(text: str, look: str = "") -> str:
    """A paragraph of plain text."""
    return f'<p class="{look}">{escape(text)}</p>' if look else f"<p>{escape(text)}</p>"


def facts(rows: Mapping[str, str]) -> str:
    """Names and values, both plain text."""
    inner = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows.items())
    return f'<dl class="facts">{inner}</dl>'


def items(texts: Iterable[str]) -> str:
    """A list of plain texts."""
    return f'<ul class="items">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>'


def moment(seconds: float) -> str:
    """A moment, given in seconds since the epoch, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def log(entries: Iterable[JournalEntry]) -> str:
    """What the operator's log says, the newest first."""
    lines = "".join(_line(entry) for entry in entries)
    return (
        '<section class="side operator" aria-labelledby="log-title">'
        f'<h2 id="log-title">{_LOCK}Only in the operator&rsquo;s log</h2><ol class="lines">{lines}</ol></section>'
    )


def _line(entry: JournalEntry) -> str:
    at = time.strftime("%H:%M:%S", time.gmtime(entry.at))
    level = _LEVELS.get(entry.level, str(entry.level))
    return (
        f'<li><span class="level">{at} {level}</span> <code>{escape(entry.event)}</code> '
        f'<span class="message">{escape(entry.message)}</span>{_details(entry.details)}</li>'
    )


def _details(details: str) -> str:
    return f' <span class="level">{escape(details)}</span>' if details else ""
