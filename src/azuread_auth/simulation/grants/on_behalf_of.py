"""Tokens for the user who called an API, so that it can call the next one (RFC 7523 2.1)."""

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.signed_token import PresentedToken, presented_token
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.grants.user_checks import check_user
from azuread_auth.simulation.own_tokens import has_own_signature, is_in_time
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in

__all__ = ["on_behalf_of"]


def on_behalf_of(request: TokenRequest) -> HttpResponse:
    """The answer. Raises Refused."""
    request.client.check_proved()
    if required(request.form, "requested_token_use") != "on_behalf_of":
        raise Refused(90023, detail="The requested_token_use is not 'on_behalf_of'.")
    token = presented_token(required(request.form, "assertion"))
    if token is None:
        raise Refused(50027)
    _check_kind(token)
    _check_signature(token, request)
    _check_claims(token, request)
    scopes = scopes_in(required(request.form, "scope"))
    claims = claims_in(request.form.get("claims"))
    state = request.state
    user, tenant_id = state.people.in_claims(token.claims), _tenant(token, request)
    has_mfa = state.policies.is_proof(claims) or _has_mfa(token)
    met = token.claims.get("acrs")
    contexts = [each for each in claims.authentication_contexts if not (isinstance(met, list) and each in met)]
    check_user(request, user, tenant_id, scopes, has_mfa=has_mfa, contexts=contexts)
    grant = UserGrant(user=user, tenant_id=tenant_id, scopes=scopes, claims=claims, has_mfa=has_mfa)
    return token_response(user_answer(request, grant))


def _check_kind(token: PresentedToken) -> None:
    if token.text("idtyp") == "app":
        raise Refused(7000114)
    if token.text("azp") is None and token.text("appid") is None:
        raise Refused(240002)


def _check_signature(token: PresentedToken, request: TokenRequest) -> None:
    if not has_own_signature(token, request.state):
        raise Refused(50013)


def _check_claims(token: PresentedToken, request: TokenRequest) -> None:
    issuers = {request.authority.issuer(version, tenant_id=_tenant(token, request)) for version in (1, 2)}
    if token.text("iss") not in issuers:
        raise Refused(50013)
    app = request.client.app
    if token.text("aud") not in (app.client_id, f"api://{app.client_id}", *app.identifier_uris):
        raise Refused(500131)
    if not is_in_time(token, request.now):
        raise Refused(500133)
    with request.state.lock:
        if request.state.revocations.has_ended(token.claims):
            raise Refused(50173)


def _tenant(token: PresentedToken, request: TokenRequest) -> str:
    """A token of another tenant than the endpoint's fails by its issuer."""
    own = request.authority.issuer_tenant
    return (token.text("tid") or "") if own == TENANT_TEMPLATE else own


def _has_mfa(token: PresentedToken) -> bool:
    methods = token.claims.get("amr")
    return isinstance(methods, list) and "mfa" in methods
