"""All checks of an installation, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.cli.checkup.application import Guard, Wrapped, importable_from, imported, unwrapped
from azuread_auth.cli.checkup.configuration import check_looseness, described, settings_of_environment
from azuread_auth.cli.checkup.credential import check_credential
from azuread_auth.cli.checkup.finding import Finding, Outcome, failed, ok, skipped, warning
from azuread_auth.cli.checkup.metadata import check_metadata
from azuread_auth.cli.checkup.needs import Need, needs_of_metadata, needs_of_views
from azuread_auth.cli.checkup.provider import check_provider
from azuread_auth.cli.checkup.routes import Route, routes_of
from azuread_auth.cli.checkup.sign_in import check_sign_in
from azuread_auth.cli.checkup.store import check_store
from azuread_auth.cli.checkup.swagger import swagger_of
from azuread_auth.cli.checkup.tokens import graph_scope
from azuread_auth.cli.checkup.watch import ClockWatch
from azuread_auth.cli.checkup.workload import federated_token
from azuread_auth.cli.registration.facts import RegistrationFacts, SwaggerSignIn
from azuread_auth.cli.registration.registration import Registration, registration_for
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials.workload_identity import WorkloadIdentity
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
    registration: Registration | None = None
    """What the app registration has to say; None where no application could be looked at, or there are no settings."""
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
    guards: tuple[Guard, ...] = ()
    needs: tuple[Need, ...] | None = None
    """None where there is nothing to look through."""
    swagger: SwaggerSignIn | None = None
    is_readable: bool = False
    """Whether enough of it can be seen for a checklist."""


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
    return Checkup(
        findings=(*findings, *app.findings),
        routes=app.routes,
        registration=_registration(app, settings) if settings is not None and app.is_readable else None,
        has_settings=settings is not None,
    )


def _registration(app: _Application, settings: AzureAdSettings) -> Registration:
    credential = settings.credential
    facts = RegistrationFacts(
        settings=settings,
        logins=tuple(guard.login for guard in app.guards if guard.login is not None),
        needs=(*(app.needs or ()), *(need for guard in app.guards for need in _advertised(guard))),
        knows_routes=app.needs is not None,
        opaque_paths=tuple(r.path for r in app.routes or () if r.is_opaque and r.access != "public"),
        swagger=app.swagger,
        federated=federated_token(credential) if isinstance(credential, WorkloadIdentity) else None,
        is_easy_auth=any(guard.is_easy_auth for guard in app.guards),
    )
    return registration_for(facts, graph=graph_scope(settings).removesuffix("/.default"))


def _advertised(guard: Guard) -> Iterator[Need]:
    if guard.metadata is not None:
        yield from needs_of_metadata(guard.metadata)


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
    findings = (
        _middleware(name, wrapped),
        *check_sign_in(wrapped.guards, surroundings),
        *_unreachable(routes or ()),
        *_unowned(routes or ()),
        *(finding for guard in wrapped.guards for finding in check_metadata(guard.metadata)),
    )
    of_routes = tuple(need for route in routes for need in route.needs) if routes is not None else None
    return _Application(
        findings=findings,
        settings=settings,
        routes=routes,
        guards=wrapped.guards,
        needs=of_routes if of_routes is not None else needs_of_views(wrapped.layers),
        swagger=swagger_of(wrapped.application),
        is_readable=not wrapped.is_django,
    )


def _middleware(name: str, wrapped: Wrapped) -> Finding:
    if wrapped.is_django:
        return skipped(_APPLICATION, f"{name} is a Django project, which is examined by python manage.py check")
    if wrapped.guards:
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


def _unowned(routes: tuple[Route, ...]) -> Iterator[Finding]:
    for route in routes:
        if route.lacks_mcp:
            yield warning(
                "mcp",
                f"{route.path} leads to the MCP SDK, which is not told who calls: sessions serve anybody",
                expected="the middleware of azuread_auth.mcp",
                remedy="import AzureAdAuth from azuread_auth.mcp in place of azuread_auth.asgi",
            )
