"""Tokens of a replay: each is new, has the recorded structure, and is good for nothing.

The header says that it is simulated, the issuer is no provider's, and the signature is random.
"""

import base64
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.outbound_scopes import resource_of
from azuread_auth.ports import Runtime
from azuread_auth.simulation.recordings.labels import SIMULATED_HOST, fake_guid
from azuread_auth.simulation.recordings.recorded_exchange import ClaimKind, KeptClaim, RecordedToken
from azuread_auth.simulation.recordings.token_form import AskedToken

__all__ = ["mock_token"]

_LIFETIME_SECONDS: Final = 3600
_SIGNATURE_BYTES: Final = 256  # that of RS256 with a key of 2048 bits
_BY_KIND: Final[Mapping[ClaimKind, object]] = MappingProxyType(
    {"text": "simulated", "number": 0, "flag": False, "list": ["simulated"], "object": {}}
)
_ADDRESSES: Final = frozenset({"email", "preferred_username", "unique_name", "upn"})
_RANDOM: Final = frozenset({"aio", "jti", "nonce", "rh", "sid", "uti"})


def mock_token(token: RecordedToken, asked: AskedToken, *, lifetime: int | None, runtime: Runtime) -> str:
    """A token that nobody has had before; `lifetime` in seconds where the recorded token does not tell its own."""
    if not token.is_jwt:
        return f"simulated-{runtime.random_bytes(32).hex()}"
    recorded = lifetime if token.lifetime is None else token.lifetime
    claims = _claims(token, asked, runtime) | _times(recorded or _LIFETIME_SECONDS, now=int(runtime.now()))
    header = {"alg": "RS256", "kid": f"simulated-{runtime.random_bytes(8).hex()}", "simulated": True, "typ": "JWT"}
    parts = (_json(header), _json(claims), runtime.random_bytes(_SIGNATURE_BYTES))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _times(lifetime: int, *, now: int) -> dict[str, object]:
    return {"iat": now, "nbf": now, "exp": now + lifetime}


def _claims(token: RecordedToken, asked: AskedToken, runtime: Runtime) -> dict[str, object]:
    kinds: dict[str, ClaimKind] = {"iss": "text", "uti": "text", **token.claims}
    claims = {name: _BY_KIND[kind] for name, kind in kinds.items()} | _identity(kinds, asked)
    claims |= {name: runtime.random_bytes(16).hex() for name in _RANDOM & kinds.keys()}
    if "auth_time" in kinds:
        claims["auth_time"] = int(runtime.now())
    return claims | {name: _plain(value) for name, value in token.kept.items()}


def _plain(value: KeptClaim) -> object:
    return list(value) if isinstance(value, tuple) else value


def _identity(kinds: Mapping[str, ClaimKind], asked: AskedToken) -> dict[str, object]:
    """Who it is about, told by what a recording calls those."""
    key = asked.key
    who = key.user or f"client {key.client}"
    tenant, person, client = fake_guid(f"tenant {key.tenant}"), fake_guid(who), fake_guid(f"client {key.client}")
    resources = [resource for scope in asked.scopes if (resource := resource_of(scope)) is not None]
    named = key.user or key.client
    values: dict[str, object] = {
        "iss": f"https://{SIMULATED_HOST}/{tenant}/v2.0",
        "aud": resources[0] if resources else f"https://{SIMULATED_HOST}",
        "tid": tenant,
        "oid": person,
        "sub": person,
        "azp": client,
        "appid": client,
        "name": f"Simulated {named}",
        **dict.fromkeys(_ADDRESSES, f"{named}@{SIMULATED_HOST}"),
    }
    return {name: value for name, value in values.items() if name in kinds}
