"""What a request to a simulated tenant is about, told without secrets: for its log and for faults aimed at some."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation.directory import Endpoint
from azuread_auth.simulation.grants.client_authentication import claimed_client_id
from azuread_auth.simulation.grants.signed_token import presented_token
from azuread_auth.simulation.grants.token_request import GRANT_NAMES
from azuread_auth.simulation.identities.host_request import parameters_of as host_parameters_of
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import form_of, header_of, parameters_of
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["RequestDetails", "details_of", "graph_details", "host_details"]

_MAX_TEXT = 200
_MAX_SCOPES = 50
_PAGES = ("authorize", "logout", "admin_consent")
_SELECTORS = ("client_id", "clientid", "object_id", "principal_id", "msi_res_id", "mi_res_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetails:
    """What could be read of a request; nothing of it was checked."""

    grant_type: str | None = None
    client_id: str | None = None
    tenant: str | None = None
    scopes: tuple[str, ...] = ()
    user: str | None = None
    """The object id of the user."""
    has_claims: bool = False
    """Whether there is a `claims` parameter."""


def details_of(request: HttpRequest, endpoint: Endpoint | None, state: TenantState) -> RequestDetails:
    """What the request is about, as far as it is about tokens."""
    if endpoint is None or endpoint.kind not in ("token", "devicecode", *_PAGES):
        return RequestDetails()
    try:
        parameters = parameters_of(request) if endpoint.kind in _PAGES else form_of(request)
        client_id = claimed_client_id(request, parameters)
    except Refused:
        return RequestDetails(tenant=endpoint.path)
    grant_type = parameters.get("grant_type", "")[:_MAX_TEXT] or None
    with state.lock:
        user = _user(parameters, state) if endpoint.kind == "token" else _picked(parameters, state)
    return RequestDetails(
        grant_type=GRANT_NAMES.get(grant_type or "", grant_type),
        client_id=(client_id or "")[:_MAX_TEXT] or None,
        tenant=endpoint.path,
        scopes=_scopes(parameters.get("scope", "")),
        user=user,
        has_claims="claims" in parameters,
    )


def _scopes(text: str) -> tuple[str, ...]:
    return tuple(scope[:_MAX_TEXT] for scope in text.split()[:_MAX_SCOPES])


def _picked(parameters: Mapping[str, str], state: TenantState) -> str | None:
    """The account whose button was pressed."""
    name = parameters.get("simulated_account") or parameters.get("simulated_user") or ""
    user = state.people.by_name.get(name)
    return None if user is None else user.object_id


def graph_details(request: HttpRequest) -> RequestDetails:
    """What a request to Microsoft Graph is about: whose access token it has, by which application."""
    scheme, _, text = (header_of(request, "authorization") or "").partition(" ")
    token = presented_token(text.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        return RequestDetails()
    is_user = token.text("idtyp") != "app"
    return RequestDetails(
        client_id=(token.text("azp") or token.text("appid") or "")[:_MAX_TEXT] or None,
        tenant=(token.text("tid") or "")[:_MAX_TEXT] or None,
        scopes=_scopes(token.text("scp") or ""),
        user=(token.text("oid") or "")[:_MAX_TEXT] or None if is_user else None,
    )


def host_details(request: HttpRequest) -> RequestDetails:
    """What a request to a host of managed identities is about: the identity that is named, and the resource."""
    try:
        parameters = host_parameters_of(request)
    except Refused:
        return RequestDetails()
    named = [parameters[name] for name in _SELECTORS if name in parameters]
    resource = parameters.get("resource", "")[:_MAX_TEXT]
    return RequestDetails(client_id=named[0][:_MAX_TEXT] if named else None, scopes=(resource,) if resource else ())


def _user(form: Mapping[str, str], state: TenantState) -> str | None:
    if "assertion" in form:
        token = presented_token(form["assertion"])
        return None if token is None else token.text("oid")
    grant = state.refresh_tokens.peek(form.get("refresh_token", "")) or state.codes.peek(form.get("code", ""))
    if grant is not None:
        return grant.user.object_id
    device = state.devices.peek(form.get("device_code", ""))
    return None if device is None or device.approved_by is None else device.approved_by.object_id
