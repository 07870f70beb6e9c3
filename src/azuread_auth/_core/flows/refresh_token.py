"""Tokens for users who signed in here, got with the refresh token of their sign-in (RFC 6749 6)."""

from dataclasses import dataclass, field
from typing import Final

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.exchange import Exchange
from azuread_auth._core.shared_store import TAKEN, SharedStore
from azuread_auth._core.single_flight import SingleFlight
from azuread_auth._protocol.cache_key import CacheKey, UserPartition
from azuread_auth._protocol.grants import refresh_token_grant
from azuread_auth._protocol.shared_error import SharedError
from azuread_auth._protocol.token_errors import is_grant_dead
from azuread_auth._protocol.token_record import refresh_token_bytes, refresh_token_in
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.errors import AzureAdError, InteractionRequired
from azuread_auth.ports import Lease, Runtime
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings

__all__ = ["RefreshTokens"]

_LIFE_SECONDS: Final = 90 * 86_400.0  # Microsoft, "Refresh tokens in the Microsoft identity platform"
_MARGIN_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one caller wants of a user's refresh token."""

    scopes: tuple[str, ...]
    tenant: str
    claims: str | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    turn: _Turn
    answer: ReceivedToken | SharedError = field(repr=False)


class RefreshTokens:
    """Keeps one refresh token for each user, and uses it for one request at a time.

    Providers replace it at each use and may take two uses for theft, so requests of one user for different scopes take
    turns, in this process and among those that share the store.
    """

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        exchange: Exchange,
        authorities: Authorities,
        store: SharedStore,
        runtime: Runtime,
    ) -> None:
        self._client_id = settings.client_id
        self._exchange = exchange
        self._authorities = authorities
        self._store = store
        self._flight = SingleFlight(runtime)
        self._turn_seconds = settings.timeout_seconds + _MARGIN_SECONDS
        self._patience_seconds = settings.timeout_seconds + _GRACE_SECONDS

    async def token(
        self, user: UserPartition, scopes: tuple[str, ...], *, tenant: str, claims: str | None
    ) -> ReceivedToken:
        """A token for the user. Raises InteractionRequired when nothing is kept that could bring one."""
        mine = _Turn(scopes, tenant, claims)
        while True:
            outcome: _Outcome = await self._flight.run(user, lambda: self._take(mine, user))
            if outcome.turn != mine:
                continue
            if isinstance(outcome.answer, SharedError):
                raise outcome.answer.own()
            return outcome.answer

    async def keep(self, user: UserPartition, refresh_token: Secret) -> None:
        """Keep the refresh token of a sign-in, in place of an older one."""
        await self._write(self._key(user), refresh_token, None)

    async def forget(self, user: UserPartition) -> None:
        """Drop the user's refresh token."""
        await self._store.forget(self._key(user))

    async def _take(self, turn: _Turn, user: UserPartition) -> _Outcome:
        """One turn; what goes wrong in it concerns only whose turn it was."""
        key = self._key(user)
        lease = await self._leased(key)
        try:
            return _Outcome(turn, await self._refresh(turn, key, lease))
        except AzureAdError as error:
            return _Outcome(turn, SharedError(error))
        finally:
            await self._store.release(lease)

    async def _leased(self, key: str) -> Lease | None:
        """The turn of this process; None where nobody can tell, or where another keeps it longer than a request lasts.

        That one has died, or the store has given a lease and its answer was lost: no reason to refuse the user.
        """
        lease = await self._store.turn(key, seconds=self._turn_seconds, patience_seconds=self._patience_seconds)
        return None if lease == TAKEN else lease

    async def _refresh(self, turn: _Turn, key: str, lease: Lease | None) -> ReceivedToken:
        kept = await self._kept(key)
        if kept is None:
            message = "no tokens of this user are kept here; the user has to sign in"
            raise InteractionRequired(message, error="login_required", scopes=turn.scopes)
        try:
            received = await self._exchanged(turn, kept)
        except InteractionRequired as error:
            if not is_grant_dead(error):
                raise
            newer = await self._kept(key)
            if newer is None or newer == kept:
                await self._store.forget(key)
                raise
            received = await self._exchanged(turn, newer)  # another process replaced it meanwhile
        if received.refresh_token is not None:
            await self._write(key, received.refresh_token, lease)
        return received

    async def _exchanged(self, turn: _Turn, refresh_token: Secret) -> ReceivedToken:
        scopes = (*turn.scopes, "offline_access")  # else the answer may lack the next refresh token
        grant = refresh_token_grant(refresh_token, scopes, claims=turn.claims)
        return await self._exchange.token(grant, authority=self._authorities.at(turn.tenant))

    async def _kept(self, key: str) -> Secret | None:
        data = await self._store.read(key, is_precious=True)
        return refresh_token_in(data) if data is not None else None

    async def _write(self, key: str, refresh_token: Secret, lease: Lease | None) -> None:
        data = refresh_token_bytes(refresh_token)
        await self._store.write(key, data, ttl_seconds=_LIFE_SECONDS, lease=lease, is_precious=True)

    def _key(self, user: UserPartition) -> str:
        authority = self._authorities.at(self._authorities.own_tenant)
        return CacheKey(
            authority=f"{authority.origin}/{authority.policy or ''}",
            tenant=user.tenant_id,
            client_id=self._client_id,
            flow="refresh_token_itself",
            scopes=(),
            partition=user,
        ).text
