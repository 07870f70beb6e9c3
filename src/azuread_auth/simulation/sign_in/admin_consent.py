"""Consent of an administrator for a whole tenant (Microsoft, "Request admin consent")."""

from html import escape
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.refusals import Refused, refusal_document
from azuread_auth.simulation.request_form import parameters_of
from azuread_auth.simulation.sign_in.accounts import account_tenant, offered_accounts
from azuread_auth.simulation.sign_in.authorization import AuthorizationRequest
from azuread_auth.simulation.sign_in.callback import redirect
from azuread_auth.simulation.sign_in.markup import button, form, page, paragraphs
from azuread_auth.simulation.sign_in.pages import ACCOUNT, DECLINE, error_page
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["admin_consent_answer"]

_EVERYTHING: Final = "everything that its registration asks for"


def admin_consent_answer(request: HttpRequest, authority: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """A page, or the way back to the application."""
    try:
        asked = AuthorizationRequest(http=request, parameters=parameters_of(request), authority=authority, state=state)
        asked.checked_app()
    except Refused as refused:
        return error_page(refused)
    accounts = offered_accounts(state.people.by_name, authority, state.tenant_id)
    admins = {name: user for name, user in accounts.items() if user.is_admin}
    if DECLINE in asked.parameters:
        return _declined(asked)
    admin = admins.get(asked.parameters.get(ACCOUNT, ""))
    return _question(asked, admins) if admin is None else _accepted(asked, admin)


def _question(asked: AuthorizationRequest, admins: dict[str, SimulatedUser]) -> HttpResponse:
    wanted = asked.parameters.get("scope") or _EVERYTHING
    items = "".join(f"<li>{escape(scope)}</li>" for scope in ([wanted] if wanted == _EVERYTHING else wanted.split()))
    buttons = "".join(button(ACCOUNT, name, f"Accept as {user.name}", is_main=True) for name, user in admins.items())
    text = paragraphs([f"For everybody in the tenant, the application {asked.parameters['client_id']} gets:"])
    carried = {name: value for name, value in asked.parameters.items() if name != ACCOUNT}
    answers = form("adminconsent", carried, buttons + button(DECLINE, "1", "Decline"))
    return page("Consent for your organisation", f"{text}<ul>{items}</ul>{answers}")


def _accepted(asked: AuthorizationRequest, admin: SimulatedUser) -> HttpResponse:
    tenant_id = account_tenant(admin, asked.authority, asked.state.tenant_id)
    with asked.state.lock:
        asked.state.policies.accept_for_tenant(tenant_id, asked.parameters["client_id"].lower())
    return _way_back(asked, {"admin_consent": "True", "tenant": tenant_id})


def _declined(asked: AuthorizationRequest) -> HttpResponse:
    refused = Refused(65004, error="access_denied")
    document = refusal_document(refused, request=asked.http, origin=asked.authority.origin, now=asked.state.now())
    description = str(document["error_description"])
    answer = {"error": "access_denied", "error_description": description, "error_subcode": "cancel"}
    return _way_back(asked, answer | {"admin_consent": "True"})


def _way_back(asked: AuthorizationRequest, answer: dict[str, str]) -> HttpResponse:
    echoed = {name: asked.parameters[name] for name in ("state", "scope") if name in asked.parameters}
    return redirect(asked.parameters["redirect_uri"], answer | echoed)
