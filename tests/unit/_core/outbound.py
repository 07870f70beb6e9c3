"""What the tests of outbound tokens share: time that passes by sleeping, stores that fail, an application that asks."""

import threading
from collections.abc import Callable
from typing import Any

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._core.engine import Engine, OutboundPorts
from azuread_auth.access_token import AccessToken, UserToken
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import CommandPort, Event, HttpPort, HttpRequest, HttpResponse, Lease, Runtime, TokenStore
from azuread_auth.principal import Account, Principal
from azuread_auth.sign_in import AuthorizationRequest
from azuread_auth.simulation import SimulatedTenant
from tests.conftest import Mode
from tests.unit._core.conftest import Core, ManualClock, ManualRuntime

GRAPH = "https://graph.microsoft.com/.default"
ORDERS = "api://orders/.default"
MAIL = "https://graph.microsoft.com/Mail.Read"
REDIRECT = "http://localhost/auth/callback"


class PassingRuntime(ManualRuntime):
    """A ManualRuntime whose clock moves on by what is slept, without waiting."""

    def __init__(self, mode: Mode, clock: ManualClock) -> None:
        super().__init__(mode, clock)
        self._clock = clock
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass, and others have their turn."""
        if seconds > 0:
            self.slept.append(seconds)
            self._clock.advance(seconds)
        await self._real.sleep(0)


class DictStore:
    """A TokenStore that shows what is in it, and fails as told."""

    def __init__(self, clock: ManualClock) -> None:
        self._monotonic = clock.monotonic
        self.kept: dict[str, Any] = {}
        self._ends: dict[str, float] = {}
        self.lifetimes: dict[str, float] = {}
        self.failing: set[str] = set()
        self.error: Exception = ValueError("canary-of-a-store")
        self.calls: list[str] = []

    def called(self, operation: str) -> None:
        """Take note of a call; fail it if that is wanted."""
        self.calls.append(operation)
        if operation in self.failing:
            raise self.error

    async def get(self, key: str) -> bytes | None:
        """The value."""
        self.called("get")
        value: bytes | None = self.kept.get(key)
        return value if self._monotonic() < self._ends.get(key, 0.0) else None

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep the value."""
        self.called("put")
        self.keep(key, value, ttl_seconds)

    def keep(self, key: str, value: Any, seconds: float = 3600.0) -> None:
        """Keep the value, without a call."""
        self.kept[key], self.lifetimes[key], self._ends[key] = value, seconds, self._monotonic() + seconds

    async def delete(self, key: str) -> None:
        """Forget the value."""
        self.called("delete")
        self.kept.pop(key, None)


class LeasingDictStore(DictStore):
    """The same with leases, which end by a clock that the test moves."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self._lock = threading.Lock()
        self.held: dict[str, tuple[Lease, float]] = {}
        self.fences: dict[str, int] = {}
        self.before_lease: Callable[[str], None] = lambda _key: None

    @property
    def leases(self) -> "LeasingDictStore":
        """This store itself."""
        return self

    async def lease(self, key: str, *, seconds: float) -> Lease | None:
        """The lease, unless another has it."""
        self.called("lease")
        self.before_lease(key)
        with self._lock:
            held = self.held.get(key)
            if held is not None and self._monotonic() < held[1]:
                return None
            fence = self.fences[key] = self.fences.get(key, 0) + 1
            lease = Lease(key, fence, f"owner {fence}")
            self.held[key] = (lease, self._monotonic() + seconds)
            return lease

    async def release(self, lease: Lease) -> None:
        """Give it back."""
        self.called("release")
        if self.held.get(lease.key, (None, 0.0))[0] == lease:
            del self.held[lease.key]

    async def put_leased(self, key: str, value: bytes, *, ttl_seconds: float, lease: Lease) -> bool:
        """Keep the value, unless a later lease was given."""
        self.called("put_leased")
        if lease.fence < self.fences.get(lease.key, 0):
            return False
        self.keep(key, value, ttl_seconds)
        return True


class WatchedHttp:
    """An HttpPort that keeps the requests, waits for all callers where wanted, and loses answers as told."""

    def __init__(self, inner: HttpPort) -> None:
        self._inner = inner
        self.sent: list[HttpRequest] = []
        self.lost = 0
        self.at_once = 0
        self.most_at_once = 0
        self.wait: Callable[[], Any] | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer of the server, if it is not lost on the way."""
        if not request.url.endswith("/token"):
            return await self._inner.send(request)
        self.sent.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.wait is not None:
                await self.wait()
            response = await self._inner.send(request)
        finally:
            self.at_once -= 1
        if self.lost > 0:
            self.lost -= 1
            message = "the connection was closed before the answer came"
            raise ProviderUnavailable(message)
        return response

    async def aclose(self) -> None:
        """Nothing is open."""


class Application:
    """One process of an application that gets tokens of a simulated tenant."""

    def __init__(
        self,
        core: Core,
        tenant: SimulatedTenant,
        store: TokenStore,
        *,
        http: "WatchedHttp | None" = None,
        **settings: Any,
    ) -> None:
        self.core, self.tenant, self.store = core, tenant, store
        self.runtime: ManualRuntime = core.runtime
        self.http = http or WatchedHttp(InProcessHttp(tenant, core.runtime))
        outbound = OutboundPorts(
            store=lambda: store, bind_store=lambda other: other, commands=self._commands, environ={}
        )
        self.engine = Engine(
            tenant.settings(**settings), http=self.http, runtime=core.runtime, observer=core, outbound=outbound
        )

    def _commands(self) -> CommandPort:
        return self.core.mode.commands()

    def another(self, store: TokenStore | None = None, **settings: Any) -> "Application":
        """Another process of the application, with the same store and clock."""
        return Application(self.core, self.tenant, store or self.store, **settings)

    async def app(self, scope: str = GRAPH, tenant_id: str | None = None, claims: Any = None) -> AccessToken:
        """The application's token."""
        tokens = self.engine.tokens
        found = tokens.recall_for_app((scope,), tenant_id, claims)
        return found or await tokens.for_app((scope,), tenant_id, claims)

    async def user(
        self, user: Principal | Account, *scopes: str, tenant_id: str | None = None, claims: Any = None
    ) -> AccessToken:
        """A user's token."""
        tokens, wanted = self.engine.tokens, scopes or (MAIL,)
        found = tokens.recall_for_user(user, wanted, tenant_id, claims)
        return found or await tokens.for_user(user, wanted, tenant_id, claims)

    def begin(self, *scopes: str, tenant_id: str | None = None) -> AuthorizationRequest:
        """A sign-in with a browser, begun."""
        from azuread_auth._protocol.authorization import SignInWishes  # noqa: PLC0415 - for this alone

        return self.engine.tokens.start_authorization(REDIRECT, scopes or (MAIL,), tenant_id, SignInWishes())

    async def sign_in(self, *scopes: str, user: str = "adele") -> UserToken:
        """A sign-in with a browser, from beginning to end."""
        request = self.begin(*scopes)
        return await self.engine.tokens.by_authorization_code(request, self.tenant.sign_in(request.url, user))

    @property
    def requests(self) -> int:
        """How often the token endpoint was asked, by this process."""
        return len(self.http.sent)

    def run(self, body: Callable[[], Any]) -> Any:
        """Run a coroutine function in this mode."""
        return self.core.run(body)

    def events(self, name: str) -> list[Event]:
        """What the operator was told under that name."""
        return self.core.named(name)


def make_application(
    mode: Mode, *, store: TokenStore | None = None, waits: bool = False, **options: Any
) -> Application:
    """An application with a tenant, a clock and a store of its own; `waits` has it sleep while the clock stands."""
    clock = ManualClock()
    core = Core(mode, clock, ManualRuntime(mode, clock) if waits else PassingRuntime(mode, clock))
    return Application(core, core.tenant(), store or LeasingDictStore(clock), **options)


def runtime_of(application: Application) -> PassingRuntime:
    """The runtime that shows what was slept."""
    runtime: Runtime = application.core.runtime
    assert isinstance(runtime, PassingRuntime)
    return runtime
