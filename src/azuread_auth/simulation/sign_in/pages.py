"""The pages of a simulated tenant: plain HTML that needs no network and says that nothing here is real."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.refusals import NO_STORE, Refused
from azuread_auth.simulation.users import DEFAULT_USERS

__all__ = ["account_page", "device_page", "error_page", "form_post_page", "message_page"]

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b}"
    "a,button{font:inherit}li{margin:.5rem 0}.note{color:#595959}"
)
_SUBMIT: Final = "document.forms[0].submit()"


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY: Final = (
    f"default-src 'none'; style-src {_hash_source(_STYLE)}; script-src {_hash_source(_SUBMIT)}; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def _page(title: str, content: str, *, status: int = 200) -> HttpResponse:
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - Simulated tenant</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f'<p class="note">Simulated tenant: no real account is asked for.</p><h1>{escape(title)}</h1>{content}'
        "</main></body></html>"
    )
    headers = {
        **NO_STORE,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": _POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HttpResponse(status=status, headers=headers, body=body.encode())


def account_page(parameters: Mapping[str, str]) -> HttpResponse:
    """The accounts as links that sign in, and one that does not."""
    items = "".join(
        f'<li><a href="?{_query(parameters, simulated_user=name)}">{escape(user.name)}</a> '
        f'<span class="note">{escape(user.username)}</span></li>'
        for name, user in DEFAULT_USERS.items()
    )
    decline = _query(parameters, simulated_decline="1")
    return _page("Pick an account", f'<ul>{items}</ul><p><a href="?{decline}">Cancel</a></p>')


def _query(parameters: Mapping[str, str], **more: str) -> str:
    return escape(urlencode({**parameters, **more}))


def device_page(user_code: str = "") -> HttpResponse:
    """Where somebody enters the code that another device shows, and says yes or no."""
    options = "".join(
        f'<option value="{escape(name)}">{escape(user.name)}</option>' for name, user in DEFAULT_USERS.items()
    )
    form = (
        '<form method="post"><p><label>Code shown by the device <input name="user_code" required autocomplete="off" '
        f'value="{escape(user_code)}"></label></p><p><label>Account <select name="user">{options}</select></label></p>'
        '<p><button name="decision" value="approve">Sign in</button> '
        '<button name="decision" value="decline">Decline</button></p></form>'
    )
    return _page("Enter code", form)


def form_post_page(action: str, parameters: Mapping[str, str]) -> HttpResponse:
    """A form that sends itself (OAuth 2.0 Form Post Response Mode)."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parameters.items()
    )
    form = f'<form method="post" action="{escape(action)}">{fields}<button>Continue</button></form>'
    return _page("Signing in", f"{form}<script>{_SUBMIT}</script>")


def error_page(refused: Refused) -> HttpResponse:
    """What is wrong, where there is no address that the browser could be sent to safely."""
    code = "" if refused.aadsts is None else f"AADSTS{refused.aadsts}: "
    return _page("Signing in is not possible", _paragraphs([f"{code}{refused.text}"]), status=400)


def message_page(title: str, *sentences: str, status: int = 200) -> HttpResponse:
    """A page that only says something."""
    return _page(title, _paragraphs(sentences), status=status)


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
