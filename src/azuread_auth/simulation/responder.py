"""How a simulated tenant answers requests, in process and over HTTP alike."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation.directory import Endpoint, EndpointKind, SimulatedAuthority, endpoint_at, origin_of
from azuread_auth.simulation.discovery import instance_metadata, json_response, key_set, metadata, preflight
from azuread_auth.simulation.grants.endpoint import token_answer
from azuread_auth.simulation.grants.pages import readable_by_pages
from azuread_auth.simulation.graph.answers import graph_answer, is_graph
from azuread_auth.simulation.identities.answers import can_connect, host_answer
from azuread_auth.simulation.identities.hosts import HostKind, host_at
from azuread_auth.simulation.refusals import Refused, refusal_response
from azuread_auth.simulation.request_details import RequestDetails, details_of, graph_details, host_details
from azuread_auth.simulation.request_form import query_of
from azuread_auth.simulation.request_log import RequestKind
from azuread_auth.simulation.routes import Routes
from azuread_auth.simulation.sign_in.admin_consent import admin_consent_answer
from azuread_auth.simulation.sign_in.conversation import authorization_answer
from azuread_auth.simulation.sign_in.device_authorization import device_authorization, device_page_answer
from azuread_auth.simulation.sign_in.logout import logout_answer
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.traffic import Traffic

__all__ = ["Responder"]

Endpoints = Mapping[EndpointKind, Callable[[HttpRequest, SimulatedAuthority, TenantState], HttpResponse]]

_ENDPOINTS: Final[Endpoints] = MappingProxyType(
    {
        "token": token_answer,
        "authorize": authorization_answer,
        "devicecode": device_authorization,
        "device_page": device_page_answer,
        "logout": logout_answer,
        "admin_consent": admin_consent_answer,
    }
)
_DOCUMENT_METHODS: Final = ("GET", "HEAD")
_PAGE_METHODS: Final = ("GET", "HEAD", "POST")
_METHODS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "token": ("POST",),
        "devicecode": ("POST",),
        "device_page": _PAGE_METHODS,
        "authorize": _PAGE_METHODS,
        "logout": _PAGE_METHODS,
        "admin_consent": _PAGE_METHODS,
    }
)
_LOGGED_AS: Final[Mapping[EndpointKind, RequestKind]] = MappingProxyType(
    {
        "discovery": "discovery",
        "keys": "keys",
        "instance": "discovery",
        "token": "token",
        "authorize": "authorize",
        "devicecode": "devicecode",
        "device_page": "authorize",
        "logout": "logout",
        "admin_consent": "authorize",
    }
)


class Responder:
    """Answers for one tenant: added routes first, then its endpoints, all of it subject to disturbances."""

    def __init__(self, state: TenantState) -> None:
        self.routes: Routes = Routes()
        self.traffic: Traffic = Traffic()
        self._state = state

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The answer to one request, at once; a delay is told, not taken. Unknown hosts refuse the connection."""
        origin = origin_of(request.url)
        added = self.routes.find(request.url)
        host = host_at(request.url, self._state) if added is None else None
        if host is not None:
            return self._host_answer(host, request)
        if added is None and is_graph(request.url, self._state):
            details = graph_details(request)
            return self._disturbed("graph", request, details, lambda: graph_answer(request, self._state))
        endpoint = endpoint_at(request.url) if self._state.is_own(origin) else None
        kind: RequestKind = "route" if added is not None else "other" if endpoint is None else _LOGGED_AS[endpoint.kind]
        details = details_of(request, endpoint, self._state)
        answer = self._disturbed(
            kind, request, details, lambda: added or self._proper_response(request, origin, endpoint)
        )
        if kind != "token" or answer.response is None or request.method != "POST":
            return answer
        return replace(answer, response=readable_by_pages(request, answer.response, self._state))

    def _host_answer(self, host: HostKind, request: HttpRequest) -> TransportAnswer:
        """The answer of a host of managed identities."""

        def proper() -> HttpResponse | None:
            return host_answer(host, request, self._state) if can_connect(host, request, self._state) else None

        return self._disturbed("managed_identity", request, host_details(request), proper)

    def _disturbed(
        self,
        kind: RequestKind,
        request: HttpRequest,
        details: RequestDetails,
        proper: Callable[[], HttpResponse | None],
    ) -> TransportAnswer:
        """The answer to a request that is noted: the proper one, unless a disturbance comes between."""
        disturbance = self.traffic.admit(kind, request, details, at=self._state.now())
        if disturbance.answer is not None:
            return disturbance.answer
        response = proper()
        self.traffic.answered(disturbance.number, response)
        return TransportAnswer(response=response, delay_seconds=disturbance.delay_seconds)

    def authority_at(self, url: str) -> SimulatedAuthority | None:
        """The authority that a whole URL names, if it is one of this directory's."""
        origin = origin_of(url)
        path = url[len(origin) :].strip("/").removesuffix("v2.0").rstrip("/")
        return self._state.directory.authority(origin, path) if self._state.is_own(origin) else None

    def _proper_response(self, request: HttpRequest, origin: str, endpoint: Endpoint | None) -> HttpResponse | None:
        if endpoint is None:
            return HttpResponse(status=404) if self._state.is_own(origin) else None
        if request.method == "OPTIONS":
            allowed = "POST, OPTIONS" if endpoint.kind == "token" else "GET, OPTIONS"
            return preflight(request_id=str(uuid.uuid4()), methods=allowed)
        methods = _METHODS.get(endpoint.kind, _DOCUMENT_METHODS)
        if request.method not in methods:
            return HttpResponse(status=405, headers={"allow": ", ".join((*methods, "OPTIONS"))})
        try:
            return self._answer_of(endpoint, request, origin)
        except Refused as refused:
            return refusal_response(refused, request=request, origin=origin, now=self._state.now())

    def _answer_of(self, endpoint: Endpoint, request: HttpRequest, origin: str) -> HttpResponse:
        issues = endpoint.kind in _ENDPOINTS
        directory = self._state.directory
        authority = (directory.issuing_authority if issues else directory.authority)(origin, endpoint.path)
        if authority is None:
            text = f"Tenant '{endpoint.path[:100]}' not found. Check the tenant id and the cloud."
            raise Refused(90002, detail=text)
        if issues:
            return _ENDPOINTS[endpoint.kind](request, authority, self._state)
        request_id = str(uuid.uuid4())
        if endpoint.kind == "instance":
            return self._instance(request, origin)
        if endpoint.kind == "discovery":
            return json_response(metadata(authority, endpoint), request_id=request_id)
        with self._state.lock:
            keys = self._state.keys.published()
        return json_response(key_set(authority, endpoint.version, keys), request_id=request_id)

    def _instance(self, request: HttpRequest, origin: str) -> HttpResponse:
        authorization_url = query_of(request).get("authorization_endpoint", "")
        document = instance_metadata(authorization_url, origin=origin, tenant_id=self._state.tenant_id)
        if document is None:
            raise Refused(50049)
        return json_response(document, request_id=str(uuid.uuid4()))
