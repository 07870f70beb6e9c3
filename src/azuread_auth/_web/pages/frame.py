"""What all pages of sign-in share: the look, the headers, and how texts come in."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Final

__all__ = ["FORM_PAGE_HEADERS", "PAGE_HEADERS", "button", "facts", "link", "page", "paragraph", "sentence"]

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1.125rem/1.6 system-ui, sans-serif; margin: 12vh auto 2rem; max-width: 38rem; padding: 0 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: break-word; text-wrap: balance; }
p, dd { overflow-wrap: anywhere; }
dl { border-top: 1px solid GrayText; font-size: 1rem; margin: 2rem 0 0; padding-top: 1rem; }
dt { font-weight: 600; }
dd + dt { margin-top: 1rem; }
dd { font-family: ui-monospace, monospace; margin: 0; user-select: all; }
a { color: LinkText; display: inline-block; padding: 0.5rem 0; }
button { font: inherit; padding: 0.5rem 1.25rem; }
a:focus-visible, button:focus-visible { outline: 3px solid; outline-offset: 2px; }
"""
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"


def _headers(*, policy: str, referrer_policy: str) -> tuple[tuple[str, str], ...]:
    return (
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", policy),
        ("referrer-policy", referrer_policy),
        ("x-content-type-options", "nosniff"),
    )


PAGE_HEADERS: Final = _headers(policy=f"{_POLICY}; form-action 'none'", referrer_policy="no-referrer")
"""The headers of a page, but for its length."""

# What a page sends has the Origin "null" where it may not be known as a referrer (Fetch 3.2, "serializing a request
# origin"), and would be refused. Chromium holds form-action against redirects too, and these lead to the provider.
FORM_PAGE_HEADERS: Final = _headers(policy=_POLICY, referrer_policy="same-origin")
"""The same for a page with a button that sends something."""

_MAX_CHARACTERS: Final = 2_000
_WEB_ADDRESS: Final = re.compile(r"(?:https?://|/(?![/\\]))[!-~]*", re.ASCII)


def page(title: str, *content: str) -> str:
    """The whole page, of a title in plain text and parts that the functions below have made."""
    return _PAGE.format(title=_shown(title), style=_STYLE, content="\n".join(part for part in content if part))


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{_shown(text)}</p>"


def sentence(text: str) -> str:
    """The same of a message that has neither capital nor full stop."""
    stop = "" if text.endswith((".", "!", "?")) else "."
    return paragraph(f"{text[:1].upper()}{text[1:]}{stop}") if text else ""


def link(address: str | None, text: str) -> str:
    """A link to a path or a web address; nothing where there is none, or where it is something else."""
    if address is None or not _WEB_ADDRESS.fullmatch(address):
        return ""
    return f'<p><a href="{_shown(address)}">{_shown(text)}</a></p>'


def button(path: str, text: str) -> str:
    """A button that posts to a path of the application."""
    return f'<form method="post" action="{_shown(path)}"><button>{_shown(text)}</button></form>'


def facts(rows: Mapping[str, Iterable[str | None]]) -> str:
    """What is to be copied, line by line under its name; without what is not known."""
    items: list[str] = []
    for name, values in rows.items():
        known = [f"<dd>{_shown(value)}</dd>" for value in values if value]
        if known:
            items += [f"<dt>{_shown(name)}</dt>", *known]
    return "<dl>\n{}\n</dl>".format("\n".join(items)) if items else ""


def _shown(text: str) -> str:
    """Escaped; cut, because some of it may come from elsewhere; without what would turn or hide the rest."""
    short = text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}…"
    return escape("".join(character if character.isprintable() else " " for character in short))
