"""Token answers (RFC 6749 5.1), as Entra gives them."""

import json
import uuid
from dataclasses import dataclass, replace

from azuread_auth._protocol.authority import TokenVersion
from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.app_access import checked_scopes, granted_roles, is_graph_resource
from azuread_auth.simulation.claims_request import RequestedClaims
from azuread_auth.simulation.grants.refresh_tokens import SPA_LIFETIME_SECONDS, RefreshGrant
from azuread_auth.simulation.grants.token_request import TokenRequest
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.minting import mint, sign_claims
from azuread_auth.simulation.refusals import NO_STORE
from azuread_auth.simulation.requested_scopes import RequestedScopes
from azuread_auth.simulation.signing import json_bytes
from azuread_auth.simulation.token_claims import Issuing, id_token_claims
from azuread_auth.simulation.token_order import TokenOrder
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["UserGrant", "app_answer", "token_response", "user_answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGrant:
    """For whom tokens are issued, and what they are to say."""

    user: SimulatedUser
    tenant_id: str
    scopes: RequestedScopes
    claims: RequestedClaims
    has_mfa: bool = False
    nonce: str | None = None
    sid: str | None = None
    """The session of the browser; None where the user is at none."""
    is_spa: bool = False
    """Whether a page redeems the code itself."""
    refreshed: RefreshGrant | None = None
    """What a refresh token stood for, whose family goes on."""


def token_response(document: dict[str, object]) -> HttpResponse:
    """The answer that carries tokens."""
    headers = {**NO_STORE, "content-type": "application/json; charset=utf-8", "x-ms-ests-server": "simulated"}
    return HttpResponse(status=200, headers=headers, body=json.dumps(document).encode())


def app_answer(request: TokenRequest, scopes: RequestedScopes, claims: RequestedClaims) -> dict[str, object]:
    """The answer for the application itself."""
    checked_scopes(scopes, request.client.app, request.state)
    version = _version(request, scopes.resource)
    order = TokenOrder(
        kind="app",
        version=version,
        roles=granted_roles(request.client.app, scopes.resource, request.state),
        client=request.client.app.client_id,
        audience=_audience(request, scopes.resource),
        expires_in=_lifetime(request, scopes, claims),
        claims=claims.token_claims() | _client_claims(request, version),
    )
    tenant_id = request.tenant_for(request.state.tenant_id)
    return _life(request, order) | {"access_token": _minted(request, order, tenant_id, scopes.resource)}


def user_answer(request: TokenRequest, grant: UserGrant) -> dict[str, object]:
    """The answer for a user."""
    scopes = checked_scopes(grant.scopes, request.client.app, request.state)
    version = _version(request, scopes.resource)
    order = TokenOrder(
        user=grant.user,
        version=version,
        scopes=scopes.granted_names or ("User.Read",),
        client=request.client.app.client_id,
        audience=_audience(request, scopes.resource),
        expires_in=_lifetime(request, scopes, grant.claims),
        claims=grant.claims.token_claims()
        | _client_claims(request, version)
        | ({"amr": ["pwd", "mfa"]} if grant.has_mfa else {}),
    )
    token = _minted(request, order, grant.tenant_id, scopes.resource)
    document = _life(request, order) | {"scope": scopes.granted, "access_token": token}
    if grant.scopes.wants("offline_access"):
        document["refresh_token"] = _refresh_token(request, grant)
    if grant.scopes.wants("openid"):
        document["id_token"] = _id_token(request, grant)
    if request.form.get("client_info") == "1":
        home = grant.user.home_tenant_id or grant.tenant_id
        document["client_info"] = base64url(json_bytes({"uid": grant.user.object_id, "utid": home}))
    return document


def _version(request: TokenRequest, resource: str) -> TokenVersion:
    """The version of access tokens is the API's matter."""
    api = request.state.apps.of_resource(resource)
    return 2 if api is None or request.authority.policy is not None else api.access_token_version or 2


def _client_claims(request: TokenRequest, version: TokenVersion) -> dict[str, object]:
    """How the application proved itself, which B2C's tokens do not tell."""
    if request.authority.policy is not None:
        return {}
    return {"azpacr" if version == 2 else "appidacr": request.client.acr}


def _lifetime(request: TokenRequest, scopes: RequestedScopes, claims: RequestedClaims) -> float:
    """Graph's tokens live long where they can be taken back by a claims challenge."""
    behaviour = request.state.behaviour
    is_evaluated = is_graph_resource(scopes.resource, request.state) and claims.can_answer_challenges
    return behaviour.cae_token_lifetime_seconds if is_evaluated else behaviour.token_lifetime_seconds


def _life(request: TokenRequest, order: TokenOrder) -> dict[str, object]:
    behaviour = request.state.behaviour
    seconds = int(order.expires_in) - 1
    document: dict[str, object] = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds}
    if behaviour.refresh_in_seconds is not None:
        document["refresh_in"] = behaviour.refresh_in_seconds
    return document


def _audience(request: TokenRequest, resource: str) -> str:
    """The API by its client id, or in the first version as the request names it."""
    api = request.state.apps.of_resource(resource)
    return resource if api is None or _version(request, resource) == 1 else api.client_id


def _issuing(request: TokenRequest, tenant_id: str, resource: str) -> Issuing:
    return request.state.issuing(request.authority, tenant_id=tenant_id, audience=resource)


def _minted(request: TokenRequest, order: TokenOrder, tenant_id: str, resource: str) -> str:
    issuing = _issuing(request, tenant_id, str(order.audience or resource))
    return mint(order, issuing=issuing, keys=request.state.keys)


def _id_token(request: TokenRequest, grant: UserGrant) -> str:
    client_id = request.client.app.client_id
    issuing = _issuing(request, grant.tenant_id, client_id)
    claims = id_token_claims(grant.user, issuing, nonce=grant.nonce)
    claims |= grant.claims.id_token_claims(has_mfa=grant.has_mfa)
    claims |= {"login_hint": grant.user.login_hint, "sid": grant.sid or str(uuid.uuid4())}
    return sign_claims(claims, issuing=issuing, keys=request.state.keys)


def _refresh_token(request: TokenRequest, grant: UserGrant) -> str:
    state = request.state
    if grant.refreshed is not None:
        kept = replace(grant.refreshed, has_mfa=grant.has_mfa)
    else:
        kept = RefreshGrant(
            user=grant.user,
            client_id=request.client.app.client_id,
            tenant_id=grant.tenant_id,
            is_confidential=request.client.proof != "none",
            has_mfa=grant.has_mfa,
            sid=grant.sid,
            spa_ends_at=request.now + SPA_LIFETIME_SECONDS if grant.is_spa else None,
        )
    with state.lock:
        return state.refresh_tokens.issue(kept, now=request.now)
