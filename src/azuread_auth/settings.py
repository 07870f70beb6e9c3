"""Everything that can be set, checked once, when it is set."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, Unpack

from azuread_auth._settings.admission import (
    ANY_TENANT,
    AnyTenant,
    TenantRule,
    Tenants,
    allowed_clients_or_none,
    application_id,
    check_tenants,
    client_capabilities,
    scope_prefix_or_none,
    signature_algorithms,
    tenants_or_none,
)
from azuread_auth._settings.authority import (
    AUTHORITY_CHINA,
    AUTHORITY_PUBLIC,
    AUTHORITY_US_GOVERNMENT,
    authority_host,
    authority_url_or_none,
    check_authority,
    tenant_or_none,
)
from azuread_auth._settings.environment import read_environment
from azuread_auth._settings.overrides import SettingOverrides
from azuread_auth._settings.plain import clock_skew, flag, path_or_none, texts, timeout
from azuread_auth._settings.plugged_in import credential_or_none, simulation_or_none, transport_or_none
from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.simulation_mode import Simulation, SimulationFile
from azuread_auth._settings.token_store import check_token_store, encryption_keys, redis_url_or_none
from azuread_auth.credentials.base import Credential
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import InProcessTransport
from azuread_auth.secret import Secret

__all__ = [
    "ANY_TENANT",
    "AUTHORITY_CHINA",
    "AUTHORITY_PUBLIC",
    "AUTHORITY_US_GOVERNMENT",
    "AnyTenant",
    "AzureAdSettings",
    "TenantRule",
    "Tenants",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAdSettings:
    """Which tenant, application and cloud, and whose tokens are welcome. Immutable; equal when all values are.

    Raises ConfigurationError, when built, for any setting that is wrong, missing or contradicts another; the message
    names it and says what to do. Nothing is read, opened or asked for.
    """

    tenant_id: str | None = None
    """A GUID, a verified domain, "common", "organizations" or "consumers"; may be left out beside `authority_url`."""
    client_id: str = ""
    """The app registration that callers ask tokens for and that users sign in to: a GUID."""
    credential: Credential | None = None
    """How the application proves itself to get tokens; None when it only checks those of its callers."""
    authority_host: str = AUTHORITY_PUBLIC
    """The login host of a Microsoft cloud, with or without https://."""
    authority_url: str | None = None
    """The whole authority, for External ID, B2C (policy in the path) and custom domains."""
    audiences: Collection[str] = ()
    """Accepted in `aud` beside the client id and api://{client_id}; compared exactly."""
    tenants: Tenants = field(default=None, hash=False)
    """None: the configured tenant only. GUIDs, ANY_TENANT, or a (sync or async) callable of a tenant's GUID."""
    allowed_clients: Collection[str] | None = None
    """The GUIDs of client applications that may call; None: any."""
    allow_guests: bool = True
    """Whether guests of the tenant are welcome."""
    accept_tokens_without_permissions: bool = False
    """Whether a token with neither scopes nor roles is good. Any application of the tenant gets such tokens for this
    API: with True each route has to say whom it wants."""
    algorithms: Collection[str] = ("RS256", "RS384", "RS512")
    """Signature algorithms, all of one family: RS, PS or ES."""
    clock_skew_seconds: float = 60
    """How far clocks may differ: 0 to 600 seconds."""
    scope_prefix: str | None = None
    """What stands before short scope names; api://{client_id} when left out, which is then what is read here."""
    client_capabilities: Collection[str] = ()
    """("CP1",) turns continuous access evaluation on."""
    cache_enabled: bool = True
    """Whether outbound tokens are cached."""
    redis_url: str | Secret | None = None
    """redis://, rediss:// or unix://, for a token cache of several processes; read as a Secret. Needs keys."""
    encryption_keys: Collection[str | bytes | Secret] = ()
    """Keys of 32 bytes, oldest first, as `azuread-auth key` prints them; read as Secrets. Need `redis_url`."""
    ca_bundle: str | Path | None = None
    """A file of private CA certificates in PEM form. Certificate checks cannot be turned off."""
    allow_loopback_http: bool = False
    """Whether the authority may be http:// on this machine, for the simulated tenant."""
    timeout_seconds: float = 10.0
    """How long one request to the provider may take: above 0, at most 120 seconds."""
    simulation: Simulation | SimulationFile | None = field(default=None, hash=False)
    """Recording(path) or Replay(path) of outbound token requests; it never changes whose tokens are welcome."""
    transport: InProcessTransport | None = field(default=None, repr=False, compare=False)
    """Stands in for the network; set by the simulated tenant alone."""

    def __post_init__(self) -> None:
        for setting, check in _CHECKS.items():
            object.__setattr__(self, setting, check(getattr(self, setting), setting))
        check_authority(
            tenant_id=self.tenant_id,
            host=self.authority_host,
            url=self.authority_url,
            allow_loopback_http=self.allow_loopback_http,
            has_transport=self.transport is not None,
        )
        check_tenants(self.tenants, tenant_id=self.tenant_id, has_authority_url=self.authority_url is not None)
        check_token_store(has_redis=self.redis_url is not None, has_keys=bool(self.encryption_keys))
        if self.scope_prefix is None:
            object.__setattr__(self, "scope_prefix", f"api://{self.client_id}")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Unpack[SettingOverrides]) -> Self:
        """Settings from environment variables, the process's own when `environ` is None; what code gives wins.

        Each field is AZURE_AD_<FIELD>, which wins over AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_AUTHORITY_HOST.
        An empty variable is an absent one, lists are separated by commas, booleans are true, false, 1 or 0. The
        credential is that of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE or
        AZURE_USE_MANAGED_IDENTITY; AZURE_AD_CREDENTIAL chooses when several are there.
        Raises ConfigurationError naming the variable that is wrong, missing or contradicts another.
        """
        found = read_environment(os.environ if environ is None else environ, overrides)
        try:
            return cls(**found.values)
        except SettingRefused as refused:
            raise ConfigurationError(refused.told_by(found.names)) from None

    @property
    def accepted_audiences(self) -> frozenset[str]:
        """All that `aud` may be: the client id, api://{client_id} and `audiences`."""
        return frozenset({self.client_id, f"api://{self.client_id}", *self.audiences})

    @property
    def scope_prefixes(self) -> frozenset[str]:
        """All that may stand before a short scope name: `scope_prefix` and the accepted audiences."""
        own = frozenset() if self.scope_prefix is None else frozenset({self.scope_prefix})
        return own | self.accepted_audiences

    @property
    def is_multi_tenant(self) -> bool:
        """Whether tokens of other tenants than the configured one may be welcome."""
        return self.tenants is not None


_CHECKS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "tenant_id": tenant_or_none,
    "client_id": application_id,
    "credential": credential_or_none,
    "authority_host": authority_host,
    "authority_url": authority_url_or_none,
    "audiences": texts,
    "tenants": tenants_or_none,
    "allowed_clients": allowed_clients_or_none,
    "allow_guests": flag,
    "accept_tokens_without_permissions": flag,
    "algorithms": signature_algorithms,
    "clock_skew_seconds": clock_skew,
    "scope_prefix": scope_prefix_or_none,
    "client_capabilities": client_capabilities,
    "cache_enabled": flag,
    "redis_url": redis_url_or_none,
    "encryption_keys": encryption_keys,
    "ca_bundle": path_or_none,
    "allow_loopback_http": flag,
    "timeout_seconds": timeout,
    "simulation": simulation_or_none,
    "transport": transport_or_none,
}
