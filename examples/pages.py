"""The pages of the examples: plain HTML, the same in every framework. An application of yours has its own templates."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from azuread_auth import Principal

__all__ = ["STYLE", "admin", "home", "orders", "payments", "profile"]

STYLE = (Path(__file__).parent / "static" / "style.css").read_text(encoding="utf-8")

PAGES = {"/": "Home", "/profile": "Profile", "/orders": "Orders", "/payments": "Payments", "/admin/": "Administration"}

SIGN_OUT = '<form method="post" action="/auth/logout"><button>Sign out</button></form>'
SIGN_IN = '<p><a href="/auth/login">Sign in</a></p>'


def home(user: Principal | None) -> str:
    if user is None:
        return _page("/", "Welcome", f"<p>Nobody is signed in.</p>{SIGN_IN}", None)
    return _page("/", f"Hello, {user.display_name}", "<p>You are signed in.</p>", user)


def profile(user: Principal) -> str:
    facts = {
        "Name": user.display_name,
        "User name": user.username or "",
        "Roles": ", ".join(sorted(user.roles)) or "none",
        "Object id": user.object_id,
        "Tenant id": user.tenant_id,
    }
    return _page("/profile", "Profile", _facts(facts), user)


def orders(user: Principal, items: Iterable[str]) -> str:
    listed = "".join(f"<li>{escape(item)}</li>" for item in items)
    return _page(
        "/orders", "Orders", f"<p>From another API, asked as {escape(user.display_name)}:</p><ul>{listed}</ul>", user
    )


def payments(user: Principal) -> str:
    return _page("/payments", "Payments", "<p>You have confirmed that it is you.</p>", user)


def admin(user: Principal) -> str:
    return _page("/admin/", "Administration", "<p>For those with the role Admin.</p>", user)


def _facts(facts: Mapping[str, str]) -> str:
    return (
        "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()) + "</dl>"
    )


def _page(path: str, title: str, content: str, user: Principal | None) -> str:
    links = "".join(_link(each, name, is_current=each == path) for each, name in PAGES.items())
    who = f'<span class="who">{escape(user.display_name)}</span>{SIGN_OUT}' if user is not None else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><header><nav aria-label="Pages">{links}</nav>{who}</header>'
        f"<main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )


def _link(path: str, name: str, *, is_current: bool) -> str:
    return f'<a href="{path}"{" aria-current=page" if is_current else ""}>{name}</a>'
