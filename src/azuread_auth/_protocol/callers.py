"""Who calls, and whether such callers are welcome: users and applications, members and guests."""

from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.claim_reading import Claims, claim_text, refuse_claim
from azuread_auth._protocol.claims import CallerKind
from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth._protocol.names import NameSets
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = ["check_caller", "check_client", "check_guest", "object_id"]


def check_caller(
    claims: Claims, names: NameSets, policy: ClaimPolicy
) -> tuple[CallerKind, str | None, frozenset[str], frozenset[str]]:
    """What kind of caller it is, by which client, with which scopes and roles; some of these there must be."""
    scopes = names.of_scopes(claim_text(claims, "scp"))
    roles = names.of_roles(claims.get("roles", ()))
    kind = _caller_kind(claims, scopes, policy)
    client_id = _client_id(claims)
    _check_permissions(kind, client_id, scopes, roles, policy)
    # Scopes are what a user delegated: where there is no user they mean nothing.
    return kind, client_id, scopes if kind == "user" else frozenset(), roles


def check_client(client_id: str | None, policy: ClaimPolicy) -> None:
    if policy.allowed_clients is not None and client_id not in policy.allowed_clients:
        raise TokenRejected(RejectionReason.CLIENT_NOT_ALLOWED)


def check_guest(claims: Claims, kind: CallerKind, tenant_id: str, policy: ClaimPolicy) -> bool:
    is_guest = kind == "user" and _is_guest(claims, tenant_id, policy)
    if is_guest and not policy.allow_guests:
        raise TokenRejected(RejectionReason.GUEST_NOT_ALLOWED)
    return is_guest


def _caller_kind(claims: Claims, scopes: frozenset[str], policy: ClaimPolicy) -> CallerKind:
    """A user or an application. `idtyp` says so where the API asked for it in its manifest; else what else is there.

    An application's token has no scopes and its own object id as subject. Under B2C users have that subject too.
    """
    idtyp = claims.get("idtyp")
    if idtyp is None:
        subject = claims.get("sub")
        is_own_subject = policy.b2c_policy is None and subject is not None and subject == claims.get("oid")
        return "app" if is_own_subject and not scopes else "user"
    if idtyp == "app":
        return "app"
    if idtyp == "user":
        return "user"
    raise TokenRejected(RejectionReason.UNSUPPORTED_CALLER, claim="idtyp")


def _client_id(claims: Claims) -> str | None:
    """The application that asked for the token: `azp` in version 2, `appid` in version 1."""
    return (claim_text(claims, "azp") or claim_text(claims, "appid")).lower() or None


def _check_permissions(
    kind: CallerKind, client_id: str | None, scopes: frozenset[str], roles: frozenset[str], policy: ClaimPolicy
) -> None:
    if kind == "user" and scopes:
        return
    if client_id is None or (kind == "user" and roles):
        # A user's access token always has scopes, and every access token names its client: an ID token does neither.
        raise TokenRejected(RejectionReason.ID_TOKEN)
    if not (roles or policy.accept_tokens_without_permissions):
        raise TokenRejected(RejectionReason.NO_PERMISSIONS)


def _is_guest(claims: Claims, tenant_id: str, policy: ClaimPolicy) -> bool:
    """`acct` is 1 for guests; where the API did not ask for it, the identity provider of a guest is not the tenant.

    B2C has customers and no guests: there `idp` says with which of their accounts they signed in.
    """
    acct = claims.get("acct")
    if acct is not None:
        return acct not in (0, "0")
    if "idp" not in claims or policy.b2c_policy is not None:
        return False
    own = {claims["iss"], *(f"https://{cloud.v1_issuer_host}/{tenant_id}/" for cloud in CLOUDS)}
    return claim_text(claims, "idp") not in own


def object_id(claims: Claims) -> str:
    claim_text(claims, "jti")  # RFC 7519 4.1.7; none of Entra's, but one of another type is no JWT
    subject = claim_text(claims, "sub")
    object_id = claim_text(claims, "oid") or subject
    if not object_id:
        refuse_claim("oid")
    return object_id
