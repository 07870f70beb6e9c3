"""What the tests of the core share: a clock that moves by hand, and background work that runs when told."""

from collections.abc import Awaitable, Callable, Hashable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._core.engine import Engine
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.ports import Event, HttpPort, Runtime, SharedWork
from azuread_auth.principal import Principal
from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation import SimulatedTenant
from tests.conftest import Mode

T = TypeVar("T")

HOUR = 3600.0


class ManualClock:
    """The time of day and the monotonic clock, which stand still until they are moved."""

    def __init__(self) -> None:
        self._now = 1_800_000_000.0
        self._monotonic = 50_000.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Seconds, by the clock that never goes back."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let so much time pass, by both clocks."""
        self._now += seconds
        self._monotonic += seconds

    def set_wall_clock(self, by_seconds: float) -> None:
        """Correct the wall clock alone, as NTP does."""
        self._now += by_seconds


class ManualRuntime:
    """A mode's runtime, but for time, chance and background work, which are in the test's hands."""

    def __init__(self, mode: Mode, clock: ManualClock) -> None:
        self._real: Runtime = mode.runtime
        self.now = clock.now
        self.monotonic = clock.monotonic
        self.chance = 0.0
        self.background: list[Callable[[], Awaitable[None]]] = []

    def random(self) -> float:
        """What the test says."""
        return self.chance

    def random_bytes(self, count: int, /) -> bytes:
        """Unpredictable as ever."""
        return self._real.random_bytes(count)

    async def within(self, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
        """Limited as ever, by the real clock."""
        return await self._real.within(seconds, work)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """In a thread as ever."""
        return await self._real.in_thread(work)

    def lock(self) -> AbstractAsyncContextManager[None]:
        """A lock as ever."""
        return self._real.lock()

    async def sleep(self, seconds: float) -> None:
        """Wait so long, really."""
        await self._real.sleep(seconds)

    def home(self) -> Hashable:
        """The running event loop, or the process."""
        return self._real.home()

    def share(self, work: Callable[[], Awaitable[T]]) -> SharedWork[T]:
        """Shared as ever."""
        return self._real.share(work)

    def start_background(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Keep the work for `run_background`."""
        self.background.append(work)

    async def run_background(self) -> int:
        """Run what was started; gives how much it was."""
        started, self.background = self.background, []
        for work in started:
            await work()
        return len(started)

    async def aclose(self) -> None:
        """Forget what was started."""
        self.background.clear()


@dataclass
class Core:
    """The surroundings of a test: where it runs, its time, and what the operator was told."""

    mode: Mode
    clock: ManualClock
    runtime: ManualRuntime
    events: list[Event] = field(default_factory=list)

    def run(self, body: Callable[[], Any]) -> Any:
        """Run a coroutine function in this mode."""
        return self.mode.run(body)

    def record(self, event: Event) -> None:
        """Take note, as an Observer."""
        self.events.append(event)

    def named(self, name: str) -> list[Event]:
        """The events of that name."""
        return [event for event in self.events if event.name == name]

    def tenant(self, **options: Any) -> SimulatedTenant:
        """A simulated tenant that lives by the same clock."""
        return SimulatedTenant(now=self.clock.now, **options)

    def engine(self, tenant: SimulatedTenant, *, http: HttpPort | None = None, **settings: Any) -> Engine:
        """An application that trusts the tenant."""
        http = http or InProcessHttp(tenant, self.runtime)
        return Engine(tenant.settings(**settings), http=http, runtime=self.runtime, observer=self)

    async def outcomes(self, work: Callable[[], Awaitable[T]], times: Iterable[object]) -> "list[T | Exception]":
        """What each of so many concurrent calls came to."""
        return await self.mode.settle(*(work for _ in times))


def make_core(mode: Mode) -> Core:
    """The surroundings in a mode."""
    clock = ManualClock()
    return Core(mode, clock, ManualRuntime(mode, clock))


@pytest.fixture
def core(mode: Mode) -> Core:
    """One test body on asyncio, trio and threads, with time in hand."""
    return make_core(mode)


@pytest.fixture
def event_loop_core(event_loop_mode: Mode) -> Core:
    """As `core`, for what exists on event loops alone."""
    return make_core(event_loop_mode)


@pytest.fixture
def threads_core(threads_mode: Mode) -> Core:
    """As `core`, for what exists in threads alone."""
    return make_core(threads_mode)


class Scene:
    """A simulated tenant and an application that trusts it."""

    def __init__(self, core: Core, **settings: Any) -> None:
        self.core = core
        self.tenant = core.tenant()
        self.engine = core.engine(self.tenant, **settings)

    def accept(self, token: str) -> Principal:
        """The caller, who must be let in."""
        principal: Principal = self.core.run(lambda: self.engine.validate_token(token))
        return principal

    def accept_new(self, **wishes: Any) -> Principal:
        """The caller of a fresh good token."""
        return self.accept(self.tenant.mint_token(**wishes))

    def refuse(self, token: str) -> RejectionReason:
        """Why the token is refused."""
        with pytest.raises(TokenRejected) as refused:
            self.accept(token)
        return refused.value.reason

    def fail(self, token: str) -> float:
        """After how long to ask again: whether the token is good cannot be told."""
        with pytest.raises(ProviderUnavailable) as refused:
            self.accept(token)
        return refused.value.retry_after

    def refresh(self) -> None:
        """Let the refresh that is due run."""

        async def look() -> None:
            self.engine.provider.keys(2).peek()
            await self.core.runtime.run_background()

        self.core.run(look)

    @property
    def fetches(self) -> tuple[int, int]:
        """How often metadata and keys were asked for."""
        return self.tenant.request_count("discovery"), self.tenant.request_count("keys")


@pytest.fixture
def scene(core: Core) -> Scene:
    """A simulated tenant and an application of it alone."""
    return Scene(core)


@pytest.fixture
def warm(scene: Scene) -> Scene:
    """The same, with keys loaded."""
    scene.core.run(scene.engine.warm_up)
    return scene
