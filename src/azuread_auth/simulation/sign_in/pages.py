"""The pages on which users of a simulated tenant sign in."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.sign_in.markup import button, form, page, paragraphs
from azuread_auth.simulation.users import SimulatedUser

__all__ = [
    "ACCOUNT",
    "CONSENT",
    "DECLINE",
    "MFA",
    "account_page",
    "consent_page",
    "device_page",
    "error_page",
    "form_post_page",
    "message_page",
    "mfa_page",
]

ACCOUNT: Final = "simulated_account"
MFA: Final = "simulated_mfa"
CONSENT: Final = "simulated_consent"
DECLINE: Final = "simulated_decline"
_AUTHORIZE: Final = "authorize"  # relative: the page is at that address itself
_SUBMIT: Final = "document.forms[0].submit()"


def account_page(
    parameters: Mapping[str, str],
    accounts: Mapping[str, SimulatedUser],
    *,
    hinted: str | None = None,
    problem: Refused | None = None,
) -> HttpResponse:
    """The accounts as buttons, the hinted one first, and one more to cancel."""
    names = sorted(accounts, key=lambda name: name != hinted)
    buttons = "".join(_account_button(name, accounts[name], is_hinted=name == hinted) for name in names)
    alert = "" if problem is None else f'<p role="alert">{escape(_sentence(problem))}</p>'
    title = "Create an account" if parameters.get("prompt") == "create" else "Pick an account"
    created = "<p>Accounts are there already: pick one.</p>" if parameters.get("prompt") == "create" else ""
    cancel = f"<p>{button(DECLINE, '1', 'Cancel')}</p>"
    content = f"{alert}{created}{form(_AUTHORIZE, parameters, f'{buttons}{cancel}')}{_application(parameters)}"
    return page(title, content, status=200 if problem is None else 400)


def _account_button(name: str, user: SimulatedUser, *, is_hinted: bool) -> str:
    look, focus = ("account hinted", " autofocus") if is_hinted else ("account", "")
    return (
        f'<button class="{look}" name="{ACCOUNT}" value="{escape(name)}"{focus}><strong>{escape(user.name)}</strong>'
        f"<span>{escape(user.username)}</span><span>{escape(user.about)}</span></button>"
    )


def _application(parameters: Mapping[str, str]) -> str:
    client_id = escape(parameters.get("client_id", ""))
    return f'<p class="note">Application {client_id}<br>goes on at {escape(parameters.get("redirect_uri", ""))}</p>'


def mfa_page(parameters: Mapping[str, str], user: SimulatedUser) -> HttpResponse:
    """The second factor, which is a button."""
    buttons = button(MFA, "confirmed", "Confirm", is_main=True) + button(DECLINE, "1", "Cancel")
    text = paragraphs(
        [f"Signing in as {user.name} ({user.username}).", "A second factor is asked for. Here it is this button."]
    )
    return page("Confirm that it is you", text + form(_AUTHORIZE, parameters, buttons) + _application(parameters))


def consent_page(parameters: Mapping[str, str], user: SimulatedUser, scopes: Iterable[str]) -> HttpResponse:
    """What the application wants, and whether the user agrees."""
    items = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    buttons = button(CONSENT, "accepted", "Accept", is_main=True) + button(DECLINE, "1", "Decline")
    text = paragraphs([f"{user.name} ({user.username}), the application asks for:"])
    content = f"{text}<ul>{items}</ul>{form(_AUTHORIZE, parameters, buttons)}{_application(parameters)}"
    return page("Permissions requested", content)


def device_page(users: Mapping[str, SimulatedUser], user_code: str = "") -> HttpResponse:
    """Where somebody enters the code that another device shows, and says yes or no."""
    options = "".join(
        f'<option value="{escape(name)}">{escape(user.name)}</option>'
        for name, user in users.items()
        if not user.is_blocked
    )
    content = (
        '<form method="post"><p><label>Code shown by the device <input name="user_code" required autocomplete="off" '
        f'value="{escape(user_code)}"></label></p><p><label>Account <select name="user">{options}</select></label></p>'
        f"<p>{button('decision', 'approve', 'Sign in', is_main=True)}{button('decision', 'decline', 'Decline')}</p>"
        "</form>"
    )
    return page("Enter code", content)


def form_post_page(action: str, parameters: Mapping[str, str]) -> HttpResponse:
    """A form that sends itself, or by its button where scripts are off (OAuth 2.0 Form Post Response Mode)."""
    content = form(action, parameters, '<button class="main">Continue</button>')
    return page("Signing in", content, script=_SUBMIT)


def error_page(refused: Refused) -> HttpResponse:
    """What is wrong, where there is no address that the browser could be sent to safely."""
    return page("Signing in is not possible", f'<p role="alert">{escape(_sentence(refused))}</p>', status=400)


def message_page(title: str, *sentences: str, status: int = 200) -> HttpResponse:
    """A page that only says something."""
    return page(title, paragraphs(sentences), status=status)


def _sentence(refused: Refused) -> str:
    code = "" if refused.aadsts is None else f"AADSTS{refused.aadsts}: "
    return f"{code}{refused.text}"
