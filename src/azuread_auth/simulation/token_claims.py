"""The claims of Entra's access tokens (Microsoft, "Access token claims reference")."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from azuread_auth.simulation.directory import CLOUD, SimulatedAuthority
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.people import MOST_GROUPS
from azuread_auth.simulation.revocations import new_uti
from azuread_auth.simulation.token_order import TokenOrder
from azuread_auth.simulation.users import SimulatedUser, find_user

__all__ = ["Issuing", "access_token_claims", "id_token_claims"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """The circumstances of a token: who issues it, of which tenant, for which API, when."""

    authority: SimulatedAuthority
    tenant_id: str
    api_client_id: str
    now: float
    serial: int = 0
    """How many tokens the tenant issued before."""
    most_groups: int = MOST_GROUPS
    """How many groups the token lists."""

    def issuer(self, order: TokenOrder) -> str:
        """`iss` of the ordered token."""
        return self.authority.issuer(order.version, tenant_id=self.tenant_id)


def access_token_claims(order: TokenOrder, issuing: Issuing) -> dict[str, object]:
    """The claims of the ordered token, before its own `claims` and fault are put in."""
    if order.kind == "app":
        return _every_token(order, issuing) | _application(order, issuing)
    user = find_user(order.user).at(issuing.tenant_id)
    if issuing.authority.policy is not None:
        return _every_token(order, issuing) | _b2c_user(order, issuing, user)
    of_version = _user_of_version_2(user) if order.version == 2 else _user_of_version_1(user)
    return _every_token(order, issuing) | _user(order, issuing, user) | of_version


def id_token_claims(user: SimulatedUser, issuing: Issuing, *, nonce: str | None) -> dict[str, object]:
    """The claims of an ID token for the application whose client id `issuing` has (Microsoft, "ID token claims")."""
    order = TokenOrder(user=user, scopes=(), audience=issuing.api_client_id)
    # An ID token names no client beside its audience, and its groups and roles are the application's.
    left_out = {"azp", "azpacr", "acct"}
    claims = {name: value for name, value in access_token_claims(order, issuing).items() if name not in left_out}
    return claims if nonce is None else claims | {"nonce": nonce}


def _every_token(order: TokenOrder, issuing: Issuing) -> dict[str, object]:
    issued_at = int(issuing.now)
    claims: dict[str, object] = {
        "aud": _audience(order, issuing),
        "iss": issuing.issuer(order),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": int(issuing.now + order.expires_in),
    }
    if issuing.authority.policy is not None:
        return claims | {"azp": order.client, "tfp": issuing.authority.policy, "ver": "1.0"}
    client = "azp" if order.version == 2 else "appid"
    return claims | {
        "aio": secrets.token_urlsafe(48),
        client: order.client,
        f"{client}acr": "1" if order.kind == "app" else "0",
        "rh": f"1.{secrets.token_urlsafe(24)}.",
        "tid": issuing.tenant_id,
        "uti": new_uti(issuing.serial),
        "ver": f"{order.version}.0",
    }


def _audience(order: TokenOrder, issuing: Issuing) -> object:
    if order.audience is not None:
        return order.audience
    has_plain_audience = order.version == 2 or issuing.authority.policy is not None
    return issuing.api_client_id if has_plain_audience else f"api://{issuing.api_client_id}"


def _user(order: TokenOrder, issuing: Issuing, user: SimulatedUser) -> dict[str, object]:
    claims: dict[str, object] = {
        "name": user.name,
        "oid": user.object_id,
        "sub": _pairwise_subject(user.object_id, issuing.api_client_id),
    }
    if order.scope_names:
        claims["scp"] = " ".join(order.scope_names)
    if roles := [*user.roles, *order.role_names]:
        claims["roles"] = list(dict.fromkeys(roles))
    if groups := list(user.groups if order.group_ids is None else order.group_ids):
        claims |= {"groups": groups} if len(groups) <= issuing.most_groups else _overage(issuing, user)
    if user.email is not None:
        claims["email"] = user.email
    if user.home_tenant_id is not None:
        claims |= {"acct": 1, "idp": f"{issuing.authority.origin}/{user.home_tenant_id}/"}
    return claims


def _overage(issuing: Issuing, user: SimulatedUser) -> dict[str, object]:
    """Where the groups can be asked for when there are too many of them ("Groups overage claim")."""
    endpoint = f"https://graph.{CLOUD}/{issuing.tenant_id}/users/{user.object_id}/getMemberObjects"
    return {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": endpoint}}}


def _user_of_version_2(user: SimulatedUser) -> dict[str, object]:
    return {"preferred_username": user.username}


def _user_of_version_1(user: SimulatedUser) -> dict[str, object]:
    given_name, _, family_name = user.name.partition(" ")
    return {
        "acr": "1",
        "amr": ["pwd"],
        "family_name": family_name,
        "given_name": given_name,
        "ipaddr": "192.0.2.1",
        "unique_name": user.username,
        "upn": user.username,
    }


def _b2c_user(order: TokenOrder, issuing: Issuing, user: SimulatedUser) -> dict[str, object]:
    """B2C's tokens have no `tid` and a list of addresses (Microsoft, "Overview of tokens in Azure AD B2C")."""
    claims = _user(order, issuing, user) | {"sub": user.object_id}
    email = claims.pop("email", None)
    return claims | {"emails": [email]} if email is not None else claims


def _application(order: TokenOrder, issuing: Issuing) -> dict[str, object]:
    # An application's object id is its own in each tenant, and its subject too.
    object_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuing.tenant_id}/{order.client}"))
    claims: dict[str, object] = {"idtyp": "app", "oid": object_id, "sub": object_id}
    if order.version == 1:
        claims["idp"] = issuing.issuer(order)
    if order.role_names:
        claims["roles"] = list(order.role_names)
    if order.scope_names:
        claims["scp"] = " ".join(order.scope_names)
    return claims


def _pairwise_subject(object_id: str, api_client_id: str) -> str:
    return base64url(hashlib.sha256(f"{object_id}/{api_client_id}".encode()).digest())
