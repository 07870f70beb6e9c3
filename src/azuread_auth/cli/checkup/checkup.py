"""All checks of an installation, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.cli.checkup.application import importable_from, imported, unwrapped
from azuread_auth.cli.checkup.configuration import check_looseness, described, settings_of_environment
from azuread_auth.cli.checkup.credential import check_credential
from azuread_auth.cli.checkup.finding import Finding, Outcome, failed, ok, skipped, warning
from azuread_auth.cli.checkup.provider import check_provider
from azuread_auth.cli.checkup.routes import Route, routes_of
from azuread_auth.cli.checkup.store import check_store
from azuread_auth.cli.checkup.watch import ClockWatch
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings
from azuread_auth.stores.memory import MemoryStore

__all__ = ["Checkup", "check_up"]

_APPLICATION: Final = "application"
_NEED_SETTINGS: Final = ("metadata", "keys", "clock", "credential", "token store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """All that was found."""

    findings: tuple[Finding, ...]
    routes: tuple[Route, ...] | None
    """None where no application was named, or it has no table of routes."""
    has_settings: bool

    @property
    def worst(self) -> Outcome:
        """What the whole comes to: ok, warning or failed."""
        found = {finding.outcome for finding in self.findings}
        return next((each for each in (Outcome.FAILED, Outcome.WARNING) if each in found), Outcome.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Application:
    findings: tuple[Finding, ...] = ()
    settings: AzureAdSettings | None = None
    """None where they are those of the environment."""
    routes: tuple[Route, ...] | None = None


def check_up(surroundings: Surroundings, *, application: str | None) -> Checkup:
    """Make every check. The settings are those of the application's middleware, else those of the environment."""
    app = _Application() if application is None else _looked_at(application, surroundings)
    settings = app.settings
    if settings is not None:
        findings = [described(settings, source=f"the middleware of {application}")]
    else:
        settings, findings = settings_of_environment(surroundings.environ)
    findings += check_looseness(settings, surroundings.environ)
    if settings is None:
        findings += [skipped(check, "there are no settings") for check in _NEED_SETTINGS]
    else:
        findings += _connected(settings, surroundings)
    return Checkup(findings=(*findings, *app.findings), routes=app.routes, has_settings=settings is not None)


def _connected(settings: AzureAdSettings, surroundings: Surroundings) -> Iterator[Finding]:
    runtime, watch = BlockingRuntime(now=surroundings.now), ClockWatch(surroundings.now)
    environ = surroundings.environ
    # With a store of its own: a token that the application has kept would hide that no new one can be had.
    # Without recording or replay: what is examined is the provider.
    settings = replace(settings, simulation=None)
    with AzureAdClient(settings, MemoryStore(), runtime=runtime, observer=watch, environ=environ) as client:
        yield from check_provider(client, watch)
        yield from check_credential(client, surroundings)
    yield check_store(settings)


def _looked_at(name: str, surroundings: Surroundings) -> _Application:
    try:
        with importable_from(surroundings.folder, output=surroundings.stderr):
            application = imported(name)
            wrapped = unwrapped(application)
            routes = routes_of(application) if hasattr(wrapped.application, "routes") else None
    except ConfigurationError as error:
        return _Application(findings=(failed(_APPLICATION, str(error)),))
    settings = next((guard.settings for guard in wrapped.guards if guard.settings is not None), None)
    findings = (_middleware(name, has_guard=bool(wrapped.guards)), *_unreachable(routes or ()))
    return _Application(findings=findings, settings=settings, routes=routes)


def _middleware(name: str, *, has_guard: bool) -> Finding:
    if has_guard:
        return ok(_APPLICATION, f"{name} is behind AzureAdAuth")
    return failed(
        _APPLICATION,
        f"{name} has no AzureAdAuth around it, as far as can be seen from outside",
        expected="the middleware as the outermost layer but CORS",
        remedy="add it: app.add_middleware(AzureAdAuth), or app = AzureAdAuth(app)",
    )


def _unreachable(routes: tuple[Route, ...]) -> Iterator[Finding]:
    for route in routes:
        if route.is_unreachable:
            yield warning(
                "route",
                f"{route.path} is on a public path and wants {', '.join(route.requirements)}: nobody can meet that",
                expected="a requirement where credentials are looked at",
                remedy="take the path out of public_paths, or put it in optional_paths",
            )
