"""New tokens for a refresh token (RFC 6749 6)."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in

__all__ = ["refresh"]


def refresh(request: TokenRequest) -> HttpResponse:
    """The answer, with another refresh token. Raises Refused."""
    request.client.check_proved_if_confidential()
    text = required(request.form, "refresh_token")
    state = request.state
    claims = claims_in(request.form.get("claims"))
    wanted = scopes_in(request.form.get("scope", "openid profile offline_access"))
    # Whatever is asked for, the next refresh token comes along.
    scopes = wanted if wanted.wants("offline_access") else scopes_in(" ".join((*wanted.asked, "offline_access")))
    with state.lock:
        kept = state.refresh_tokens.peek(text)
        if kept is not None and kept.client_id != request.client.app.client_id:
            raise Refused(70000, suberror="client_mismatch", detail="The refresh token was issued to another client.")
        if kept is not None and kept.is_confidential:
            request.client.check_proved()
        kept = state.refresh_tokens.use(
            text, now=request.now, revokes_on_reuse=state.behaviour.revokes_reused_refresh_tokens
        )
        has_mfa = kept.has_mfa or state.policies.is_proof(claims)
        state.policies.check(scopes, kept.user, has_mfa=has_mfa, contexts=claims.authentication_contexts)
    grant = UserGrant(
        user=kept.user,
        tenant_id=request.tenant_for(kept.tenant_id),
        scopes=scopes,
        claims=claims,
        has_mfa=has_mfa,
        refreshed=kept,
        sid=kept.sid,
    )
    return token_response(user_answer(request, grant))
