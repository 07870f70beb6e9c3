"""The pages of the sites that visitors of the journeys come to: the same on ASGI and on WSGI."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs

from azuread_auth import AuthContext, Role

Token = Callable[[str], Awaitable[Any]]

SIGN_OUT = '<form method="post" action="/auth/logout"><button>Sign out</button></form>'
WRITE = (
    '<form method="post" action="/notes"><label>Note <input name="note" required></label><button>Keep</button></form>'
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a page knows of its request."""

    method: str
    path: str
    query: str
    body: bytes
    principal: Any
    token: Token = field(repr=False)

    @property
    def form(self) -> dict[str, str]:
        return {name: value for name, (value,) in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a page answers."""

    text: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


class JourneyPages:
    """Pages for everybody and for users, some of which want more: a token for another API, a stronger sign-in."""

    public_paths = ("/public",)
    optional_paths = ("/",)

    def __init__(self, *, orders_scope: str, mail_scope: str) -> None:
        self.notes: list[str] = []
        self._scopes = {"/orders": orders_scope, "/mail": mail_scope}

    async def answer(self, asked: Asked) -> Given:
        """The page that was asked for. Raises what the middleware answers."""
        if asked.path in self._scopes:
            return await self._downstream(asked)
        if asked.path == "/payments":
            AuthContext("c1").check(asked.principal)
            return _page("Payments", "<p>Confirmed.</p>", asked.principal)
        if asked.path == "/admin":
            Role("Admin").check(asked.principal)
            return _page("Administration", "<p>For administrators.</p>", asked.principal)
        if asked.path == "/notes":
            return self._notes(asked)
        if asked.path == "/api/notes":
            return Given(text=json.dumps(self.notes), headers=(("Content-Type", "application/json"),))
        title = {"/": "Home", "/public": "Public", "/private": "Private"}.get(asked.path, "Another page")
        return _page(title, f"<p>{escape(asked.query)}</p>", asked.principal)

    async def _downstream(self, asked: Asked) -> Given:
        token = await asked.token(self._scopes[asked.path])
        scopes = ", ".join(sorted(each.rpartition("/")[2] for each in token.scopes))
        return _page("Another API", f'<p id="scopes">{escape(scopes)}</p>', asked.principal)

    def _notes(self, asked: Asked) -> Given:
        if asked.method == "POST":
            self.notes.append(asked.form["note"])
            return Given(status=303, headers=(("Location", "/notes"),))
        items = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return _page("Notes", f"<ul>{items}</ul>{WRITE}", asked.principal)


def _page(title: str, content: str, principal: Any) -> Given:
    who = "nobody" if principal is None else principal.display_name
    sign = "" if principal is None else SIGN_OUT
    return Given(
        text=(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
            f'<body><header><span id="who">{escape(who)}</span>{sign}</header>'
            f"<main><h1>{escape(title)}</h1>{content}</main></body></html>"
        )
    )
