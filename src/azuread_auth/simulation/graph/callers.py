"""Who calls Microsoft Graph, and what they may."""

import base64
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, NoReturn

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation.directory import CLOUD, origin_of
from azuread_auth.simulation.grants.signed_token import PresentedToken, presented_token
from azuread_auth.simulation.graph.errors import GRAPH_APP, GraphRefused, unauthenticated
from azuread_auth.simulation.own_tokens import has_own_signature, is_in_time
from azuread_auth.simulation.request_form import header_of
from azuread_auth.simulation.requested_scopes import GRAPH
from azuread_auth.simulation.signing import json_bytes
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["GraphCaller", "graph_caller"]

_CLIENT_THAT_ANSWERS_CHALLENGES: Final = "cp1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCaller:
    """Whose token it was, after everything about it was checked."""

    tenant_id: str
    user: SimulatedUser | None
    """None: the application itself."""
    permissions: frozenset[str] = field(default=frozenset())

    def check_permission(self, wanted: AbstractSet[str]) -> None:
        """Raise GraphRefused unless the token has one of them."""
        if not self.permissions & wanted:
            raise GraphRefused(403, "Insufficient privileges to complete the operation.")


def graph_caller(request: HttpRequest, state: TenantState) -> GraphCaller:
    """The caller. Raises GraphRefused."""
    scheme, _, text = (header_of(request, "authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        _refuse("The access token is empty.", state)
    token = presented_token(text.strip())
    if token is None:
        _refuse("The access token is no signed token in compact form.", state)
    _check(token, state)
    is_app = token.text("idtyp") == "app"
    permissions = _texts(token.claims.get("roles")) if is_app else (token.text("scp") or "").split()
    return GraphCaller(
        tenant_id=token.text("tid") or "",
        user=None if is_app else _user(token, state),
        permissions=frozenset(permissions),
    )


def _check(token: PresentedToken, state: TenantState) -> None:
    tenant = token.text("tid")
    issuer = token.text("iss") or ""
    origin = origin_of(issuer)
    if not has_own_signature(token, state):
        _refuse("The signature of the access token is not valid.", state)
    if not state.is_own(origin) or issuer not in (f"{origin}/{tenant}/v2.0", f"{origin}/{tenant}/"):
        _refuse("The issuer of the access token is not valid.", state)
    if (token.text("aud") or "").rstrip("/") not in _audiences(state):
        _refuse("The audience of the access token is not valid.", state)
    if not is_in_time(token, state.now()):
        _refuse("The lifetime of the access token is not valid: it is expired, or does not count yet.", state)
    _check_freshness(token, state)


def _audiences(state: TenantState) -> frozenset[str]:
    return frozenset({GRAPH, GRAPH_APP, f"https://graph.{CLOUD}", state.origin})


def _check_freshness(token: PresentedToken, state: TenantState) -> None:
    """Clients that cannot answer challenges keep their tokens until these expire, as with Entra."""
    with state.lock:
        since = state.revocations.challenge_for(token.claims)
    if since is None or _CLIENT_THAT_ANSWERS_CHALLENGES not in map(str.lower, _texts(token.claims.get("xms_cc"))):
        return
    claims = json_bytes({"access_token": {"nbf": {"essential": True, "value": str(int(since))}}})
    text = "Continuous access evaluation asks for a newer token: this one is from before its revocation."
    raise unauthenticated(text, authority_host=state.origin, claims=base64.b64encode(claims).decode())


def _user(token: PresentedToken, state: TenantState) -> SimulatedUser:
    with state.lock:
        user = state.people.in_claims(token.claims)
    if user.is_blocked:
        _refuse("The account of the user is disabled.", state)
    return user.at(token.text("tid") or "")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _refuse(text: str, state: TenantState) -> NoReturn:
    raise unauthenticated(text, authority_host=state.origin)
