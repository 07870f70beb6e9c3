"""The simulated tenant: what of it an application, a test and a demonstration see."""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, Unpack

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import HttpRequest
from azuread_auth._settings.overrides import SettingOverrides
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.principal import Principal
from azuread_auth.settings import AzureAdSettings, Tenants
from azuread_auth.simulation.directory import CLOUD, IN_PROCESS_HOST
from azuread_auth.simulation.identities.environment import ManagedIdentityHosts
from azuread_auth.simulation.installing import installed
from azuread_auth.simulation.minting import mint
from azuread_auth.simulation.principals import principal_of, simulated_authority
from azuread_auth.simulation.registrations import Registrations
from azuread_auth.simulation.responder import Responder
from azuread_auth.simulation.routes import RouteResponse
from azuread_auth.simulation.sign_in.user_actions import UserActions
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.token_claims import Issuing
from azuread_auth.simulation.token_order import MintToken, TokenOrder, TokenWishes
from azuread_auth.simulation.trouble_making import TroubleMaking
from azuread_auth.simulation.users import find_user

if TYPE_CHECKING:
    from azuread_auth.simulation.client_transport import SimulatedTransport
    from azuread_auth.simulation.server import LoopbackServer

__all__ = ["DEFAULT_CLIENT_ID", "MintToken", "SimulatedTenant"]

DEFAULT_CLIENT_ID: Final = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
"""The app registration of the API that is tested, unless another is named."""


class SimulatedTenant(TroubleMaking, Registrations, UserActions, ManagedIdentityHosts):
    """A directory with throw-away keys: serves metadata and keys, mints tokens, and fails when told to.

    It answers in process, without sockets, until `serve()` or `environ()` opens a loopback port; from then on tokens
    come from that address. Each has a GUID of its own unless `tenant_id` says otherwise. `now` gives seconds since the
    epoch. Safe to use from several threads. Raises ConfigurationError when `tenant_id` is not a GUID.
    """

    def __init__(
        self,
        *,
        tenant_id: str | None = None,
        client_id: str = DEFAULT_CLIENT_ID,
        domain: str = "contoso.onmicrosoft.com",
        now: Callable[[], float] = time.time,
    ) -> None:
        guid = str(uuid.uuid4()) if tenant_id is None else as_guid(tenant_id)
        if guid is None:
            message = "tenant_id= is not a GUID; leave it out for a new one"
            raise ConfigurationError(message)
        self.tenant_id: Final = guid
        self.client_id: Final = client_id
        self.domain: Final = domain
        self._state = TenantState(tenant_id=guid, domain=domain, client_id=client_id, now=now)
        self._responder = Responder(self._state)
        self._traffic = self._responder.traffic
        self._server: LoopbackServer | None = None
        self._register_own_app()

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
        """The environment of an application that reaches this tenant over loopback HTTP; opens a port if none is."""
        return {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_CLIENT_SECRET": self.client_secret,
            "AZURE_AUTHORITY_HOST": self.serve(),
            "AZURE_AD_ALLOW_LOOPBACK_HTTP": "true",
        }

    def serve(self, port: int = 0) -> str:
        """Serve on 127.0.0.1, on any free port when `port` is 0, until `close()`; returns the address.

        A tenant that serves already goes on as it is. Raises ConfigurationError when the port is taken.
        """
        from azuread_auth.simulation.server import LoopbackServer  # noqa: PLC0415 - in process no server is needed

        with self._state.lock:
            if self._server is None:
                self._server = LoopbackServer(self.answer, port=port)
                self._state.loopback_origin = self._server.origin
            return self._server.origin

    def close(self) -> None:
        """Free the port, if one is open; the tenant goes on in process. Closing twice is fine."""
        with self._state.lock:
            server, self._server, self._state.loopback_origin = self._server, None, None
        if server is not None:
            server.close()
        self._close_fabric()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def mint_token(self, **wishes: Unpack[TokenWishes]) -> str:
        """The text of an access token: a good one of a member with the scope user_impersonation unless told otherwise.

        `TokenOrder` explains the keywords; the names for `fault` are those of `azuread_auth.simulation.faults.FAULTS`.
        Raises ConfigurationError for wishes that cannot be met.
        """
        order = TokenOrder(**wishes)
        authority = self._responder.authority_at(order.authority_url or f"{self.authority_host}/{self.tenant_id}")
        if authority is None:
            message = "authority_url= is not this tenant's; expected external_id_authority_url or b2c_authority_url()"
            raise ConfigurationError(message)
        own_tenant = self.tenant_id if authority.issuer_tenant == TENANT_TEMPLATE else authority.issuer_tenant
        issuing = Issuing(
            authority=authority,
            tenant_id=order.tenant_id or find_user(order.user).tenant_id or own_tenant,
            api_client_id=self.client_id,
            now=self._state.now(),
        )
        with self._state.lock:
            return mint(order, issuing=issuing, keys=self._state.keys)

    def headers(self, **wishes: Unpack[TokenWishes]) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.mint_token(**wishes)}"}

    def principal(self, **wishes: Unpack[TokenWishes]) -> Principal:
        """The caller that such a token stands for, judged by the rules of production: for unit tests.

        Raises TokenRejected for a token with a fault.
        """
        host, url = self.authority_host, wishes.get("authority_url")
        token = self.mint_token(**wishes)
        authority = simulated_authority(host, url)
        return principal_of(token, authority=authority, transport=self, client_id=self.client_id, now=self._state.now())

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

    def publish_key(self) -> None:
        """Publish the key that the next rotation will use: the first half of a planned rollover."""
        with self._state.lock:
            self._state.keys.publish()

    def rotate_keys(self, *, keep_old: bool = True) -> None:
        """Sign with another key from now on; False takes the old ones away at once, as in an emergency."""
        with self._state.lock:
            self._state.keys.rotate(keep_old=keep_old)

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
        return self._responder.answer(request)
