"""Tokens of a simulated tenant, from an order to the text."""

from collections.abc import Mapping

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation.fault_case import Case
from azuread_auth.simulation.faults import spoil
from azuread_auth.simulation.key_ring import KeyRing
from azuread_auth.simulation.keys import SimulatedKey
from azuread_auth.simulation.signing import TokenDraft, merged, sign
from azuread_auth.simulation.token_claims import Issuing, access_token_claims
from azuread_auth.simulation.token_order import TokenOrder

__all__ = ["mint", "sign_claims"]


def mint(order: TokenOrder, *, issuing: Issuing, keys: KeyRing) -> str:
    """The text of the ordered token, its fault put in after everything else. Raises ConfigurationError."""
    draft = _draft(order, issuing, keys)
    if order.fault is None:
        return sign(draft)
    case = Case(
        draft=draft,
        keys=keys,
        now=int(issuing.now),
        origin=issuing.authority.origin,
        tenant_id=issuing.tenant_id,
    )
    return spoil(order.fault, case)


def sign_claims(claims: Mapping[str, object], *, issuing: Issuing, keys: KeyRing) -> str:
    """The text of a token of this issuer that says just that."""
    key = _key(issuing, keys)
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return sign(TokenDraft(header=header, claims=claims, key=key))


def _key(issuing: Issuing, keys: KeyRing) -> SimulatedKey:
    # Entra signs the tokens of personal accounts with keys that are published for that tenant alone.
    return keys.personal_accounts if issuing.tenant_id == PERSONAL_TENANT else keys.signing


def _draft(order: TokenOrder, issuing: Issuing, keys: KeyRing) -> TokenDraft:
    key = _key(issuing, keys)
    header: dict[str, object] = {"typ": "JWT", "alg": order.algorithm}
    if order.version == 1 and issuing.authority.policy is None:
        header["x5t"] = key.kid
    claims = merged(access_token_claims(order, issuing), order.claims or {})
    return TokenDraft(header=header | {"kid": key.kid}, claims=claims, key=key, algorithm=order.algorithm)
