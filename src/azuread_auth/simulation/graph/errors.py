"""Errors as Microsoft Graph gives them (Microsoft, "Microsoft Graph error responses and resource types")."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.request_form import header_of

__all__ = ["GRAPH_APP", "GraphRefused", "graph_headers", "graph_refusal", "unauthenticated"]

GRAPH_APP: Final = "00000003-0000-0000-c000-000000000000"
"""The client id of Microsoft Graph, in every tenant."""
_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "BadRequest",
        401: "InvalidAuthenticationToken",
        403: "Authorization_RequestDenied",
        404: "Request_ResourceNotFound",
        405: "Request_BadRequest",
        429: "TooManyRequests",
        500: "generalException",
        503: "serviceNotAvailable",
        504: "gatewayTimeout",
    }
)


class GraphRefused(Exception):
    """Graph's own refusal."""

    def __init__(
        self, status: int, text: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status: Final = status
        self.code: Final = code or _CODES.get(status, "generalException")
        self.text: Final = text
        self.headers: Final = dict(headers or {})
        super().__init__(f"{status} {self.code}")


def unauthenticated(text: str, *, authority_host: str, claims: str | None = None) -> GraphRefused:
    """The refusal of a token, with the challenge of Graph; `claims`, in base64, are what another token must have."""
    challenge = (
        f'Bearer realm="", authorization_uri="{authority_host}/common/oauth2/authorize", client_id="{GRAPH_APP}"'
    )
    if claims is not None:
        challenge += f', error="insufficient_claims", claims="{claims}"'
    return GraphRefused(401, text, headers={"www-authenticate": challenge})


def graph_headers(request: HttpRequest) -> dict[str, str]:
    """The headers of every answer; the client's own id of its request comes back."""
    request_id = str(uuid.uuid4())
    return {
        "content-type": "application/json;odata.metadata=minimal;charset=utf-8",
        "cache-control": "no-cache",
        "request-id": request_id,
        "client-request-id": (header_of(request, "client-request-id") or request_id)[:100],
    }


def graph_refusal(refused: GraphRefused, *, request: HttpRequest, now: float) -> HttpResponse:
    """The answer of Graph when it refuses."""
    headers = graph_headers(request)
    inner = {
        "date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": headers["request-id"],
        "client-request-id": headers["client-request-id"],
    }
    document = {"error": {"code": refused.code, "message": refused.text, "innerError": inner}}
    return HttpResponse(status=refused.status, headers=headers | refused.headers, body=json.dumps(document).encode())
