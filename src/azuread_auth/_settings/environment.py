"""Settings from environment variables, and the name under which each was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from azuread_auth._settings.admission import ANY_TENANT, AnyTenant
from azuread_auth._settings.credential_choice import chosen_credential
from azuread_auth._settings.misspellings import warn_of_misspellings
from azuread_auth._settings.simulation_mode import simulation_in
from azuread_auth._settings.variables import Variables

__all__ = ["EnvironmentSettings", "read_environment"]

_OWN_PREFIX: Final = "AZURE_AD_"
_SHARED_NAMES: Final = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "authority_host": "AZURE_AUTHORITY_HOST",
}
"""Variables that other Azure tools set and read."""
_OTHER_OWN_NAMES: Final = (
    *("CREDENTIAL", "SIMULATION_MODE", "SIMULATION_FILE"),
    # Those of WebLogin.
    *("BASE_URL", "LOGIN_PATH", "CALLBACK_PATH", "LOGOUT_PATH", "SIGNED_OUT_PATH", "FRONTCHANNEL_LOGOUT_PATH"),
    *("ME_PATH", "ADMIN_CONSENT_PATH", "SCOPES", "SESSION_SCOPES", "RESPONSE_MODE", "COOKIE_KEYS", "SESSION_STORE"),
    *("SESSION_IDLE_SECONDS", "SESSION_LIFETIME_SECONDS", "AFTER_LOGIN", "AFTER_LOGOUT", "TRUSTED_ORIGINS"),
)


def _tenants(variables: Variables, name: str) -> AnyTenant | tuple[str, ...] | None:
    items = variables.items(name)
    return ANY_TENANT if items is not None and [item.lower() for item in items] == ["any"] else items


_READERS: Final[Mapping[str, Callable[[Variables, str], object]]] = {
    "tenant_id": Variables.text,
    "client_id": Variables.text,
    "authority_host": Variables.text,
    "authority_url": Variables.text,
    "audiences": Variables.items,
    "tenants": _tenants,
    "allowed_clients": Variables.items,
    "allow_guests": Variables.flag,
    "accept_tokens_without_permissions": Variables.flag,
    "algorithms": Variables.items,
    "clock_skew_seconds": Variables.number,
    "scope_prefix": Variables.text,
    "client_capabilities": Variables.items,
    "cache_enabled": Variables.flag,
    "redis_url": Variables.text,
    "encryption_keys": Variables.items,
    "ca_bundle": Variables.text,
    "allow_loopback_http": Variables.flag,
    "timeout_seconds": Variables.number,
}


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """Values by setting, and what to call each setting in a message."""

    # Any: what a variable holds is text from outside; the settings' own checks narrow it.
    values: dict[str, Any] = field(repr=False)
    names: Mapping[str, str]


def read_environment(environ: Mapping[str, str], overrides: Mapping[str, object]) -> EnvironmentSettings:
    """What the environment says, with the overrides in its place where there are any.

    Raises ConfigurationError naming the variable that cannot be read.
    """
    known = {f"{_OWN_PREFIX}{name}" for name in (*map(str.upper, _READERS), *_OTHER_OWN_NAMES)}
    warn_of_misspellings([name for name, value in environ.items() if value], prefix=_OWN_PREFIX, known=known)
    variables = Variables(environ)
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    for setting, read in _READERS.items():
        if setting in overrides:
            continue
        candidates = _variable_names(setting, variables, overrides)
        found = next((name for name in candidates if variables.text(name) is not None), None)
        names[setting] = found or f"{setting} ({' or '.join(candidates)})"
        if found is not None:
            values[setting] = read(variables, found)
    if "credential" not in overrides:
        values["credential"] = chosen_credential(
            variables, workload_client_id=_workload_client_id(variables, values, overrides)
        )
    if "simulation" not in overrides:
        values["simulation"] = simulation_in(variables)
    return EnvironmentSettings({**values, **overrides}, names)


def _variable_names(setting: str, variables: Variables, overrides: Mapping[str, object]) -> tuple[str, ...]:
    own = f"{_OWN_PREFIX}{setting.upper()}"
    shared = _SHARED_NAMES.get(setting)
    if shared is None:
        return (own,)
    # AKS always says which cloud it is in, which is nothing against an authority that was named whole.
    if setting == "authority_host" and overrides.get("authority_url", variables.text("AZURE_AD_AUTHORITY_URL")):
        return (own,)
    return (own, shared)


def _workload_client_id(
    variables: Variables, values: Mapping[str, object], overrides: Mapping[str, object]
) -> str | None:
    """The client id that AKS gave the workload, where the application's own was named apart from it."""
    application = {**values, **overrides}.get("client_id")
    of_workload = variables.text(_SHARED_NAMES["client_id"])
    if of_workload is None or str(application).lower() == of_workload.lower():
        return None
    return variables.guid(_SHARED_NAMES["client_id"])
