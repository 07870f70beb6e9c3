"""What the settings say, and where they are looser than they have to be."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Final

from azuread_auth._settings.simulation_mode import SimulationFile
from azuread_auth.cli.checkup.finding import Finding, failed, ok, warning
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import ANY_TENANT, AzureAdSettings

__all__ = ["check_looseness", "described", "settings_of_environment"]

_CONFIGURATION: Final = "configuration"
_MODE: Final = "AZURE_AD_SIMULATION_MODE"
_LARGE_SKEW_SECONDS: Final = 300.0


def settings_of_environment(environ: Mapping[str, str]) -> tuple[AzureAdSettings | None, list[Finding]]:
    """The settings, or None where they are wrong, and what there is to say of them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        settings: AzureAdSettings | None = None
        try:
            settings = known = AzureAdSettings.from_env(environ)
        except ConfigurationError as error:
            finding = failed(_CONFIGURATION, str(error))
        else:
            finding = described(known, source="the environment")
    return settings, [finding, *(warning(_CONFIGURATION, str(each.message)) for each in caught)]


def described(settings: AzureAdSettings, *, source: str) -> Finding:
    """The settings in a line, without anything secret."""
    authority = settings.authority_url or f"{settings.authority_host}/{settings.tenant_id}"
    return ok(_CONFIGURATION, f"from {source}: application {settings.client_id}, authority {authority}")


def check_looseness(settings: AzureAdSettings | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Each setting that lets in more than the strictest one would."""
    found = [*_simulation(settings, environ), *(_loosened(settings) if settings is not None else ())]
    if found:
        yield from found
    elif settings is not None:
        yield ok("strictness", "no setting is looser than the defaults")


def _simulation(settings: AzureAdSettings | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    mode = environ.get(_MODE, "").lower()
    if mode not in ("", "disabled") or (settings is not None and settings.simulation is not None):
        found = f"{_MODE} is set" if mode not in ("", "disabled") else "simulation= is set"
        yield warning(
            "simulation",
            f"{found}: outbound token requests are recorded or replayed; whose tokens are welcome and who can sign in "
            "stays as it is",
            expected="no simulation in production",
            remedy=f"take {_MODE} out of the environment and simulation= out of the settings",
        )
    file = settings.simulation if settings is not None else None
    if isinstance(file, SimulationFile) and file.mode == "replay":
        yield from _unusable_replay(file)
    if settings is not None and settings.transport is not None:
        yield warning(
            "simulation",
            "transport= is set: a simulated tenant stands in for the provider",
            expected="no transport in production",
            remedy="leave transport= out",
        )


def _unusable_replay(file: SimulationFile) -> Iterator[Finding]:
    from azuread_auth.simulation.recordings.opened_recording import opened_recording  # noqa: PLC0415 - seldom needed

    try:
        opened_recording(file.path.absolute())
    except ConfigurationError as error:
        yield failed("recording", str(error))


def _loosened(settings: AzureAdSettings) -> Iterator[Finding]:
    if settings.tenants is ANY_TENANT:
        yield warning(
            "tenants",
            "ANY_TENANT: tokens of every tenant in the world are welcome",
            expected="the GUIDs of your customers' tenants, or a callable that knows them",
            remedy="set tenants= (AZURE_AD_TENANTS), or make sure that each route decides by tenant_id",
        )
    if settings.accept_tokens_without_permissions:
        yield warning(
            "permissions",
            "accept_tokens_without_permissions: whoever can get a token for this API may call, without scope or role",
            expected="false, so that an administrator has to grant something",
            remedy="define a scope or an app role, and take AZURE_AD_ACCEPT_TOKENS_WITHOUT_PERMISSIONS out",
        )
    if settings.allow_loopback_http:
        yield warning(
            "loopback http",
            "allow_loopback_http: the authority may be http:// on this machine",
            expected="false outside of tests and demonstrations",
            remedy="in production take AZURE_AD_ALLOW_LOOPBACK_HTTP out",
        )
    if settings.clock_skew_seconds > _LARGE_SKEW_SECONDS:
        yield warning(
            "clock skew",
            f"clock_skew_seconds is {settings.clock_skew_seconds:.0f}: tokens live on so long after their end",
            expected=f"at most {_LARGE_SKEW_SECONDS:.0f}",
            remedy="let the machine's clock be synchronised, and lower AZURE_AD_CLOCK_SKEW_SECONDS",
        )
