"""What tests of sessions share: users, a browser that keeps cookies, and the sessions of one application."""

import json
import math
import os
from collections.abc import Iterable
from typing import Any

from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.ended_sessions import EndedSessions
from azuread_auth._web.sealed_sessions import SealedSessions
from azuread_auth._web.sealing import Sealer
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.session_cookies import SessionCookies
from azuread_auth._web.session_record import SessionRules
from azuread_auth._web.session_store import SessionStore
from azuread_auth._web.stored_sessions import StoredSessions
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import Event, Runtime, TokenStore
from azuread_auth.principal import Principal
from azuread_auth.rejection import RejectionReason
from azuread_auth.secret import Secret

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
USER = "5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3b41"
OTHER_USER = "6b8d0e2f-3a45-4c67-9d89-0e1f2a3b4c52"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
NOW = 1_800_000_000.0
KEY = Secret(bytes(range(32)))
OTHER_KEY = Secret(bytes(32))
NAMES = CookieNames("0123456789ab", is_secure=True)
RULES = SessionRules(idle_seconds=3600, lifetime_seconds=28_800, scopes=frozenset({"Files.Read"}))


def guid(number: int) -> str:
    """A GUID of its own for each number."""
    return f"00000000-0000-4000-8000-{number:012x}"


def user(*, object_id: str = USER, roles: Iterable[str] = ("Orders.Approve",), **claims: Any) -> Principal:
    """Who signed in, with these claims beside the usual ones."""
    payload = {
        "tid": TENANT,
        "oid": object_id,
        "sub": "pairwise",
        "iss": ISSUER,
        "name": "Adele Vance",
        "preferred_username": "adele@contoso.test",
        "sid": "sid-1",
        "ver": "2.0",
        "nonce": "of the request",
        **claims,
    }
    checked = CheckedClaims(
        payload=json.dumps(payload).encode(),
        expires_at=NOW + 3600,
        tenant_id=TENANT,
        object_id=object_id,
        client_id=None,
        kind="user",
        is_app_proved=False,
        scopes=frozenset(),
        roles=frozenset(roles),
        is_guest=False,
        version="2.0",
        scope_prefixes=frozenset({"api://orders"}),
    )
    return Principal(checked, None, "session")


def sealer(purpose: str = "session", *, app: str = NAMES.app, keys: Iterable[Secret] = (KEY,)) -> Sealer:
    """Seals for one purpose of one application."""
    return Sealer(tuple(keys), purpose=purpose, app=app, random_bytes=os.urandom)


class Admitting:
    """Rules that admit everybody for good, unless a test says otherwise, and the operator's log."""

    def __init__(self) -> None:
        self.refused: dict[str, RejectionReason] = {}
        """By tenant."""
        self.known_seconds = math.inf
        self.is_broken = False
        self.asked: list[str] = []
        self.events: list[Event] = []

    def welcome_seconds(self, tenant_id: str, *, is_guest: bool) -> float:
        """As long as the test says."""
        return 0.0 if self._reason(tenant_id, is_guest=is_guest) else self.known_seconds

    async def refusal(self, tenant_id: str, *, is_guest: bool) -> RejectionReason | None:
        """What the test says."""
        self.asked.append(tenant_id)
        if self.is_broken:
            message = "the application cannot say"
            raise ProviderUnavailable(message, retry_after=5)
        return self._reason(tenant_id, is_guest=is_guest)

    def _reason(self, tenant_id: str, *, is_guest: bool) -> RejectionReason | None:
        return self.refused.get("guest" if is_guest else tenant_id)

    def record(self, event: Event) -> None:
        """Keep what the operator is told."""
        self.events.append(event)

    @property
    def admission(self) -> SessionAdmission:
        """Sessions judged so, by a process that has just started."""
        return SessionAdmission(self, self)


def sealed_sessions(
    rules: SessionRules = RULES, *, admission: SessionAdmission | None = None, **of_sealer: Any
) -> SealedSessions:
    """Sessions in cookies."""
    of_ended: dict[str, Any] = {**of_sealer, "purpose": "ended sessions"}
    ended = EndedSessions(NAMES, sealer(**of_ended), lifetime_seconds=rules.lifetime_seconds)
    return SealedSessions(
        SessionCookies(NAMES),
        sealer(**of_sealer),
        rules,
        admission=admission or Admitting().admission,
        ended=ended,
        random_bytes=os.urandom,
    )


def stored_sessions(
    store: TokenStore,
    rules: SessionRules = RULES,
    *,
    app: str = NAMES.app,
    keys: Iterable[Secret] = (KEY,),
    runtime: Runtime | None = None,
    admission: SessionAdmission | None = None,
) -> StoredSessions:
    """Sessions in a store; with the mode's `runtime` where several tasks change one list at the same time."""
    keys = tuple(keys)
    return StoredSessions(
        SessionStore(store, app=app, runtime=runtime or BlockingRuntime()),
        SessionCookies(NAMES),
        rules,
        admission=admission or Admitting().admission,
        handles=sealer("session handle", app=app, keys=keys),
        records=sealer("session record", app=app, keys=keys),
        random_bytes=os.urandom,
    )


class Browser:
    """Keeps cookies as a browser does: by name, until they are deleted."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def take(self, set_cookies: Iterable[str]) -> "Browser":
        """Do what the Set-Cookie headers say."""
        for set_cookie in set_cookies:
            pair, *attributes = set_cookie.split("; ")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return self

    @property
    def headers(self) -> list[bytes]:
        """The Cookie header it sends, if any."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [pairs.encode()] if pairs else []
