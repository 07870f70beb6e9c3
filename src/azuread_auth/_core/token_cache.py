"""Access tokens that are asked for once: found in memory, then in the store, then at the provider."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final

from azuread_auth._core.local_tokens import LocalToken, LocalTokens
from azuread_auth._core.pauses import Pauses
from azuread_auth._core.shared_store import TAKEN, SharedStore
from azuread_auth._core.single_flight import SingleFlight
from azuread_auth._core.token_events import TokenEvents
from azuread_auth._protocol.cache_key import CacheKey
from azuread_auth._protocol.retry import back_off_seconds
from azuread_auth._protocol.token_record import token_bytes, token_in
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.access_token import AccessToken
from azuread_auth.errors import AzureAdError, ProviderUnavailable, Throttled
from azuread_auth.ports import Lease, Observer, Runtime

__all__ = ["TokenCache", "Wanted"]

_RETRY_SECONDS: Final = 30.0
_LONGEST_RETRY_SECONDS: Final = 300.0
_CLAIMS_SECONDS: Final = 30.0
"""How long a token serves those who come with the same claims challenge. Later, it is this token that was refused."""
_LEAST_SECONDS_BETWEEN_RENEWALS: Final = 1.0
_LEAST_SECONDS: Final = 5.0
"""A token this close to its end would be refused on arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One token somebody wants: which, and how it is got."""

    key: CacheKey
    place: Hashable
    """Where this process looks first: flow, tenant, scopes and owner as the caller names them."""
    request: Callable[[], Awaitable[ReceivedToken]]
    until: float | None = None
    """When whatever it is got with ends, in seconds since the epoch: the token is not kept longer."""
    is_shared: bool = True
    """Whether other processes may have it: not where the identity is this machine's own."""
    plain: "tuple[CacheKey, Hashable] | None" = None
    """For a token that was asked for with claims: the key and place without them, whose token it replaces."""


class TokenCache:
    """`recall` answers at once for a token that is fresh; `token` for all.

    One request per key at a time, in this process and, by leases of the store, in all that share it. From its refresh
    time on a token is renewed in the background while it serves; if that fails, it serves to its end.
    """

    def __init__(
        self,
        store: SharedStore,
        *,
        runtime: Runtime,
        observer: Observer,
        is_enabled: bool = True,
        local: LocalTokens | None = None,
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._events = TokenEvents(observer)
        self._is_enabled = is_enabled
        self._local = local if local is not None else LocalTokens()
        self._flight = SingleFlight(runtime)
        self._pauses = Pauses(runtime)
        self._find = self._local.find
        self._now = runtime.now
        self._monotonic = runtime.monotonic
        self.hits = 0
        """How often `recall` had an answer."""

    def recall(self, place: Hashable) -> AccessToken | None:
        """The token kept in a place, if nothing has to be done about it; for the hot path."""
        try:
            entry = self._find(place)
        except TypeError:  # a list in place of a text, as scope or tenant: what checks them says so
            return None
        if entry is not None and self._monotonic() < entry.due_at and self._now() < entry.until:
            self.hits += 1
            return entry.token
        return None

    async def token(self, wanted: Wanted) -> AccessToken:
        """The token, from the cheapest source that has it. Raises what asking for it raises."""
        if not self._is_enabled:
            return _access_token(await self._requested(wanted))
        entry = self._serving(wanted)
        if entry is None:
            return await self._flight.run(wanted.key, lambda: self._load(wanted))
        if self._monotonic() >= entry.due_at:
            self._start_renewal(wanted, entry)
        return entry.token

    async def keep(self, wanted: Wanted, received: ReceivedToken) -> AccessToken:
        """Keep a token that came by other ways, such as a sign-in."""
        return await self._save(wanted, received, None) if self._is_enabled else _access_token(received)

    def _serving(self, wanted: Wanted) -> LocalToken | None:
        entry = self._local.find_anywhere(wanted.place)
        if entry is None or (self._monotonic() < entry.ends_at and self._now() < entry.until):
            return entry
        self._local.forget(wanted.place, entry)
        return None

    async def _load(self, wanted: Wanted) -> AccessToken:
        entry = self._serving(wanted)  # another caller may have been quicker than this one came here
        if entry is not None:
            return entry.token
        stored = await self._stored(wanted)
        if stored is None:
            return await self._obtain(wanted)
        entry = self._keep_locally(wanted, stored)
        self._events.acquired(wanted.key.flow, wanted.key.scopes, "store")
        if self._monotonic() >= entry.due_at:
            self._start_renewal(wanted, entry)
        return entry.token

    async def _obtain(self, wanted: Wanted, old: LocalToken | None = None) -> AccessToken:
        """Ask for the token, in place of `old`, unless another process is about to: then what that one gets."""
        is_background = old is not None
        lease, found = await self._leased(wanted, old)
        try:
            if lease is not None:  # who had it before may have got what is wanted
                found = await self._fresh(wanted, old)
            if found is not None:
                self._events.acquired(wanted.key.flow, wanted.key.scopes, "store", is_background=is_background)
                return self._keep_locally(wanted, found).token
            return await self._save(wanted, await self._requested(wanted, is_background=is_background), lease)
        finally:
            await self._store.release(lease)

    async def _leased(self, wanted: Wanted, old: LocalToken | None) -> tuple[Lease | None, ReceivedToken | None]:
        """The lease, or what another process got while it had it; neither where nobody need be waited for."""
        if not wanted.is_shared:
            return None, None
        lease = await self._store.lease(wanted.key.text)
        if lease != TAKEN:
            return lease, None
        found = await self._store.wait_for(lambda: self._fresh(wanted, old), key=wanted.key.text)
        return (None, found) if isinstance(found, ReceivedToken) else (found, None)

    async def _requested(self, wanted: Wanted, *, is_background: bool = False) -> ReceivedToken:
        key = wanted.key
        owner = (key.tenant, key.client_id, key.flow, key.partition, key.scopes)
        self._pauses.check(owner)
        try:
            received = await wanted.request()
        except AzureAdError as error:
            self._pauses.note(owner, error)
            self._events.failed(key.flow, key.scopes, error, is_background=is_background)
            raise
        self._pauses.note(owner, None)
        self._events.acquired(key.flow, key.scopes, "provider", is_background=is_background)
        return received

    async def _save(self, wanted: Wanted, received: ReceivedToken, lease: Lease | None) -> AccessToken:
        entry = self._keep_locally(wanted, received)
        # Whatever the provider says about its refresh: not at each call.
        entry.due_at = max(entry.due_at, min(self._monotonic() + _LEAST_SECONDS_BETWEEN_RENEWALS, entry.ends_at))
        ttl = _last_moment(wanted, received) - self._now()
        if wanted.is_shared and ttl > 0:
            data = token_bytes(received)
            if wanted.plain is None:
                await self._store.write(wanted.key.text, data, ttl_seconds=ttl, lease=lease)
            else:
                await self._store.write(wanted.key.text, data, ttl_seconds=min(ttl, _CLAIMS_SECONDS), lease=lease)
                await self._store.write(wanted.plain[0].text, data, ttl_seconds=ttl)
        return entry.token

    async def _fresh(self, wanted: Wanted, old: LocalToken | None) -> ReceivedToken | None:
        """What the store has, if it is not due itself. After a wall clock was set back `old` could look so again."""
        received = await self._stored(wanted)
        if received is None or self._now() >= received.refresh_at:
            return None
        return None if old is not None and old.token.token == received.access_token else received

    async def _stored(self, wanted: Wanted) -> ReceivedToken | None:
        if not wanted.is_shared:
            return None
        data = await self._store.read(wanted.key.text)
        received = token_in(data) if data is not None else None
        return received if received is not None and self._now() < _last_moment(wanted, received) else None

    def _keep_locally(self, wanted: Wanted, received: ReceivedToken) -> LocalToken:
        now, monotonic = self._now(), self._monotonic()
        until = _last_moment(wanted, received)
        jitter = 30.0 * self._runtime.random()
        ends_at = monotonic + until - now
        due_at = min(monotonic + received.refresh_at - now - min(jitter, (until - now) / 10), ends_at)
        if wanted.until is not None and wanted.until <= received.refresh_at:
            due_at = ends_at  # what it was got with ends first, so that nothing newer is to be had
        entry = LocalToken(_access_token(received), due_at=due_at, ends_at=ends_at, until=until)
        if wanted.plain is None:
            self._local.keep(wanted.place, entry)
            return entry
        self._local.keep(wanted.plain[1], entry)
        ends_at = min(ends_at, monotonic + _CLAIMS_SECONDS)
        brief = LocalToken(entry.token, due_at=ends_at, ends_at=ends_at, until=until)
        self._local.keep(wanted.place, brief)
        return brief

    def _start_renewal(self, wanted: Wanted, entry: LocalToken) -> None:
        # Set first, so that of many callers one starts it, and the others are answered by `recall`.
        entry.due_at = min(self._monotonic() + _RETRY_SECONDS, entry.ends_at)
        self._runtime.start_background(lambda: self._renew(wanted, entry), name=f"renew {wanted.key.flow} token")

    async def _renew(self, wanted: Wanted, entry: LocalToken) -> None:
        try:
            await self._flight.run(wanted.key, lambda: self._renewed(wanted, entry))
        except AzureAdError as error:  # the present token serves on; the next try is after a pause
            entry.failures += 1
            chance = self._runtime.random()
            delay = back_off_seconds(
                entry.failures, at_least=_RETRY_SECONDS, at_most=_LONGEST_RETRY_SECONDS, chance=chance
            )
            if isinstance(error, Throttled | ProviderUnavailable):
                delay = max(delay, error.retry_after)
            entry.due_at = min(self._monotonic() + delay, entry.ends_at)
            self._events.not_renewed(wanted.key.flow, wanted.key.scopes, error)

    async def _renewed(self, wanted: Wanted, entry: LocalToken) -> AccessToken:
        kept = self._serving(wanted)
        if kept is not None and kept is not entry:  # of threads that came at the same time another has done it
            return kept.token
        return await self._obtain(wanted, entry)


def _last_moment(wanted: Wanted, received: ReceivedToken) -> float:
    """Until when the token serves, in seconds since the epoch: shortly before it or what it was got with ends."""
    end = received.expires_at if wanted.until is None else min(received.expires_at, wanted.until)
    return end - _LEAST_SECONDS


def _access_token(received: ReceivedToken) -> AccessToken:
    return AccessToken(
        token=received.access_token,
        expires_at=received.expires_at,
        refresh_at=received.refresh_at,
        scopes=received.scopes,
        token_type=received.token_type,
    )
