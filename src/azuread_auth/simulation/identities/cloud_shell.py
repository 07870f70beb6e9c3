"""Azure Cloud Shell: the token of whoever is signed in to the portal."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.identities.host_request import HostRequest, json_answer

__all__ = ["cloud_shell"]


def cloud_shell(request: HostRequest) -> HttpResponse:
    """The answer to a form; there is no identity to choose."""
    if request.http.method != "POST":
        return _error(405, "The method is not allowed")
    if not request.is_marked_as_metadata:
        return _error(400, "Required metadata header not specified")
    if "resource" not in request.parameters:
        return _error(400, "The parameter resource is missing")
    token = request.token_of_user()
    return json_answer(
        {
            "access_token": token.text,
            "refresh_token": "",
            "expires_in": str(token.lifetime_seconds),
            "expires_on": str(token.expires_at),
            "not_before": str(token.issued_at),
            "resource": token.resource,
            "token_type": "Bearer",
        }
    )


def _error(status: int, message: str) -> HttpResponse:
    return json_answer({"error": {"code": "invalid_request", "message": message}}, status=status)
