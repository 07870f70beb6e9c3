"""Django's sessions, as the sign-in sees them: it ends in Django's own `login()`, and signing out in its `logout()`."""

import base64
import binascii
import math
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final, Protocol, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, login, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.session_record import (
    SESSION_ID_BYTES,
    SessionRecord,
    SessionRules,
    fitted,
    new_record,
    principal_in,
    record_bytes,
    record_in,
)
from azuread_auth._web.sessions import FoundSession
from azuread_auth.django.backend import backend_in_use, is_backend
from azuread_auth.django.session_index import SessionIndex, are_sessions_stored, session_named
from azuread_auth.django.users import unless_removed
from azuread_auth.errors import ConfigurationError, LoginFailed
from azuread_auth.principal import Account, Principal

__all__ = ["DjangoSessions", "Run", "SessionCaller", "present_request"]

T = TypeVar("T")

_RECORD: Final = "azuread_auth"
# A cookie holds 4,096 bytes, and those of base64 are a third more; the rest is for what else is in the session.
_MOST_BYTES_IN_COOKIE: Final = 2_000
_MOST_BYTES: Final = 64 * 1024

present_request: ContextVar[HttpRequest] = ContextVar("azuread_auth_request")
"""The request that a route of the sign-in answers; a task that it starts has it too."""


class Run(Protocol):
    """Runs what asks the database, without holding up an event loop."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """What `work` returns."""
        ...


@dataclass(frozen=True, slots=True)
class SessionCaller:
    """Whom a session of Django's stands for."""

    is_known: bool
    """Whether somebody is signed in by it, in whatever way."""
    principal: Principal | None = None
    """Who signed in with Entra; None for others."""


class DjangoSessions:
    """Begins, finds and ends sessions of Django's for `azuread_auth._web`, whose cookies do not matter here.

    What is kept of a sign-in in a session names the application and the authority: under another it counts no more.
    """

    is_revocable: ClassVar[bool] = True
    """Whether they can be ended from elsewhere than their browser, but for those in cookies."""

    def __init__(
        self,
        *,
        run: Run,
        scopes: frozenset[str],
        scope_prefixes: frozenset[str],
        admission: SessionAdmission,
        context: str,
        random_bytes: Callable[[int], bytes],
        now: Callable[[], float],
        forget: Callable[[Principal], Awaitable[None]],
    ) -> None:
        self._run = run
        self._scopes = scopes
        self._scope_prefixes = scope_prefixes
        self._admission = admission
        self._context = context
        self._random_bytes = random_bytes
        self._now = now
        self._forget = forget
        self._index = SessionIndex()

    async def caller(self, session: SessionBase, *, now: float) -> SessionCaller:
        """Whom a session stands for by which Django knows the user; it has been read.

        Who signed in with Entra and does not count any more is nobody; but who has given a password since is known.
        Raises ProviderUnavailable where the application's own rule cannot say.
        """
        if _RECORD not in session:
            return SessionCaller(is_known=True)
        record = self._record(session)
        is_entras = is_backend(session.get(BACKEND_SESSION_KEY))
        if record is not None and await self._run(lambda: self._is_over(record)):
            # For good, since what says so is kept for a time alone.
            await self._run(session.flush if is_entras else partial(session.pop, _RECORD))
            return SessionCaller(is_known=not is_entras)
        if record is None or not await self._admission.admits(record):
            return SessionCaller(is_known=not is_entras)
        return SessionCaller(is_known=True, principal=self._principal(record, session, now))

    def _is_over(self, record: SessionRecord) -> bool:
        """Whether it began before the sessions of its user, or of its sign-in, were ended from elsewhere."""
        if not are_sessions_stored():
            return False
        return any(self._index.ended_at(index) >= record.started_at for index in self._indexes(record))

    def _record(self, session: SessionBase) -> SessionRecord | None:
        """What is kept of the sign-in, if it was to this application and under its present authority."""
        kept = session.get(_RECORD)
        context, _, text = kept.partition(".") if isinstance(kept, str) else ("", "", "")
        return _record_in(text) if context == self._context else None

    def _principal(self, record: SessionRecord, session: SessionBase, now: float) -> Principal:
        age = float(session.get_expiry_age())
        if settings.SESSION_SAVE_EVERY_REQUEST:
            record = replace(record, seen_at=now)
        rules = SessionRules(
            idle_seconds=age, lifetime_seconds=math.inf, scopes=self._scopes, scope_prefixes=self._scope_prefixes
        )
        return principal_in(record, rules)

    def recall(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:  # noqa: ARG002
        """None: `find` says it."""
        return None

    async def find(self, cookie_headers: Sequence[bytes], *, now: float) -> FoundSession | None:  # noqa: ARG002
        """The session of the present request. Raises ProviderUnavailable as `caller` does."""
        request = present_request.get()
        if not await self._run(lambda: request.user.is_authenticated):  # reads the session and the user
            return None
        principal = (await self.caller(request.session, now=now)).principal
        return None if principal is None else FoundSession(principal)

    def present_id(self, cookie_headers: Sequence[bytes], *, now: float) -> str:  # noqa: ARG002
        """The key of this browser's session, for a sign-in whose end does not bring its cookie."""
        return present_request.get().session.session_key or ""

    async def begin(
        self,
        principal: Principal,
        cookie_headers: Sequence[bytes],  # noqa: ARG002 - Django has read them
        *,
        now: float,
        earlier: str = "",
    ) -> list[str]:
        """Sign the user in to Django; gives the Set-Cookie value of the session. Raises LoginFailed."""
        request = present_request.get()
        try:
            return await self._run(lambda: self._begin(request, principal, now, earlier))
        except LoginFailed:
            await self._forget(principal)
            raise

    async def end(self, cookie_headers: Sequence[bytes], *, now: float) -> tuple[Principal | None, list[str]]:  # noqa: ARG002
        """Sign the user out of Django, whose SessionMiddleware removes the cookie."""
        request = present_request.get()
        return await self._run(lambda: self._end(request, now)), []

    async def end_by_sid(self, issuer: str, sid: str) -> bool:
        """End the sessions that came of one sign-in at the provider. Whether there were any."""
        if not are_sessions_stored():
            return False
        return await self._run(lambda: self._index.end_sign_in(issuer, sid, self._now()))

    async def end_all(self, account: Account) -> None:
        """End all sessions of a user. Raises ConfigurationError where they are in cookies."""
        if not are_sessions_stored():
            message = "SESSION_ENGINE keeps sessions in cookies, which cannot be ended from elsewhere; choose another"
            raise ConfigurationError(message)
        await self._run(lambda: self._index.end_user(account, self._now()))

    def _begin(self, request: HttpRequest, principal: Principal, now: float, earlier: str) -> list[str]:
        is_stored = are_sessions_stored()
        record = new_record(principal, session_id=self._random_bytes(SESSION_ID_BYTES), now=now)
        most = _MOST_BYTES if is_stored else _MOST_BYTES_IN_COOKIE
        record = fitted(record, lambda record: len(record_bytes(record)) <= most, remedy="")
        name, backend = backend_in_use()
        user = backend.authenticate(request, principal=principal)
        if user is None:
            message = "this application has no active user for the account; ask its administrator"
            raise LoginFailed(message)
        before = request.session.session_key
        try:
            with unless_removed(user):
                login(request, user, backend=name)
        except LoginFailed:
            request.session.flush()  # it names that user already
            raise
        if before is not None and request.session.session_key == before:
            request.session.cycle_key()  # who steps up gets a new id too, which login() gives to others alone
        request.session[_RECORD] = f"{self._context}.{base64.b64encode(record_bytes(record)).decode()}"
        request.session.save()
        if is_stored:
            key = request.session.session_key or ""
            if earlier not in ("", key):
                _end_earlier(earlier)
            for index in self._indexes(principal):
                self._index.add(index, key)
        return [_session_cookie(request)]

    def _end(self, request: HttpRequest, now: float) -> Principal | None:
        record = self._record(request.session) if request.user.is_authenticated else None
        principal = self._principal(record, request.session, now) if record is not None else None
        key = request.session.session_key
        logout(request)
        if principal is not None and key is not None and are_sessions_stored():
            for index in self._indexes(principal):
                self._index.remove(index, key)
        return principal

    def _indexes(self, who: Principal | SessionRecord) -> list[str]:
        indexes = [self._index.of_user(Account(who.tenant_id, who.object_id))]
        match who.claims:
            case {"iss": str(issuer), "sid": str(sid)}:
                indexes.append(self._index.of_sign_in(issuer, sid))
            case _:
                pass
        return indexes


def _end_earlier(key: str) -> None:
    """End the session that the browser had when it began to sign in, if somebody was signed in by it."""
    if session_named(key).get(SESSION_KEY) is not None:
        session_named(None).delete(key)


def _record_in(text: str) -> SessionRecord | None:
    try:
        return record_in(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None


def _session_cookie(request: HttpRequest) -> str:
    """What SessionMiddleware sets: a second answer to the same sign-in, after a double click, is to bring it too."""
    response = HttpResponse()
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        request.session.session_key or "",
        max_age=None if request.session.get_expire_at_browser_close() else request.session.get_expiry_age(),
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
    return response.cookies[settings.SESSION_COOKIE_NAME].OutputString()
