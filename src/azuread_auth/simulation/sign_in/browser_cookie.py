"""The cookie by which a simulated tenant knows a browser again."""

from dataclasses import replace

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.request_form import header_of
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSession
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["browser_session", "forgetting", "remembering"]


def browser_session(request: HttpRequest, state: TenantState) -> ProviderSession | None:
    """The session of the browser that asks."""
    name = _name(state)
    pairs = (pair.partition("=") for pair in (header_of(request, "cookie") or "").split(";"))
    with state.lock:
        found = (state.sessions.find(value.strip()) for each, _, value in pairs if each.strip() == name)
        return next((session for session in found if session is not None), None)


def remembering(response: HttpResponse, session: ProviderSession, state: TenantState) -> HttpResponse:
    """The response, with the cookie."""
    return _with_cookie(response, session.cookie, "", state)


def forgetting(response: HttpResponse, state: TenantState) -> HttpResponse:
    """The response, taking the cookie away."""
    return _with_cookie(response, "", "; Max-Age=0", state)


def _name(state: TenantState) -> str:
    # Cookies are shared by all ports of a host, so that two tenants on loopback would take each other's away.
    return f"simulated_session_{state.tenant_id.partition('-')[0]}"


def _with_cookie(response: HttpResponse, value: str, more: str, state: TenantState) -> HttpResponse:
    secure = "; Secure" if state.origin.startswith("https://") else ""
    cookie = f"{_name(state)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}"
    return replace(response, headers={**response.headers, "set-cookie": cookie})
