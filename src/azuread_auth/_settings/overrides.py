"""The settings by name, as code gives them to `from_env`."""

from collections.abc import Collection
from pathlib import Path
from typing import TypedDict

from azuread_auth._settings.admission import Tenants
from azuread_auth._settings.simulation_mode import Simulation, SimulationFile
from azuread_auth.credentials.base import Credential
from azuread_auth.ports import InProcessTransport
from azuread_auth.secret import Secret

__all__ = ["SettingOverrides"]


class SettingOverrides(TypedDict, total=False):
    """What code lays down whatever the environment says. The names and types are those of `AzureAdSettings`."""

    tenant_id: str | None
    client_id: str
    credential: Credential | None
    authority_host: str
    authority_url: str | None
    audiences: Collection[str]
    tenants: Tenants
    allowed_clients: Collection[str] | None
    allow_guests: bool
    accept_tokens_without_permissions: bool
    algorithms: Collection[str]
    clock_skew_seconds: float
    scope_prefix: str | None
    client_capabilities: Collection[str]
    cache_enabled: bool
    redis_url: str | Secret | None
    encryption_keys: Collection[str | bytes | Secret]
    ca_bundle: str | Path | None
    allow_loopback_http: bool
    timeout_seconds: float
    simulation: Simulation | SimulationFile | None
    transport: InProcessTransport | None
