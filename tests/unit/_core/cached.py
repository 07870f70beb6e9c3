"""What the tests of the token cache share: a cache, and a source of tokens that does as it is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from azuread_auth._core.local_tokens import LocalTokens
from azuread_auth._core.shared_store import SharedStore
from azuread_auth._core.token_cache import TokenCache, Wanted
from azuread_auth._protocol.cache_key import AppPartition, CacheKey
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.access_token import AccessToken
from azuread_auth.errors import ProviderUnavailable, Throttled, TokenRequestFailed
from azuread_auth.ports import Event
from azuread_auth.secret import Secret
from tests.conftest import Mode
from tests.unit._core.conftest import Core, ManualClock
from tests.unit._core.outbound import DictStore, LeasingDictStore, PassingRuntime

KEY = CacheKey(
    authority="https://login.example/",
    tenant="tenant",
    client_id="client",
    flow="client_credentials",
    scopes=("api://orders/.default",),
    partition=AppPartition(),
)


def throttled(retry_after: float = 0.0) -> Throttled:
    """Too many requests."""
    return Throttled("too many", error="temporarily_unavailable", retry_after=retry_after, aadsts=90055)


def unavailable(retry_after: float = 0.0) -> ProviderUnavailable:
    """No answer."""
    return ProviderUnavailable("no answer", retry_after=retry_after)


def refused() -> TokenRequestFailed:
    """An error that no waiting mends."""
    return TokenRequestFailed("refused", error="invalid_request")


class Source:
    """Issues numbered tokens."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.life = 3600.0
        self.refresh_after: float | None = None
        self.runs = 0
        self.error: Exception | None = None
        self.before: Callable[[], Any] | None = None

    async def __call__(self) -> ReceivedToken:
        """The next token."""
        self.runs += 1
        text = f"token-{self.runs}"
        if self.before is not None:
            await self.before()
        if self.error is not None:
            raise self.error
        now = self._clock.now()
        after = self.life - 300 if self.refresh_after is None else self.refresh_after
        return ReceivedToken(
            access_token=Secret(text),
            expires_at=now + self.life,
            refresh_at=now + after,
            scopes=frozenset({"orders"}),
        )


class Cached:
    """A cache in one process, and what it is filled from."""

    def __init__(self, core: Core, store: DictStore, source: Source, **options: Any) -> None:
        self.core, self.store, self.source = core, store, source
        self.clock = core.clock
        self.shared = SharedStore(store, runtime=core.runtime, observer=core)
        self.local = LocalTokens()
        self.cache = TokenCache(self.shared, runtime=core.runtime, observer=core, local=self.local, **options)

    def another(self) -> "Cached":
        """The same in another process, which shares the store."""
        return Cached(self.core, self.store, self.source)

    def wanted(self, **changes: Any) -> Wanted:
        """The one token that all of this is about, unless told otherwise."""
        key = replace(KEY, **{name: changes.pop(name) for name in list(changes) if hasattr(KEY, name)})
        plain = replace(key, claims=None)
        if key.claims is not None:
            changes["plain"] = (plain, plain.text)
        return Wanted(key=key, place=key.text, request=changes.pop("request", self.source), **changes)

    async def get(self, **changes: Any) -> str:
        """The text of the token, as the hot path and the slow one give it."""
        wanted = self.wanted(**changes)
        found: AccessToken = self.cache.recall(wanted.place) or await self.cache.token(wanted)
        return found.reveal()

    def run(self, body: Callable[[], Any]) -> Any:
        """Run a coroutine function in this mode."""
        return self.core.run(body)

    async def renew(self) -> int:
        """Do what was started in the background; gives how much it was."""
        return await self.core.runtime.run_background()

    def events(self, name: str) -> list[Event]:
        """What the operator was told under that name."""
        return self.core.named(name)


def make_cached(mode: Mode, **options: Any) -> Cached:
    """A cache with a clock, a source and a store of its own."""
    clock = ManualClock()
    core = Core(mode, clock, PassingRuntime(mode, clock))
    return Cached(core, LeasingDictStore(clock), Source(clock), **options)
