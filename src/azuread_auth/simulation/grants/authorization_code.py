"""Tokens for the code that a sign-in in a browser ended with (RFC 6749 4.1.3, RFC 7636 4.6)."""

import hashlib
import re
from typing import Final

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.apps import is_loopback_redirect
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCode
from azuread_auth.simulation.grants.issuing import UserGrant, token_response, user_answer
from azuread_auth.simulation.grants.pages import check_redeemer
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import RequestedScopes, scopes_in

__all__ = ["authorization_code"]

_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
"""RFC 7636 4.1."""


def authorization_code(request: TokenRequest) -> HttpResponse:
    """The answer. Raises Refused; a code that was presented is spent, whatever else is wrong."""
    text, redirect_uri = required(request.form, "code"), required(request.form, "redirect_uri")
    is_spa = request.client.app.is_spa_redirect(redirect_uri)
    if not is_spa:
        request.client.check_proved_if_confidential()
    state = request.state
    with state.lock:
        code = state.codes.redeem(text, now=request.now)
    _check_code(code, request, redirect_uri)
    claims = code.claims.together_with(claims_in(request.form.get("claims")))
    has_mfa = code.has_mfa or state.policies.is_proof(claims)
    if not has_mfa:
        with state.lock:
            state.policies.check_contexts(claims.authentication_contexts, code.user)
    grant = UserGrant(
        user=code.user,
        tenant_id=code.tenant_id,
        scopes=_scopes(code, request),
        claims=claims,
        has_mfa=has_mfa,
        nonce=code.nonce,
        sid=code.sid,
        is_spa=is_spa,
    )
    return token_response(user_answer(request, grant))


def _scopes(code: AuthorizationCode, request: TokenRequest) -> RequestedScopes:
    """Those of the token request, else all of one resource that the user was asked about."""
    if "scope" in request.form:
        return scopes_in(request.form["scope"])
    return scopes_in(code.scope, takes_first_resource=True)


def _check_code(code: AuthorizationCode, request: TokenRequest, redirect_uri: str) -> None:
    if code.client_id != request.client.app.client_id:
        raise Refused(70000, detail="The authorization code was issued to another client.")
    if code.redirect_uri != redirect_uri:
        raise Refused(50011, error="invalid_grant", detail="The redirect_uri is not that of the authorization request.")
    check_redeemer(request.http, is_spa=request.client.app.is_spa_redirect(redirect_uri))
    if request.tenant_for(code.tenant_id) != code.tenant_id:
        raise Refused(700005)
    _check_verifier(code, request.form.get("code_verifier"))
    # A confidential client may leave its credential out where a native application would receive the code.
    if request.client.proof == "none" and (code.code_challenge is None or not _may_be_public(request, code)):
        raise Refused(7000218)


def _may_be_public(request: TokenRequest, code: AuthorizationCode) -> bool:
    app = request.client.app
    return not app.has_credential or is_loopback_redirect(code.redirect_uri) or app.is_spa_redirect(code.redirect_uri)


def _check_verifier(code: AuthorizationCode, verifier: str | None) -> None:
    if code.code_challenge is None and verifier is None:
        return
    digest = base64url(hashlib.sha256((verifier or "").encode()).digest())
    if digest != code.code_challenge or _VERIFIER.fullmatch(verifier or "") is None:
        raise Refused(501481)
