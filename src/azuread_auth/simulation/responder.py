"""How a simulated tenant answers requests, in process and over HTTP alike."""

import threading
import uuid
from collections.abc import Callable

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation.directory import CLOUD, Directory, Endpoint, SimulatedAuthority, endpoint_at, origin_of
from azuread_auth.simulation.discovery import json_response, key_set, metadata, preflight, unknown_tenant
from azuread_auth.simulation.key_ring import KeyRing
from azuread_auth.simulation.routes import Routes
from azuread_auth.simulation.traffic import RequestKind, Traffic

__all__ = ["Responder"]


class Responder:
    """Answers for one directory: added routes first, then metadata and keys, all of it subject to disturbances."""

    def __init__(self, directory: Directory, keys: KeyRing, lock: threading.RLock, now: Callable[[], float]) -> None:
        self.routes: Routes = Routes()
        self.traffic: Traffic = Traffic()
        self.loopback_origin: str | None = None
        """Where the directory serves over HTTP, while it does."""
        self._directory = directory
        self._keys = keys
        self._lock = lock
        self._now = now

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The answer to one request, at once; a delay is told, not taken. Unknown hosts refuse the connection."""
        origin = origin_of(request.url)
        added = self.routes.find(request.url)
        endpoint = endpoint_at(request.url) if self._is_own(origin) else None
        kind: RequestKind = "route" if added is not None else "other" if endpoint is None else endpoint.kind
        disturbance = self.traffic.admit(kind, request, at=self._now())
        if disturbance.answer is not None:
            return disturbance.answer
        response = added or self._proper_response(request, origin, endpoint)
        return TransportAnswer(response=response, delay_seconds=disturbance.delay_seconds)

    def authority_at(self, url: str) -> SimulatedAuthority | None:
        """The authority that a whole URL names, if it is one of this directory's."""
        origin = origin_of(url)
        path = url[len(origin) :].strip("/").removesuffix("v2.0").rstrip("/")
        return self._directory.authority(origin, path) if self._is_own(origin) else None

    def _is_own(self, origin: str) -> bool:
        return origin == self.loopback_origin or (origin.startswith("https://") and origin.endswith(f".{CLOUD}"))

    def _proper_response(self, request: HttpRequest, origin: str, endpoint: Endpoint | None) -> HttpResponse | None:
        if endpoint is None:
            return HttpResponse(status=404) if self._is_own(origin) else None
        request_id = str(uuid.uuid4())
        if request.method == "OPTIONS":
            return preflight(request_id=request_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"allow": "GET, HEAD, OPTIONS"})
        return self._document(origin, endpoint, request_id)

    def _document(self, origin: str, endpoint: Endpoint, request_id: str) -> HttpResponse:
        authority = self._directory.authority(origin, endpoint.path)
        if authority is None:
            return unknown_tenant(endpoint.path, origin=origin, request_id=request_id, now=self._now())
        if endpoint.kind == "discovery":
            return json_response(metadata(authority, endpoint), request_id=request_id)
        with self._lock:
            keys = self._keys.published()
        return json_response(key_set(authority, endpoint.version, keys), request_id=request_id)
