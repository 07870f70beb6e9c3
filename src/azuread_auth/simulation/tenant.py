"""The simulated tenant: what of it an application, a test and a demonstration see."""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, Unpack

from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._settings.overrides import SettingOverrides
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.settings import AzureAdSettings, Tenants
from azuread_auth.simulation.access_evaluation import AccessEvaluation
from azuread_auth.simulation.clock import SimulatedClock
from azuread_auth.simulation.control import ControlEndpoints
from azuread_auth.simulation.directory import CLOUD, IN_PROCESS_HOST, is_domain
from azuread_auth.simulation.directory_content import SimulatedDirectory
from azuread_auth.simulation.discovery import graph_host
from azuread_auth.simulation.identities.environment import ManagedIdentityHosts
from azuread_auth.simulation.installing import installed
from azuread_auth.simulation.observation import Observation
from azuread_auth.simulation.responder import Responder
from azuread_auth.simulation.routes import RouteResponse
from azuread_auth.simulation.sign_in.user_actions import UserActions
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.time_travel import TimeTravel
from azuread_auth.simulation.token_minting import TokenMinting
from azuread_auth.simulation.token_order import MintToken
from azuread_auth.simulation.trouble_making import TroubleMaking

if TYPE_CHECKING:
    from azuread_auth.simulation.client_transport import SimulatedTransport
    from azuread_auth.simulation.loopback_tls import LoopbackTls
    from azuread_auth.simulation.server import LoopbackServer

__all__ = ["DEFAULT_CLIENT_ID", "MintToken", "Pages", "SimulatedTenant"]

Pages = Callable[[HttpRequest], HttpResponse | None]
"""What a server has beside the tenant's own addresses; None for requests that are the tenant's."""

DEFAULT_CLIENT_ID: Final = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
"""The app registration of the API that is tested, unless another is named."""


class SimulatedTenant(
    TokenMinting, TroubleMaking, AccessEvaluation, Observation, TimeTravel, UserActions, ManagedIdentityHosts
):
    """A directory with throw-away keys: serves metadata and keys, mints tokens, and fails when told to.

    It answers in process, without sockets, until `serve()` or `environ()` opens a loopback port; from then on tokens
    come from that address. Each has a GUID of its own unless `tenant_id` says otherwise. `now` gives seconds since the
    epoch. `directory` says who and what there is, and names tenant and domain. `control` lets other processes on this
    machine steer it over HTTP, while it serves. Safe to use from several threads. Raises ConfigurationError when
    `tenant_id` is not a GUID, or `domain` no domain.
    """

    def __init__(
        self,
        *,
        tenant_id: str | None = None,
        client_id: str = DEFAULT_CLIENT_ID,
        domain: str = "contoso.onmicrosoft.com",
        now: Callable[[], float] = time.time,
        directory: SimulatedDirectory | None = None,
        control: bool = False,
    ) -> None:
        guid, domain = _tenant_and_domain(tenant_id, domain, directory)
        self.tenant_id: Final = guid
        self.client_id: Final = client_id
        self.domain: Final = domain
        self._state = TenantState(
            tenant_id=guid, domain=domain, client_id=client_id, clock=SimulatedClock(now), content=directory
        )
        self._responder = Responder(self._state)
        self._traffic = self._responder.traffic
        self._server: LoopbackServer | None = None
        self._tls: LoopbackTls | None = None
        self._control = ControlEndpoints(self) if control else None
        self._register_first_apps()

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        client_id: str | None = None,
        now: Callable[[], float] = time.time,
        control: bool = False,
    ) -> Self:
        """A tenant whose directory is in a TOML file: see "A directory of your own" in the reference.

        The first tenant of the file is this one. Its own application is the one that `client_id` names, else the first
        of the file. Raises ConfigurationError that names what is wrong with the file, and where.
        """
        from azuread_auth.simulation.directory_file import load_directory  # noqa: PLC0415 - few read files

        directory = load_directory(path)
        first = directory.apps[0].client_id if directory.apps else DEFAULT_CLIENT_ID
        return cls(client_id=client_id or first, now=now, directory=directory, control=control)

    def __repr__(self) -> str:
        return f"SimulatedTenant(tenant_id={self.tenant_id!r}, authority_host={self.authority_host!r})"

    @property
    def authority_host(self) -> str:
        """Where the tenant is: a host that exists in this process only, or the loopback address once it serves."""
        server = self._server
        return IN_PROCESS_HOST if server is None else server.origin

    @property
    def external_id_authority_url(self) -> str:
        """The tenant as one of External ID, for `settings(authority_url=...)` and `mint_token(authority_url=...)`."""
        return f"{self._host_of('ciamlogin')}/{self.tenant_id}"

    def b2c_authority_url(self, policy: str = "B2C_1_signin") -> str:
        """The tenant as one of B2C under a policy, for `settings(...)` and `mint_token(authority_url=...)`."""
        return f"{self._host_of('b2clogin')}/{self.domain}/{policy}"

    def _host_of(self, product: str) -> str:
        if self._server is not None:
            return self._server.origin
        return f"https://{self.domain.partition('.')[0]}.{product}.{CLOUD}"

    @property
    def graph_url(self) -> str:
        """Where Microsoft Graph is: `f"{tenant.graph_url}/me"`; the host is `msgraph_host` of the metadata."""
        return f"{self.authority_host.partition('://')[0]}://{graph_host(self.authority_host)}/v1.0"

    def settings(self, **overrides: Unpack[SettingOverrides]) -> AzureAdSettings:
        """Settings of an application that trusts this tenant, and talks to it in process.

        Settings made before `serve()` expect tokens of the in-process address: serve first.
        """
        known: SettingOverrides = {
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "credential": ClientSecret(self.client_secret),
            "transport": self,
        }
        if "authority_url" not in overrides:
            known["authority_host"] = self.authority_host
        if self._server is not None:
            known["allow_loopback_http"] = True
        return AzureAdSettings(**(known | overrides))

    def environ(self) -> dict[str, str]:
        """The environment of an application that reaches this tenant on its loopback port; opens one if none is.

        Over TLS it also says whom to trust, to this package, OpenSSL, requests and Node.js.
        """
        origin, tls = self.serve(), self._tls
        return {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_CLIENT_SECRET": self.client_secret,
            "AZURE_AUTHORITY_HOST": origin,
            **({"AZURE_AD_ALLOW_LOOPBACK_HTTP": "true"} if tls is None else tls.environ()),
        }

    def serve(self, port: int = 0, *, tls: bool = False, pages: Pages | None = None) -> str:
        """Serve on 127.0.0.1, on any free port when `port` is 0, until `close()`; returns the address.

        `tls` serves over https, with a certificate for 127.0.0.1 and localhost of an authority made for this run:
        `environ()` names the file with its certificate. `pages` are asked first. A tenant that serves already goes on
        as it is. Raises ConfigurationError when the port is taken.
        """
        from azuread_auth.simulation.server import LoopbackServer  # noqa: PLC0415 - in process no server is needed

        with self._state.lock:
            if self._server is None:
                made = self._make_tls() if tls else None
                try:
                    context = None if made is None else made.context
                    self._server = LoopbackServer(self._answer_with(pages), port=port, tls=context)
                except ConfigurationError:
                    if made is not None:
                        made.close()
                    raise
                self._tls, self._state.loopback_origin = made, self._server.origin
            return self._server.origin

    def _make_tls(self) -> "LoopbackTls":
        from azuread_auth.simulation.loopback_tls import LoopbackTls  # noqa: PLC0415 - x509 and ssl load slowly

        return LoopbackTls(now=time.time())  # clients go by the real clock

    def _answer_with(self, pages: Pages | None) -> Callable[[HttpRequest], TransportAnswer]:
        if pages is None:
            return self.answer

        def answer(request: HttpRequest) -> TransportAnswer:
            page = pages(request)
            return self.answer(request) if page is None else TransportAnswer(response=page)

        return answer

    def close(self) -> None:
        """Free the port, if one is open; the tenant goes on in process. Closing twice is fine."""
        with self._state.lock:
            server, self._server, self._state.loopback_origin = self._server, None, None
            tls, self._tls = self._tls, None
        if server is not None:
            server.close()
        if tls is not None:
            tls.close()
        self._close_fabric()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def installed_in(self, app: object) -> AbstractContextManager[None]:
        """Let the AzureAdAuth of an application trust this tenant inside a `with` block, then its own again.

        The application keeps its paths and rules, and is this tenant's own application meanwhile: tokens for either
        client id are accepted, its outbound tokens come from here and are kept in memory. Finds the middleware in
        Starlette and FastAPI applications, around others, and in what is wrapped. Raises ConfigurationError where there
        is none.
        """
        return installed(app, self._settings_in_place_of)

    def _settings_in_place_of(self, present: AzureAdSettings | None) -> AzureAdSettings:
        if present is None:
            return self.settings()
        return replace(
            present,
            tenant_id=present.tenant_id if present.is_multi_tenant else self.tenant_id,
            client_id=self.client_id,
            credential=ClientSecret(self.client_secret),
            tenants=self._welcome_beside(present.tenants),
            authority_host=self.authority_host,
            authority_url=None,
            audiences=tuple(sorted(present.accepted_audiences - {self.client_id})),
            redis_url=None,
            encryption_keys=(),
            allow_loopback_http=True,
            transport=self,
        )

    def _welcome_beside(self, tenants: Tenants) -> Tenants:
        """The application's rule for tenants, which welcomes this one too."""
        if isinstance(tenants, frozenset):
            return tenants | {self.tenant_id}
        if not callable(tenants):
            return tenants
        return lambda tenant_id: tenant_id == self.tenant_id or tenants(tenant_id)

    @property
    def http(self) -> "SimulatedTransport":
        """A transport for `httpx2.Client` and `httpx2.AsyncClient`: this tenant and the added routes, no network."""
        from azuread_auth.simulation.client_transport import SimulatedTransport  # noqa: PLC0415 - httpx2 loads slowly

        return SimulatedTransport(self.answer)

    def route(self, url: str, response: RouteResponse) -> None:
        """Answer a URL of any host so, whatever its query unless the URL has one; the last one added counts.

        Raises ConfigurationError for a relative URL.
        """
        self._responder.routes.add(url, response)

    def answer(self, request: HttpRequest) -> TransportAnswer:
        """The answer to one request, at once; a delay is told, not taken. Unknown hosts refuse the connection."""
        if self._control is not None and self._control.is_meant(request):
            return TransportAnswer(response=self._control.answer(request))
        return self._responder.answer(request)


def _tenant_and_domain(tenant_id: str | None, domain: str, directory: SimulatedDirectory | None) -> tuple[str, str]:
    if directory is not None:
        if tenant_id is not None:
            message = "tenant_id= and directory= name a tenant both; leave one of them out"
            raise ConfigurationError(message)
        return directory.tenants[0].tenant_id, directory.tenants[0].domain
    guid = str(uuid.uuid4()) if tenant_id is None else as_guid(tenant_id)
    if guid is None:
        message = "tenant_id= is not a GUID; leave it out for a new one"
        raise ConfigurationError(message)
    # It is part of addresses: what is no domain could make them those of another host.
    if not is_domain(domain):
        message = "domain= is no domain; expected one such as contoso.onmicrosoft.com"
        raise ConfigurationError(message)
    return guid, domain
