"""Refusals of the simulated tenant, as the documents that Entra sends."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.error_catalogue import catalogued

__all__ = ["NO_STORE", "Refused", "refusal_document", "refusal_response"]

NO_STORE: Final[Mapping[str, str]] = {"cache-control": "no-store, no-cache", "pragma": "no-cache"}


class Refused(Exception):
    """The tenant's own refusal: an AADSTS code, and what the document says differently from the catalogue."""

    def __init__(
        self,
        aadsts: int | None,
        *,
        error: str | None = None,
        status: int | None = None,
        suberror: str | None = None,
        claims: str | None = None,
        detail: str = "",
    ) -> None:
        entry = catalogued(aadsts or 0)
        self.aadsts: Final = aadsts
        self.error: Final = error or entry.error
        self.status: Final = status or (401 if error == "invalid_client" else entry.status)
        self.suberror: Final = suberror or entry.suberror
        self.claims: Final = claims
        self.text: Final = detail or entry.text
        super().__init__(f"{self.error} (AADSTS{aadsts})")


def refusal_document(refused: Refused, *, request: HttpRequest, origin: str, now: float) -> dict[str, object]:
    """The JSON document of a refusal; the correlation id is the one that the client sent, if it sent one."""
    trace_id = str(uuid.uuid4())
    headers = {name.lower(): value for name, value in request.headers.items()}
    correlation_id = headers.get("client-request-id", trace_id)
    timestamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    code = "" if refused.aadsts is None else f"AADSTS{refused.aadsts}: "
    ids = f"Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
    document: dict[str, object] = {
        "error": refused.error,
        "error_description": f"{code}{refused.text} {ids}",
        "error_codes": [] if refused.aadsts is None else [refused.aadsts],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
    }
    if refused.aadsts is not None:
        document["error_uri"] = f"{origin}/error?code={refused.aadsts}"
    if refused.suberror is not None:
        document["suberror"] = refused.suberror
    if refused.claims is not None:
        document["claims"] = refused.claims
    return document


def refusal_response(refused: Refused, *, request: HttpRequest, origin: str, now: float) -> HttpResponse:
    """The answer of a token endpoint that refuses."""
    document = refusal_document(refused, request=request, origin=origin, now=now)
    headers = {
        **NO_STORE,
        "content-type": "application/json; charset=utf-8",
        "x-ms-request-id": str(document["trace_id"]),
        "client-request-id": str(document["correlation_id"]),
        "x-ms-ests-server": "simulated",
    }
    return HttpResponse(status=refused.status, headers=headers, body=json.dumps(document).encode())
