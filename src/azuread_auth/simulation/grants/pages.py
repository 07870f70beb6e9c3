"""Pages that redeem codes themselves: what tells them from servers, and who may read the answer."""

from dataclasses import replace

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.grants.client_authentication import claimed_client_id
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import form_of, header_of
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["check_redeemer", "readable_by_pages"]


def check_redeemer(request: HttpRequest, *, is_spa: bool) -> None:
    """Raise Refused unless the code or refresh token of a page comes from one, and that of a server does not."""
    is_page = header_of(request, "origin") is not None
    if is_page != is_spa:
        raise Refused(9002327 if is_spa else 9002326)


def readable_by_pages(request: HttpRequest, response: HttpResponse, state: TenantState) -> HttpResponse:
    """The answer; any page may read it where the application has pages that redeem codes (Fetch 3.2)."""
    if header_of(request, "origin") is None:
        return response
    try:
        client_id = claimed_client_id(request, form_of(request)) or ""
    except Refused:
        return response
    app = state.apps.find(client_id)
    if app is None or not app.spa_redirect_uris:
        return response
    return replace(response, headers={**response.headers, "access-control-allow-origin": "*"})
