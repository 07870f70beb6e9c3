"""Sign-ins under way: each in a small cookie of the browser that began it, and nowhere else."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from azuread_auth._web.cookies import (
    CookieNames,
    SameSite,
    cookie_values,
    cookies_with_prefix,
    delete_cookie,
    set_cookie,
)
from azuread_auth._web.sealing import Sealer, sealed_members
from azuread_auth.errors import ConfigurationError

__all__ = ["PendingLogin", "PendingLogins"]

_MAX_AGE_SECONDS: Final = 600
_MAX_PENDING: Final = 5
# Each is some hundred bytes of header, and anybody on a neighbouring host can plant what looks like ours.
_MAX_DELETIONS: Final = 10
# A usual one has 600. Who can have a browser begin sign-ins could else fill the header that servers bound to 8,192, and
# whoever is in that browser could not even sign out.
_SMALL_BYTES: Final = 1_500
_MAX_BYTES_OF_ALL: Final = 4_000
# Browsers drop cookies whose name and value are longer than 4,096.
_MAX_COOKIE_BYTES: Final = 3_800
_TOO_MUCH: Final = "the sign-in asks for too much at once; ask for fewer scopes, or go on to a shorter address"
_DIGEST: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_DIGEST_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """What the callback must know of the request that it answers. Nothing of it is shown."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    next: str = field(repr=False)
    """Where to afterwards: a path that `safe_next` let through, to be judged again when it is used."""
    tenant: str
    redirect_uri: str
    scopes: tuple[str, ...]
    is_silent: bool = False
    """Whether nobody was to be asked (`prompt=none`)."""
    attempts: int = 0
    """How many sign-ins this browser had completed lately when this one began, and since when."""
    attempts_since: float = 0.0
    earlier_session: str = field(default="", repr=False)
    """What stands for the session that this browser had, where the callback brings no cookie of it; "" for none."""
    started_at: float
    """In seconds since the epoch."""


class PendingLogins:
    """Keeps at most five sign-ins for each browser, and about 4,000 bytes, ten minutes each."""

    def __init__(self, names: CookieNames, sealer: Sealer, *, same_site: SameSite) -> None:
        self._prefix = f"{names.name('login')}-"
        self._is_secure = names.is_secure
        self._sealer = sealer
        self._same_site: SameSite = same_site

    def begin(self, login: PendingLogin, cookie_headers: Sequence[bytes], now: float) -> list[str]:
        """The Set-Cookie headers that keep this sign-in, and drop the oldest and what cannot be read.

        Raises ConfigurationError for one that does not fit into a cookie.
        """
        name, value = self._name(login.state), self._sealed(login, now)
        length = len(name) + len(value)
        if length > _MAX_COOKIE_BYTES:
            raise ConfigurationError(_TOO_MUCH)
        kept = set_cookie(name, value, max_age=_MAX_AGE_SECONDS, same_site=self._same_site, is_secure=self._is_secure)
        superfluous = self._superfluous(cookie_headers, now, name=name, length=length)
        return [kept, *(self._deletion(each) for each in superfluous[:_MAX_DELETIONS])]

    def is_small(self, login: PendingLogin) -> bool:
        """Whether its cookie leaves room for others."""
        return len(self._name(login.state)) + len(self._sealed(login, login.started_at)) <= _SMALL_BYTES

    def find(self, state: str, cookie_headers: Sequence[bytes], now: float) -> PendingLogin | None:
        """The sign-in that this browser began with that state; None when there is none, or not any more."""
        for value in cookie_values(cookie_headers, self._name(state)):
            login = self._opened(value, now)
            if login is not None and compare_digest(_bytes(login.state), _bytes(state)):
                return login
        return None

    def end(self, state: str) -> list[str]:
        """The Set-Cookie headers that forget the sign-in."""
        return [self._deletion(self._name(state))]

    def _superfluous(self, cookie_headers: Sequence[bytes], now: float, *, name: str, length: int) -> list[str]:
        """The names of those to drop beside a new one, oldest first: what is not dropped now is left for later."""
        superfluous: list[str] = []
        for count, (each, its_length) in enumerate(self._by_age(cookie_headers, now, without=name), start=2):
            length += its_length
            if count > _MAX_PENDING or length > _MAX_BYTES_OF_ALL:
                superfluous.append(each)
        return superfluous[::-1]

    def _by_age(self, cookie_headers: Sequence[bytes], now: float, *, without: str) -> list[tuple[str, int]]:
        """The names and lengths of the others that this browser has, newest first, unreadable ones last."""
        started: dict[tuple[str, int], float] = {}
        for name, values in cookies_with_prefix(cookie_headers, self._prefix).items():
            if name != without and _DIGEST.fullmatch(name.removeprefix(self._prefix)):
                logins = [login for value in values if (login := self._opened(value, now)) is not None]
                length = sum(len(name) + len(value) for value in values)
                started[name, length] = max((login.started_at for login in logins), default=0)
        return sorted(started, key=started.__getitem__, reverse=True)

    def _sealed(self, login: PendingLogin, now: float) -> str:
        return self._sealer.seal(_encoded(login), now=now)

    def _opened(self, value: str, now: float) -> PendingLogin | None:
        data = self._sealer.open(value, now=now, max_age_seconds=_MAX_AGE_SECONDS)
        return None if data is None else _decoded(data)

    def _name(self, state: str) -> str:
        return f"{self._prefix}{sha256(_bytes(state)).hexdigest()[:_DIGEST_CHARACTERS]}"

    def _deletion(self, name: str) -> str:
        return delete_cookie(name, same_site=self._same_site, is_secure=self._is_secure)


def _bytes(text: str) -> bytes:
    """Any text, also what a query made of bytes that are none."""
    return text.encode("utf-8", "surrogatepass")


def _encoded(login: PendingLogin) -> bytes:
    # In order and without names, which would be a third of it.
    values = [
        [login.state, login.nonce, login.code_verifier],
        login.next,
        login.tenant,
        login.redirect_uri,
        login.scopes,
        login.is_silent,
        [login.attempts, float(login.attempts_since)],
        login.earlier_session,
        float(login.started_at),
    ]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()


def _decoded(data: bytes) -> PendingLogin | None:
    """The login; None for what another release of this package has sealed."""
    match sealed_members(data):
        case [
            [str(state), str(nonce), str(code_verifier)],
            str(path),
            str(tenant),
            str(redirect_uri),
            [*scopes],
            bool(is_silent),
            [int(attempts), float(attempts_since)],
            str(earlier_session),
            float(started_at),
        ]:
            return PendingLogin(
                state=state,
                nonce=nonce,
                code_verifier=code_verifier,
                next=path,
                tenant=tenant,
                redirect_uri=redirect_uri,
                scopes=tuple(map(str, scopes)),
                is_silent=is_silent,
                attempts=attempts,
                attempts_since=attempts_since,
                earlier_session=earlier_session,
                started_at=started_at,
            )
        case _:
            return None
