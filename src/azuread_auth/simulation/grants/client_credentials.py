"""Tokens for the application itself (RFC 6749 4.4)."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.app_access import check_principal
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.grants.issuing import app_answer, token_response
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import scopes_in

__all__ = ["client_credentials"]


def client_credentials(request: TokenRequest) -> HttpResponse:
    """The answer, without a refresh token. Raises Refused."""
    request.client.check_proved()
    if request.is_shared:
        raise Refused(9001023)
    check_principal(request.client.app, request.authority, request.state)
    text = required(request.form, "scope")
    names = text.split()
    if not all(name.endswith("/.default") for name in names) or len(names) != 1:
        raise Refused(1002012)
    return token_response(app_answer(request, scopes_in(text), claims_in(request.form.get("claims"))))
