"""Which application asks, and whether it proves that (RFC 6749 2.3, RFC 7523 2.2)."""

import base64
from collections.abc import Mapping
from urllib.parse import unquote_plus

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.secret import Secret
from azuread_auth.simulation.app_access import app_at
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.client_assertion import ASSERTION_TYPE, check_assertion
from azuread_auth.simulation.grants.token_request import ProvedClient
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import header_of, required
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["authenticated_client", "claimed_client_id"]


def claimed_client_id(request: HttpRequest, form: Mapping[str, str]) -> str | None:
    """The client id of a request, in the form or in the header."""
    return form.get("client_id") or (_basic(request) or (None, ""))[0]


def authenticated_client(
    request: HttpRequest, form: Mapping[str, str], *, authority: SimulatedAuthority, state: TenantState, now: float
) -> ProvedClient:
    """The application of a request. Raises Refused for an unknown one, and for a proof that is wrong."""
    basic = _basic(request)
    client_id = form.get("client_id") or (basic[0] if basic else required(form, "client_id"))
    app = app_at(authority, client_id, state)
    secret = form.get("client_secret") or (basic[1] if basic else None)
    assertion = form.get("client_assertion")
    if secret is None and assertion is None:
        return ProvedClient(app, "none")
    if secret is not None and (assertion is not None or (basic and "client_secret" in form)):
        raise Refused(90023, detail="The request proves the application in several ways.")
    if app.public and not app.has_credential:
        raise Refused(700025)
    if secret is not None:
        _check_secret(secret, app, is_expired=state.behaviour.secret_has_expired)
        return ProvedClient(app, "secret")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise Refused(900144, detail=f"The client_assertion_type must be '{ASSERTION_TYPE}'.")
    check_assertion(required(form, "client_assertion"), app, authority=authority, state=state, now=now)
    return ProvedClient(app, "assertion")


def _check_secret(secret: str, app: SimulatedApp, *, is_expired: bool) -> None:
    if app.secret is None or Secret(secret) != app.secret:
        raise Refused(7000215)
    if is_expired:
        raise Refused(7000222)


def _basic(request: HttpRequest) -> tuple[str, str] | None:
    """RFC 6749 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, value = (header_of(request, "authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise Refused(7000218, detail="The Authorization header is malformed.") from None
    return unquote_plus(user), unquote_plus(password)
