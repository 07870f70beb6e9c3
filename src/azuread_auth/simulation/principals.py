"""A principal as the application would see it, for tests of what comes after authentication."""

from azuread_auth._protocol.authority import Authority, AuthorityKind, TokenVersion, authority_at, authority_for_tenant
from azuread_auth._protocol.claim_checks import check_claims
from azuread_auth._protocol.claim_policy import ClaimPolicy
from azuread_auth._protocol.http import HttpRequest, json_object
from azuread_auth._protocol.jwk import parse_key_set
from azuread_auth._protocol.jws import parse_compact, verifying_key
from azuread_auth._protocol.metadata import parse_metadata
from azuread_auth._protocol.names import NameSets
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import InProcessTransport
from azuread_auth.principal import Principal

__all__ = ["principal_of", "simulated_authority"]

_ALGORITHMS = ("RS256", "RS384", "RS512")


def simulated_authority(host: str, authority_url: str | None) -> Authority:
    """The authority that judges a minted token: any tenant's, unless it was minted for a B2C or External ID one."""
    return authority_at(authority_url) if authority_url is not None else authority_for_tenant(host, "common")


def principal_of(
    token: str, *, authority: Authority, transport: InProcessTransport, client_id: str, now: float
) -> Principal:
    """The caller that a minted token stands for, found by the same rules as in production.

    Every tenant, client and guest is welcome. Raises TokenRejected for a token that was spoiled on purpose.
    """
    data = token.encode()
    jws = parse_compact(data)
    payload = jws.payload()
    claims = parse_object(payload)
    policy = _lenient_policy(client_id, authority)
    version: TokenVersion = 1 if claims.get("ver") == "1.0" and policy.b2c_policy is None else 2
    document = _document(transport, authority.metadata_url(version), now)
    metadata = parse_metadata(document, authority=authority, version=version)
    keys = parse_key_set(_document(transport, metadata.jwks_uri, now), algorithms=_ALGORITHMS)
    key = verifying_key(jws, keys.candidates(jws.header.kid))
    checked = check_claims(
        claims, payload=payload, key=key, metadata=metadata, policy=policy, names=NameSets(), now=now
    )
    return Principal(checked, data)


def _lenient_policy(client_id: str, authority: Authority) -> ClaimPolicy:
    audiences = frozenset({client_id, f"api://{client_id}"})
    return ClaimPolicy(
        audiences=audiences,
        tenants=None,
        admits_personal_accounts=True,
        allowed_clients=None,
        allow_guests=True,
        accept_tokens_without_permissions=True,
        clock_skew_seconds=60,
        scope_prefixes=audiences,
        b2c_policy=authority.policy if authority.kind is AuthorityKind.B2C else None,
    )


def _document(transport: InProcessTransport, url: str, now: float) -> dict[str, object]:
    response = transport.answer(HttpRequest(url=url)).response
    if response is None:
        message = "the simulated tenant is down, so its keys cannot be read; call come_up() first"
        raise ProviderUnavailable(message)
    return json_object(response, what="document of the simulated tenant", now=now)
