"""Signing in on another device: the first request, and the page for the code (RFC 8628 3.1 and 3.3)."""

import json
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.app_access import app_at, checked_scopes
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.device_codes import DeviceCode
from azuread_auth.simulation.refusals import NO_STORE, Refused
from azuread_auth.simulation.request_form import form_of, header_of, query_of, required
from azuread_auth.simulation.requested_scopes import scopes_by_resource, scopes_in
from azuread_auth.simulation.sign_in.accounts import check_account
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
        authority=authority,
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
    """The user signs in on the device and says yes to all that is asked, or says no to everything.

    Raises ConfigurationError for an unknown code, and Refused for an account that cannot sign in there.
    """
    if user is not None:
        device = state.devices.waiting(user_code, now=state.now())
        check_account(user, device.authority, state.tenant_id)
        scopes = scopes_in(device.scope, takes_first_resource=True)
        device.has_mfa = user.needs_mfa or state.policies.needs_mfa(scopes, user)
        for each in (scopes, *scopes_by_resource(device.scope)):
            state.policies.accept(user, device.client_id, each)
    state.devices.decide(user_code, user, now=state.now())


def device_page_answer(request: HttpRequest, _: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """The page where the user enters the code, and what comes of it."""
    if request.method == "POST" and _is_from_another_page(request):
        return message_page("Enter code", "The form of another page is not taken.", status=403)
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


def _is_from_another_page(request: HttpRequest) -> bool:
    """Whether a browser says that the form is no form of this page: it would sign somebody in who did not ask for it.

    Only old browsers say no more than the origin.
    """
    site, origin = header_of(request, "sec-fetch-site"), header_of(request, "origin")
    if site is not None or origin is None:
        return site not in (None, "same-origin", "none")
    parts = urlsplit(request.url)
    return origin.lower() != f"{parts.scheme}://{header_of(request, 'host') or parts.netloc}".lower()
