"""Tokens for a sign-in on another device (RFC 8628 3.4)."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in

__all__ = ["device_code"]


def device_code(request: TokenRequest) -> HttpResponse:
    """The answer once the user has signed in. Raises Refused, with what to do, before."""
    request.client.check_proved_if_confidential()
    state = request.state
    with state.lock:
        device = state.devices.ask(required(request.form, "device_code"), request.client.app.client_id, now=request.now)
    user = state.people.find(device.approved_by)
    claims = claims_in(request.form.get("claims"))
    grant = UserGrant(
        user=user,
        tenant_id=request.tenant_for(device.tenant_id or user.tenant_id or state.tenant_id),
        scopes=scopes_in(device.scope, takes_first_resource=True),
        claims=claims,
        has_mfa=state.policies.is_proof(claims),
    )
    return token_response(user_answer(request, grant))
