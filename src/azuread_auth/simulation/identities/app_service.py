"""App Service, Functions and Container Apps (2019-08-01), and what they and Azure ML had before (2017-09-01)."""

import hmac
from datetime import UTC, datetime

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.behaviour import ExpiryForm
from azuread_auth.simulation.identities.host_request import HostRequest, json_answer

__all__ = ["app_service", "app_service_2017", "azure_ml"]


def app_service(request: HostRequest) -> HttpResponse:
    """The answer of version 2019-08-01."""
    refusal = _refusal(request, header="x-identity-header", api_version="2019-08-01")
    if refusal is not None:
        return refusal
    selectors = request.selectors("client_id", "object_id", "principal_id", "mi_res_id")
    return _token(request, selectors, "seconds")


def app_service_2017(request: HostRequest) -> HttpResponse:
    """The answer of version 2017-09-01, whose dates are text."""
    form = request.state.behaviour.expires_on_form
    return _version_2017(request, "linux" if form == "seconds" else form)


def azure_ml(request: HostRequest) -> HttpResponse:
    """The answer on a compute of Azure Machine Learning."""
    return _version_2017(request, request.state.behaviour.expires_on_form)


def _version_2017(request: HostRequest, form: ExpiryForm) -> HttpResponse:
    refusal = _refusal(request, header="secret", api_version="2017-09-01")
    return refusal or _token(request, request.selectors("clientid"), form)


def _refusal(request: HostRequest, *, header: str, api_version: str) -> HttpResponse | None:
    if request.http.method != "GET":
        return _error(405, "The method is not allowed")
    given = request.header(header) or ""
    if not hmac.compare_digest(given.encode(), request.state.identity_header.encode()):
        return _error(401, f"The header {header.upper()} is missing or wrong")
    if request.parameters.get("api-version") != api_version:
        return _error(400, f"The api-version is not supported, expected {api_version}")
    if "resource" not in request.parameters:
        return _error(400, "The parameter resource is missing")
    return None


def _token(request: HostRequest, selectors: list[str], form: ExpiryForm) -> HttpResponse:
    if len(selectors) > 1:
        return _error(400, "More than one identity is named")
    identity = request.identity(selectors)
    if identity is None:
        return _error(400, "Identity not found")
    token = request.token_of(identity)
    return json_answer(
        {
            "access_token": token.text,
            "expires_on": _expires_on(token.expires_at, form),
            "resource": token.resource,
            "token_type": "Bearer",
            "client_id": identity.client_id.upper(),
        }
    )


def _expires_on(seconds: int, form: ExpiryForm) -> str:
    when = datetime.fromtimestamp(seconds, UTC)
    if form == "linux":
        return when.strftime("%m/%d/%Y %H:%M:%S +00:00")
    if form == "windows":
        time_of_day = f"{when.hour % 12 or 12}:{when:%M:%S} {when:%p}"
        return f"{when.month}/{when.day}/{when.year} {time_of_day} +00:00"
    return str(seconds)


def _error(status: int, message: str) -> HttpResponse:
    return json_answer({"statusCode": status, "message": message}, status=status)
