"""HTML of the simulation's page: looks like the tenant's other pages, and whatever is not markup of ours is escaped."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from typing import Final

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.cli.simulate_app.exports import export_lines
from azuread_auth.cli.simulate_app.orders import APPLICATION
from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.sign_in.markup import page
from azuread_auth.simulation.tenant import SimulatedTenant
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["start_page"]

_HEAD: Final = (
    '<link rel="icon" href="data:,"><link rel="stylesheet" href="/simulation/console.css">'
    '<script src="/simulation/console.js" defer></script>'
)
_COLUMNS: Final = ("Time", "Request", "Answer", "Grant", "Scopes", "User", "Client")


def start_page(tenant: SimulatedTenant, *, environ: Mapping[str, str]) -> HttpResponse:
    """The page with everything on it; only the log and the tokens are fetched afterwards."""
    users = tenant.users
    content = (
        "<p>Accounts, application and tokens exist on this machine alone, until the command ends.</p>"
        f'<div class="columns"><div>{_minting(users)}</div><div>{_environment(environ)}{_application(tenant)}'
        f"{_endpoints(tenant)}</div></div>{_accounts(users)}{_log()}"
    )
    response = page("What this tenant has", content, head=_HEAD)
    return replace(response, headers={**response.headers, "content-security-policy": _policy(response)})


def _policy(response: HttpResponse) -> str:
    """That of the other pages, and files of this origin."""
    strict = response.headers["content-security-policy"].replace("style-src ", "style-src 'self' ")
    return f"{strict}; script-src 'self'; connect-src 'self'; img-src data:; form-action 'none'"


def _section(name: str, title: str, content: str) -> str:
    return f'<section aria-labelledby="{name}-title"><h2 id="{name}-title">{escape(title)}</h2>{content}</section>'


def _minting(users: Mapping[str, SimulatedUser]) -> str:
    who = [(name, f"{user.name}: {user.about}" if user.about else user.name) for name, user in users.items()]
    options = _options([*who, (APPLICATION, "No user: an application's own token")])
    faults = _options([("", "none"), *((name, f"{name}: {fault.description}") for name, fault in FAULTS.items())])
    fields = (
        f'<p><label>User <select name="user">{options}</select></label></p>'
        '<p><label>Scopes <input name="scopes" value="user_impersonation" autocomplete="off" spellcheck="false">'
        "</label></p>"
        '<p><label>App roles <input name="roles" autocomplete="off" spellcheck="false"></label></p>'
        '<div class="pair"><p><label>Version <select name="version"><option>2</option><option>1</option></select>'
        '</label></p><p><label>Expires in, seconds <input name="expires_in" type="number" value="3600" required>'
        "</label></p></div>"
        f'<p><label>Fault <select name="fault">{faults}</select></label></p>'
    )
    content = (
        f'<form id="order">{fields}<button class="main">Mint a token</button></form>'
        '<p id="problem" role="alert" hidden></p>'
        '<div id="minted" hidden><label>Token <textarea id="token" rows="5" readonly spellcheck="false"></textarea>'
        f"</label>{_copy('token', 'Copy token')}"
        '<details open><summary>What it says</summary><pre id="claims" tabindex="0"></pre></details></div>'
    )
    return _section("minting", "Mint an access token", content)


def _options(options: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options)


def _copy(source: str, label: str) -> str:
    """A button that copies what is in an element, with a place to say so."""
    return (
        f'<p><button type="button" class="copy" data-source="{source}">{escape(label)}</button>'
        '<span role="status" class="note"></span></p>'
    )


def _environment(environ: Mapping[str, str]) -> str:
    lines = f'<pre id="environment" tabindex="0">{escape(export_lines(environ))}</pre>'
    return _section("environment", "Point an application here", f"{lines}{_copy('environment', 'Copy')}")


def _application(tenant: SimulatedTenant) -> str:
    rows = {
        "Tenant id": tenant.tenant_id,
        "Client id": tenant.client_id,
        "Client secret": tenant.client_secret,
        "Scope of its API": f"api://{tenant.client_id}/user_impersonation",
        "Redirect URIs": "http://localhost and http://localhost/auth/callback, on any port, or those of your file",
    }
    return _section("application", "App registration", _facts(rows))


def _facts(rows: Mapping[str, str]) -> str:
    inner = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows.items())
    return f"<dl>{inner}</dl>"


def _endpoints(tenant: SimulatedTenant) -> str:
    base = f"{tenant.authority_host}/{tenant.tenant_id}"
    documents = {
        "Metadata": f"{base}/v2.0/.well-known/openid-configuration",
        "Keys": f"{base}/discovery/v2.0/keys",
        "Device sign-in": f"{tenant.authority_host}/devicelogin",
    }
    links = "".join(
        f'<div><dt>{escape(name)}</dt><dd><a href="{escape(url)}">{escape(url)}</a></dd></div>'
        for name, url in documents.items()
    )
    rows = {
        "Authority": f"{base}/v2.0",
        "Authorization": f"{base}/oauth2/v2.0/authorize",
        "Token": f"{base}/oauth2/v2.0/token",
        "Device code": f"{base}/oauth2/v2.0/devicecode",
    }
    return _section("endpoints", "Endpoints", f"<dl>{links}</dl>{_facts(rows)}")


def _accounts(users: Mapping[str, SimulatedUser]) -> str:
    rows = "".join(_account(name, user) for name, user in users.items())
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Account", "User name", "About", "Object id"))
    first = escape(next(iter(users), ""))
    note = (
        f'<p class="note">No account has a password. <code>&amp;simulated_user={first}</code> at the end of an '
        "authorization URL signs in without a page.</p>"
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return _section("accounts", "Accounts", f'{note}<div class="scrolling" tabindex="0">{table}</div>')


def _account(name: str, user: SimulatedUser) -> str:
    about = "; ".join(filter(None, [user.about, *(f"role {role}" for role in user.roles)]))
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code> {escape(user.name)}</th><td>{escape(user.username)}</td>'
        f"<td>{escape(about)}</td><td><code>{escape(user.object_id)}</code></td></tr>"
    )


def _log() -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in _COLUMNS)
    content = (
        '<p class="note" id="log-state" role="status">Waiting for the first request.</p><div class="scrolling" '
        f'tabindex="0"><table id="log" hidden><thead><tr>{heads}</tr></thead><tbody></tbody></table></div>'
    )
    return _section("log", "What was asked", content)
