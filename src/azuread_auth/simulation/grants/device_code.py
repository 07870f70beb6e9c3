"""Tokens for a sign-in on another device (RFC 8628 3.4)."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.grants.user_checks import check_user
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in
from azuread_auth.simulation.sign_in.accounts import account_tenant, check_account

__all__ = ["device_code"]


def device_code(request: TokenRequest) -> HttpResponse:
    """The answer once the user has signed in. Raises Refused, with what to do, before."""
    request.client.check_proved_if_confidential()
    state = request.state
    with state.lock:
        device = state.devices.ask(
            required(request.form, "device_code"),
            request.client.app.client_id,
            request.authority.issuer_tenant,
            now=request.now,
        )
        user = state.people.newest(state.people.find(device.approved_by))
    scopes = scopes_in(device.scope, takes_first_resource=True)
    claims = claims_in(request.form.get("claims"))
    has_mfa = device.has_mfa or state.policies.is_proof(claims)
    check_account(user, request.authority, state.tenant_id)
    tenant_id = account_tenant(user, request.authority, state.tenant_id)
    check_user(request, user, tenant_id, scopes, has_mfa=has_mfa, contexts=claims.authentication_contexts)
    grant = UserGrant(
        user=user,
        tenant_id=tenant_id,
        scopes=scopes,
        claims=claims,
        has_mfa=has_mfa,
    )
    return token_response(user_answer(request, grant))
