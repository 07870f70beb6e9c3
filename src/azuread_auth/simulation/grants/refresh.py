"""New tokens for a refresh token (RFC 6749 6)."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.pages import check_redeemer
from azuread_auth.simulation.grants.refresh_tokens import RefreshGrant
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.grants.user_checks import check_user
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in
from azuread_auth.simulation.sign_in.accounts import check_account

__all__ = ["refresh"]


def refresh(request: TokenRequest) -> HttpResponse:
    """The answer, with another refresh token. Raises Refused."""
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
        _check_client(request, kept)
        kept = state.refresh_tokens.use(
            text, now=request.now, revokes_on_reuse=state.behaviour.revokes_reused_refresh_tokens
        )
        user = state.people.newest(kept.user)
    has_mfa = kept.has_mfa or state.policies.is_proof(claims)
    tenant_id = request.tenant_for(kept.tenant_id)
    if tenant_id != kept.tenant_id:
        check_account(user, request.authority, state.tenant_id)
    check_user(request, user, tenant_id, scopes, has_mfa=has_mfa, contexts=claims.authentication_contexts)
    grant = UserGrant(
        user=user,
        tenant_id=tenant_id,
        scopes=scopes,
        claims=claims,
        has_mfa=has_mfa,
        refreshed=kept,
        sid=kept.sid,
    )
    return token_response(user_answer(request, grant))


def _check_client(request: TokenRequest, kept: RefreshGrant | None) -> None:
    """Raise Refused where the application has to prove itself, and where a page has to ask, or must not."""
    if kept is None:
        request.client.check_proved_if_confidential()
        return
    check_redeemer(request.http, is_spa=kept.spa_ends_at is not None)
    if kept.is_confidential:
        request.client.check_proved()
    elif kept.spa_ends_at is None:
        request.client.check_proved_if_confidential()
