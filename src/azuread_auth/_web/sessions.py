"""Sessions of users who signed in, as the rest of the inbound core sees them: in cookies or in a store."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.ended_sessions import EndedSessions
from azuread_auth._web.sealed_sessions import SealedSessions
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.session_cookies import FoundSession, SessionCookies
from azuread_auth._web.session_record import SessionRules
from azuread_auth._web.session_store import SessionStore
from azuread_auth._web.stored_sessions import StoredSessions
from azuread_auth.ports import Observer, Runtime, TokenStore
from azuread_auth.principal import Account, Principal
from azuread_auth.requirements import Scope
from azuread_auth.web_login import WebLogin

__all__ = ["FoundSession", "Sessions", "sessions_for"]


class Sessions(Protocol):
    """Begins, finds and ends sessions. `cookie_headers` are the values of all Cookie headers of a request."""

    is_revocable: ClassVar[bool]
    """Whether they can be ended from elsewhere than their browser."""

    def recall(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request, where that can be said without waiting; after None, `find` has the last word."""
        ...

    async def find(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:
        """The session of a request; None for nobody.

        Raises StoreUnavailable, or ProviderUnavailable, where the one or the application's own rule cannot say.
        """
        ...

    def present_id(self, cookie_headers: Sequence[bytes], *, now: float) -> str:
        """What to keep, sealed, of this browser's session, for a `begin` to which it brings no cookie; "" for none."""
        ...

    async def begin(
        self, principal: Principal, cookie_headers: Sequence[bytes], *, now: float, earlier: str = ""
    ) -> list[str]:
        """Set-Cookie values of a new session, with a new id, in place of that of the cookies and of `earlier`.

        Raises LoginFailed or StoreUnavailable.
        """
        ...

    async def end(self, cookie_headers: Sequence[bytes], *, now: float) -> tuple[Principal | None, list[str]]:
        """Who is signed out, if anybody is, and Set-Cookie values that do it. Raises StoreUnavailable."""
        ...

    async def end_by_sid(self, issuer: str, sid: str) -> bool:
        """End the sessions that came of one sign-in at the provider; was there any? Raises StoreUnavailable."""
        ...

    async def end_all(self, account: Account) -> None:
        """End all sessions of a user. Raises ConfigurationError without a store, StoreUnavailable with one."""
        ...


def sessions_for(
    web_login: WebLogin,
    *,
    names: CookieNames,
    sealer: Callable[[str], Sealer],
    client_store: Callable[[], TokenStore],
    bind_store: Callable[[TokenStore], TokenStore],
    admission: SessionAdmission,
    scope_prefixes: frozenset[str],
    runtime: Runtime,
    observer: Observer,
) -> Sessions:
    """Sessions as the settings want them.

    `sealer` makes one for a purpose; `client_store` is asked when it is needed; `bind_store` makes a store fit for an
    event loop or for threads.

    Raises ConfigurationError for session scopes of another API.
    """
    cookies = SessionCookies(names)
    rules = SessionRules(
        idle_seconds=web_login.session_idle_seconds,
        lifetime_seconds=web_login.session_lifetime_seconds,
        scopes=frozenset(Scope(name).short_name(scope_prefixes) for name in web_login.session_scopes),
        scope_prefixes=scope_prefixes,
    )
    store = web_login.session_store
    if store is None:
        ended = EndedSessions(names, sealer("ended sessions"), lifetime_seconds=rules.lifetime_seconds)
        return SealedSessions(
            cookies, sealer("session"), rules, admission=admission, ended=ended, random_bytes=runtime.random_bytes
        )
    bound = client_store() if store == "client" else bind_store(store)
    return StoredSessions(
        SessionStore(bound, app=names.app, runtime=runtime, observer=observer),
        cookies,
        rules,
        admission=admission,
        handles=sealer("session handle"),
        records=sealer("session record"),
        random_bytes=runtime.random_bytes,
    )
