"""Signing in on another device: the first request, and the page for the code (RFC 8628 3.1 and 3.3)."""

import json

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.app_access import app_at, checked_scopes
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.device_codes import DeviceCode
from azuread_auth.simulation.refusals import NO_STORE, Refused
from azuread_auth.simulation.request_form import form_of, query_of, required
from azuread_auth.simulation.requested_scopes import scopes_in
from azuread_auth.simulation.sign_in.accounts import check_device_account
from azuread_auth.simulation.sign_in.pages import device_page, message_page
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["decide", "device_authorization", "device_page_answer"]


def device_authorization(request: HttpRequest, authority: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """A code for the device, and one for its user. Raises Refused."""
    form = form_of(request)
    app = app_at(authority, required(form, "client_id"), state)
    scope = required(form, "scope")
    checked_scopes(scopes_in(scope, takes_first_resource=True), app, state)
    lifetime, interval = state.behaviour.device_code_lifetime_seconds, state.behaviour.device_interval_seconds
    device = DeviceCode(
        client_id=app.client_id,
        tenant_id=None if authority.issuer_tenant == TENANT_TEMPLATE else authority.issuer_tenant,
        scope=scope,
        expires_at=state.now() + lifetime,
        interval_seconds=interval,
    )
    with state.lock:
        state.devices.add(device)
    page = f"{authority.origin}/devicelogin"
    document = {
        "user_code": device.user_code,
        "device_code": device.device_code,
        "verification_uri": page,
        "expires_in": lifetime,
        "interval": interval,
        "message": f"To sign in, open the page {page} in a browser and enter the code {device.user_code}.",
    }
    headers = {**NO_STORE, "content-type": "application/json; charset=utf-8", "x-ms-ests-server": "simulated"}
    return HttpResponse(status=200, headers=headers, body=json.dumps(document).encode())


def decide(user_code: str, user: SimulatedUser | None, state: TenantState) -> None:
    """The user signs in on the device, or says no. Raises ConfigurationError for an unknown code, and Refused."""
    if user is not None:
        check_device_account(user, state.devices.waiting(user_code, now=state.now()).tenant_id)
    state.devices.decide(user_code, user, now=state.now())


def device_page_answer(request: HttpRequest, _: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """The page where the user enters the code, and what comes of it."""
    try:
        if request.method != "POST":
            return device_page(state.people.by_name, query_of(request).get("user_code", ""))
        form = form_of(request)
        user = state.people.find(form.get("user")) if form.get("decision") == "approve" else None
        with state.lock:
            decide(required(form, "user_code"), user, state)
    except (ConfigurationError, Refused):
        return message_page("Enter code", "That code did not work. Check it and try again.", status=400)
    outcome = "The device is not signed in." if user is None else f"The device is signed in as {user.name}."
    return message_page("Done", outcome, "This window can be closed.")
