"""What a user must have done before a grant that no page belongs to is given: what a page would have asked."""

from collections.abc import Iterable

from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.requested_scopes import RequestedScopes
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["check_user"]


def check_user(
    request: TokenRequest,
    user: SimulatedUser,
    tenant_id: str,
    scopes: RequestedScopes,
    *,
    has_mfa: bool,
    contexts: Iterable[str],
) -> None:
    """Raise Refused for a user who is blocked, has not consented to the application, or has more to prove."""
    if user.is_blocked:
        raise Refused(50057)
    policies, client_id = request.state.policies, request.client.app.client_id
    with request.state.lock:
        if user.needs_consent and not policies.has_consented(user, tenant_id, client_id):
            raise Refused(65001)
        policies.check(scopes, user, has_mfa=has_mfa, contexts=contexts)
