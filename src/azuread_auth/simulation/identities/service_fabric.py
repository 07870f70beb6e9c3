"""Service Fabric: TLS with a certificate that nobody signed and that the environment names."""

import hmac
import uuid

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.identities.host_request import HostRequest, json_answer

__all__ = ["service_fabric"]


def service_fabric(request: HostRequest) -> HttpResponse:
    """The answer of the cluster; which identity it is was decided when the application was deployed."""
    given = request.header("secret")
    if given is None:
        return _error(400, "SecretHeaderNotFound", "The header Secret is missing.")
    if not hmac.compare_digest(given.encode(), request.state.identity_header.encode()):
        return _error(401, "InvalidSecret", "The header Secret is wrong.")
    if request.http.method != "GET" or request.parameters.get("api-version") != "2019-07-01-preview":
        return _error(400, "InvalidApiVersion", "The api-version is not supported, expected 2019-07-01-preview.")
    if "resource" not in request.parameters:
        return _error(400, "ArgumentNullOrEmpty", "The parameter resource is missing.")
    identity = request.identity([])
    if identity is None:
        return _error(404, "ManagedIdentityNotFound", "The application has no managed identity.")
    capabilities = request.parameters.get("xms_cc")
    claims = {} if capabilities is None else {"xms_cc": capabilities.split(",")}
    token = request.token_of(identity, **claims)
    return json_answer(
        {
            "token_type": "Bearer",
            "access_token": token.text,
            "expires_on": token.expires_at,
            "resource": token.resource,
        }
    )


def _error(status: int, code: str, message: str) -> HttpResponse:
    error = {"code": code, "message": message, "correlationId": str(uuid.uuid4())}
    return json_answer({"error": error}, status=status)
