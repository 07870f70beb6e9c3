"""Browser sign-in: which routes it has, how sessions are kept, and what the application adds."""

import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, Self

from azuread_auth._settings.address import WebAddress
from azuread_auth._settings.plain import texts
from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.sign_in import (
    after_logout_or_none,
    base_urls,
    callable_or_none,
    check_destination,
    check_paths_differ,
    cookie_keys,
    idle_seconds,
    lifetime_seconds,
    local_path,
    local_path_or_none,
    origins,
    outbound_scopes,
    response_mode,
    session_store_or_none,
)
from azuread_auth._settings.variables import Variables
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TokenStore
from azuread_auth.principal import Principal
from azuread_auth.secret import Secret

__all__ = ["LoginProblem", "OnSignIn", "WebLogin"]

_IDLE: Final = "session_idle_seconds"
_KEYS: Final = "cookie_keys"

OnSignIn = Callable[[Principal], object | Awaitable[object]]
"""Is told who signed in or out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProblem:
    """Why a sign-in did not come to a good end, as the person at the browser may know it. All of it is plain text."""

    status: int
    title: str
    detail: str
    correlation_id: str | None = None
    """What the operator finds in the log."""
    retry_url: str | None = None
    """Where to begin again."""
    redirect_uri: str | None = None
    """The exact address to register, where the provider does not know it."""
    scopes: tuple[str, ...] = ()
    """What an administrator has to consent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLogin:
    """Sign-in with a browser, for `login=` of the middlewares. Immutable.

    Raises ConfigurationError, when built, for any value that is wrong, missing or contradicts another.
    """

    base_url: str | Collection[str] | None = None
    """The address that browsers use, with the prefix of an ingress; several: the one with the request's host counts.
    None: this machine alone."""
    login_path: str = "/auth/login"
    callback_path: str = "/auth/callback"
    """Register base_url and this as redirect URI."""
    logout_path: str = "/auth/logout"
    signed_out_path: str = "/auth/signed-out"
    """Register base_url and this as redirect URI too."""
    frontchannel_logout_path: str = "/auth/frontchannel-logout"
    """Register it as the front-channel logout URL, for sessions in a store."""
    me_path: str = "/auth/me"
    admin_consent_path: str | None = None
    """Where administrators of other tenants begin to consent; None: nowhere."""
    scopes: Collection[str] = ()
    """What is asked for at sign-in, for calls to other APIs; the first token is for the API named first."""
    session_scopes: Collection[str] = ()
    """What `Scope(...)` finds in a session."""
    response_mode: Literal["query", "form_post"] = "query"
    cookie_keys: Collection[str | bytes | Secret] = ()
    """Keys of 32 bytes, newest last, as `azuread-auth key` prints them; on this machine alone they may be left out."""
    session_store: TokenStore | Literal["client"] | None = field(default=None, hash=False)
    """None: who it is stands in a sealed cookie. A store, or "client" for the client's own: the cookie holds a random
    id, and sessions can be ended from elsewhere."""
    session_idle_seconds: float = 3600
    session_lifetime_seconds: float = 28_800
    after_login: str = "/"
    """Where to, when nothing else was asked for: a path."""
    after_logout: str | None = None
    """A path or an https address; None: a page of ours."""
    trusted_origins: Collection[str] = ()
    """Origins beside base_url whose pages may send unsafe requests with the session."""
    on_login: OnSignIn | None = field(default=None, hash=False)
    """A (sync or async) callable of the Principal; may raise LoginFailed(message) to refuse."""
    on_logout: OnSignIn | None = field(default=None, hash=False)
    error_page: Callable[[LoginProblem], str] | None = field(default=None, hash=False)
    """Makes the HTML of errors."""

    def __post_init__(self) -> None:
        for setting, check in _CHECKS.items():
            object.__setattr__(self, setting, check(getattr(self, setting), setting))
        paths = {name: getattr(self, name) for name in _ROUTES}
        check_paths_differ(paths)
        check_destination(self.after_login, "after_login", {**paths, "me_path": None})
        check_destination(self.after_logout, "after_logout", {**paths, "login_path": None, "signed_out_path": None})
        if self.session_idle_seconds > self.session_lifetime_seconds:
            problem = "is longer than {session_lifetime_seconds}; expected at most that"
            raise SettingRefused(_IDLE, problem)
        if not self.cookie_keys and not self.is_local:
            problem = "is missing; expected at least one key of 32 bytes, as `azuread-auth key` prints it"
            raise SettingRefused(_KEYS, problem)

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of `base_url`, none where it was left out."""
        return tuple(self.base_url or ())

    @property
    def is_local(self) -> bool:
        """Whether only browsers on this machine can sign in."""
        addresses = map(WebAddress.parse, self.urls)
        return all(address is not None and address.is_loopback for address in addresses)

    @property
    def routes(self) -> frozenset[str]:
        """The paths of all routes."""
        return frozenset(path for name in _ROUTES if (path := getattr(self, name)) is not None)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Self:  # noqa: ANN401 - see the fields
        """From environment variables, AZURE_AD_<FIELD> each; what code gives wins. Lists are separated by commas.

        Raises ConfigurationError naming the variable that is wrong, missing or contradicts another.
        """
        variables = Variables(os.environ if environ is None else environ)
        values: dict[str, Any] = {}
        names: dict[str, str] = {}
        for setting, read in _READERS.items():
            if setting in overrides:
                continue
            name = names[setting] = f"AZURE_AD_{setting.upper()}"
            if variables.text(name) is not None:
                values[setting] = read(variables, name)
        try:
            return cls(**{**values, **overrides})
        except SettingRefused as refused:
            raise ConfigurationError(refused.told_by(names)) from None


_ROUTES: Final = (
    "login_path",
    "callback_path",
    "logout_path",
    "signed_out_path",
    "frontchannel_logout_path",
    "me_path",
    "admin_consent_path",
)
_CHECKS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "base_url": base_urls,
    **dict.fromkeys(_ROUTES[:-1], local_path),
    "admin_consent_path": local_path_or_none,
    "scopes": outbound_scopes,
    "session_scopes": texts,
    "response_mode": response_mode,
    "cookie_keys": cookie_keys,
    "session_store": session_store_or_none,
    "session_idle_seconds": idle_seconds,
    "session_lifetime_seconds": lifetime_seconds,
    "after_login": local_path,
    "after_logout": after_logout_or_none,
    "trusted_origins": origins,
    "on_login": callable_or_none,
    "on_logout": callable_or_none,
    "error_page": callable_or_none,
}
_LISTS: Final = frozenset({"base_url", "scopes", "session_scopes", "cookie_keys", "trusted_origins"})
_NUMBERS: Final = frozenset({"session_idle_seconds", "session_lifetime_seconds"})
_IN_CODE_ALONE: Final = frozenset({"on_login", "on_logout", "error_page"})


def _reader(setting: str) -> Callable[[Variables, str], object]:
    if setting in _LISTS:
        return Variables.items
    return Variables.number if setting in _NUMBERS else Variables.text


_READERS: Final[Mapping[str, Callable[[Variables, str], object]]] = {
    each.name: _reader(each.name) for each in fields(WebLogin) if each.name not in _IN_CODE_ALONE
}
