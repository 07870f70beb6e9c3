"""Tokens of others that prove an application, because its registration says so."""

from azuread_auth.simulation.apps import FederatedCredential, SimulatedApp
from azuread_auth.simulation.grants.signed_token import PresentedToken
from azuread_auth.simulation.keys import SimulatedKey, throwaway_key
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["check_federated", "external_key", "own_issuers"]

_EXTERNAL_SLOT = -1
_SKEW_SECONDS = 300.0


def external_key() -> SimulatedKey:
    """What the simulated external issuer signs with."""
    return throwaway_key(_EXTERNAL_SLOT)


def own_issuers(state: TenantState) -> frozenset[str]:
    """The issuers of this tenant's own tokens, in both versions."""
    return frozenset({f"{state.origin}/{state.tenant_id}/v2.0", f"{state.origin}/{state.tenant_id}/"})


def check_federated(token: PresentedToken, app: SimulatedApp, *, state: TenantState, now: float) -> None:
    """Raise Refused unless a federated credential of the application fits the token, and the token is good."""
    own = own_issuers(state)
    issuer = token.text("iss")
    # Issuer, audience, subject: a configuration is mended by the first that differs.
    fitting = [each for each in app.federated if issuer == each.issuer or (each.issuer is None and issuer in own)]
    _check_some(fitting, 700211)
    fitting = [each for each in fitting if token.text("aud") == each.audience]
    _check_some(fitting, 700212)
    fitting = [each for each in fitting if token.text("sub") == each.subject]
    _check_some(fitting, 700213)
    _check_token(token, state, is_own=issuer in own, now=now)


def _check_some(fitting: list[FederatedCredential], aadsts: int) -> None:
    if not fitting:
        raise Refused(aadsts)


def _check_token(token: PresentedToken, state: TenantState, *, is_own: bool, now: float) -> None:
    with state.lock:
        keys = [each.key for each in state.keys.published() if each.binding == "any-tenant"] if is_own else []
    if not is_own and token.text("iss") in state.external_issuers:
        keys = [external_key()]
    if not any(token.is_signed_by(key.private_key.public_key(), algorithms=("RS256",)) for key in keys):
        raise Refused(700027)
    if is_own and token.text("idtyp") != "app":
        raise Refused(700229)
    expires_at, valid_from = token.number("exp"), token.number("nbf") or 0.0
    if expires_at is None or expires_at <= now - _SKEW_SECONDS or valid_from > now + _SKEW_SECONDS:
        raise Refused(700024)
