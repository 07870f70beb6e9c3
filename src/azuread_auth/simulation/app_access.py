"""Which applications may be used where, and what they may ask for (Microsoft, "Single and multitenant apps")."""

from dataclasses import replace
from typing import Final

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import CLOUD, SimulatedAuthority
from azuread_auth.simulation.graph.errors import GRAPH_APP
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.requested_scopes import GRAPH, OIDC_SCOPES, RequestedScopes
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["app_at", "check_principal", "checked_scopes", "granted_roles", "is_graph_resource"]

_FOR_PERSONAL: Final = ("AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")
_GRAPH_NAMES: Final = frozenset({GRAPH, GRAPH_APP, f"https://graph.{CLOUD}"})


def app_at(authority: SimulatedAuthority, client_id: str, state: TenantState) -> SimulatedApp:
    """The application of that id, as the authority knows it. Raises Refused where it does not."""
    app = state.apps.find(client_id)
    if app is None:
        raise Refused(700016, detail=f"Application with identifier '{client_id[:64]}' was not found in the directory.")
    if authority.issuer_tenant == PERSONAL_TENANT:
        if app.sign_in_audience not in _FOR_PERSONAL:
            raise Refused(9002346)
    elif app.sign_in_audience == "PersonalMicrosoftAccount":
        if authority.path.lower() != "common":
            raise Refused(9002331)
    elif app.sign_in_audience == "AzureADMyOrg":
        _check_own_tenant(app, authority, state)
    return app


def _check_own_tenant(app: SimulatedApp, authority: SimulatedAuthority, state: TenantState) -> None:
    if authority.issuer_tenant == TENANT_TEMPLATE:
        raise Refused(50194)
    if authority.issuer_tenant != (app.tenant_id or state.tenant_id):
        raise Refused(700016)


def check_principal(app: SimulatedApp, authority: SimulatedAuthority, state: TenantState) -> None:
    """Raise Refused where a tenant has no service principal of an application of another: nobody consented there."""
    home, tenant = app.tenant_id or state.tenant_id, authority.issuer_tenant
    if not state.directory.knows_all or tenant == home:
        return
    with state.lock:
        if not state.policies.has_tenant_consent(tenant, app.client_id):
            raise Refused(700016)


def checked_scopes(scopes: RequestedScopes, app: SimulatedApp, state: TenantState) -> RequestedScopes:
    """The scopes, with what `.default` stands for. Raises Refused where the API, or a scope of it, does not exist."""
    if all(scope in OIDC_SCOPES for scope in scopes.asked):
        return scopes
    api = state.apps.of_resource(scopes.resource)
    key = _key(scopes.resource, api, state)
    if key is None:
        if state.directory.knows_all:
            raise Refused(500011)
        return scopes
    _check_exposed(scopes, api)
    if not scopes.is_default or app.permissions is None:
        return scopes if api is None or api.scopes is None else replace(scopes, default_names=api.scopes)
    if key not in app.permissions and api is not app:
        raise Refused(650057)
    return replace(scopes, default_names=app.permissions.get(key, ()))


def _check_exposed(scopes: RequestedScopes, api: SimulatedApp | None) -> None:
    if api is None or api.scopes is None or scopes.is_default:
        return
    unknown = next((name for name in scopes.names if name not in api.scopes), None)
    if unknown is not None:
        raise Refused(650053, detail=f"The scope '{unknown[:100]}' does not exist on the resource.")


def _key(resource: str, api: SimulatedApp | None, state: TenantState) -> str | None:
    """How registrations name the API: by its client id, or as Microsoft Graph."""
    if api is not None:
        return api.client_id
    return GRAPH if is_graph_resource(resource, state) else None


def is_graph_resource(resource: str, state: TenantState) -> bool:
    """Whether scopes with this resource are Microsoft Graph's, by any of its names."""
    plain = resource.rstrip("/")
    return plain in _GRAPH_NAMES or plain == state.loopback_origin


def granted_roles(app: SimulatedApp, resource: str, state: TenantState) -> tuple[str, ...]:
    """The app roles of the application in an API."""
    if app.granted_roles is None:
        return app.app_roles
    key = _key(resource, state.apps.of_resource(resource), state)
    return app.granted_roles.get(key or resource, ())
