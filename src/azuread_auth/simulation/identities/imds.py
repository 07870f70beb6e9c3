"""The Instance Metadata Service of virtual machines, and Azure Arc's, which is its like."""

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.identities.host_request import HostRequest, HostToken, json_answer

__all__ = ["imds", "refusal_like_imds"]


def imds(request: HostRequest) -> HttpResponse:
    """The answer of a virtual machine's metadata service."""
    return refusal_like_imds(request, api_version="2018-02-01") or _token(request)


def refusal_like_imds(request: HostRequest, *, api_version: str) -> HttpResponse | None:
    """The refusal of a request that lacks what both services demand; None for a good one."""
    if request.http.method != "GET":
        return json_answer({"error": "method_not_allowed"}, status=405, allow="GET")
    is_forwarded = request.header("x-forwarded-for") is not None
    named = request.selectors("client_id", "object_id", "msi_res_id")
    flaws = (
        (is_forwarded, "bad_request_101", "The request was forwarded by a proxy"),
        (not request.is_marked_as_metadata, "bad_request_102", "Required metadata header not specified"),
        (
            request.parameters.get("api-version") != api_version,
            "invalid_request",
            f"The api-version is not supported, expected {api_version}",
        ),
        ("resource" not in request.parameters, "invalid_request", "Required parameter resource not specified"),
        (len(named) > 1, "invalid_request", "More than one identity is named"),
    )
    return next((_refusal(error, text) for is_found, error, text in flaws if is_found), None)


def _refusal(error: str, description: str) -> HttpResponse:
    return json_answer({"error": error, "error_description": description}, status=400)


def _token(request: HostRequest) -> HttpResponse:
    identity = request.identity(request.selectors("client_id", "object_id", "msi_res_id"))
    if identity is None:
        return _refusal("invalid_request", "Identity not found")
    return json_answer(_document(request.token_of(identity)) | {"client_id": identity.client_id})


def _document(token: HostToken) -> dict[str, object]:
    """All numbers are text here."""
    return {
        "access_token": token.text,
        "refresh_token": "",
        "expires_in": str(token.lifetime_seconds),
        "expires_on": str(token.expires_at),
        "not_before": str(token.issued_at),
        "resource": token.resource,
        "token_type": "Bearer",
    }
