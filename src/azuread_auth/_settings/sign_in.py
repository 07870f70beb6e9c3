"""The rules of browser sign-in's settings: addresses, paths, keys, limits and callables."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from azuread_auth._protocol.outbound_scopes import first_resource_scopes
from azuread_auth._settings.address import WebAddress
from azuread_auth._settings.plain import items, texts
from azuread_auth._settings.refusal import SettingRefused
from azuread_auth._settings.token_store import encryption_keys
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TokenStore
from azuread_auth.secret import Secret

__all__ = [
    "after_logout_or_none",
    "base_urls",
    "callable_or_none",
    "check_destination",
    "check_paths_differ",
    "cookie_keys",
    "idle_seconds",
    "lifetime_seconds",
    "local_path",
    "local_path_or_none",
    "origins",
    "outbound_scopes",
    "response_mode",
    "session_store_or_none",
]

# What every router and browser takes for the same path: no empty or dotted segments, nothing encoded, no end slash.
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", re.ASCII)
_LEAST_SECONDS: Final = 60
_MOST_SECONDS: Final = 30 * 86_400


def base_urls(value: object, setting: str) -> tuple[str, ...]:
    """The addresses under which browsers reach the application, without a slash at the end."""
    if value is None or value == "":
        return ()
    given = (value,) if isinstance(value, str) else items(value, setting)
    return tuple(dict.fromkeys(_base_url(each, setting) for each in given))


def _base_url(value: object, setting: str) -> str:
    address = WebAddress.parse(value)
    if address is None:
        problem = (
            "is not the address of an application; expected scheme, host and perhaps a path, such as "
            "https://app.example.com, without query or user"
        )
        raise SettingRefused(setting, problem)
    # RFC 9700 2.6: a code that travels in the clear can be stolen.
    if address.scheme != "https" and not address.is_loopback:
        problem = "is http off this machine; expected https: behind a proxy give the address that browsers use"
        raise SettingRefused(setting, problem)
    return str(address)


def local_path(value: object, setting: str) -> str:
    """A path of this application in its plain form."""
    if not isinstance(value, str) or (_PATH.fullmatch(value) is None and value != "/"):
        problem = "is not a path; expected one that begins with a slash, of plain names, such as /auth/login"
        raise SettingRefused(setting, problem)
    return value


def local_path_or_none(value: object, setting: str) -> str | None:
    """The same, or None to leave the route out."""
    return None if value is None or value == "" else local_path(value, setting)


def check_paths_differ(paths: Mapping[str, str | None]) -> None:
    """Refuse two routes at one place."""
    seen: dict[str, str] = {}
    for setting, path in paths.items():
        if path is None:
            continue
        if path == "/" or path in seen:
            problem = "has a path that is taken; expected one for each route, and none of them the root"
            raise SettingRefused(setting, problem)
        seen[path] = setting


def check_destination(path: str | None, setting: str, routes: Mapping[str, str | None]) -> None:
    """Refuse to end a sign-in or sign-out at a route that begins the next one."""
    if path is not None and path in routes.values():
        problem = "is the path of a route of sign-in, so that there would be no end; expected a page of the application"
        raise SettingRefused(setting, problem)


def after_logout_or_none(value: object, setting: str) -> str | None:
    """A path of this application or a whole https address, where browsers go after signing out; None for our page."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.startswith("/"):
        return local_path(value, setting)
    return _base_url(value, setting)


def outbound_scopes(value: object, setting: str) -> tuple[str, ...]:
    """Scopes to ask for at sign-in."""
    scopes = texts(value, setting)
    try:
        first_resource_scopes(scopes)
    except ConfigurationError as error:
        raise SettingRefused(setting, "has what is no scope; expected some such as User.Read") from error
    return scopes


def response_mode(value: object, setting: str) -> Literal["query", "form_post"]:
    """How the provider sends the browser back."""
    if value == "query":
        return "query"
    if value == "form_post":
        return "form_post"
    raise SettingRefused(setting, 'is not known; expected "query" or "form_post"')


def cookie_keys(value: object, setting: str) -> tuple[Secret, ...]:
    """Keys of 32 bytes, oldest first."""
    return encryption_keys(value, setting)


def session_store_or_none(value: object, setting: str) -> TokenStore | Literal["client"] | None:
    """None: the session is in the cookie; "client": in the client's store; else a store."""
    if value is None or value == "":
        return None
    if value == "client":
        return "client"
    has_methods = all(callable(getattr(value, name, None)) for name in ("get", "put", "delete"))
    if isinstance(value, type) or not has_methods:
        problem = 'is not a store; expected one with get, put and delete, "client", or nothing for sessions in cookies'
        raise SettingRefused(setting, problem)
    return value  # type: ignore[return-value]  # what its methods give shows when they are called


def idle_seconds(value: object, setting: str) -> float:
    """How long a session lasts without a request."""
    return _seconds(value, setting)


def lifetime_seconds(value: object, setting: str) -> float:
    """How long a session lasts at the most."""
    return _seconds(value, setting)


def _seconds(value: object, setting: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and _LEAST_SECONDS <= value <= _MOST_SECONDS:
        return float(value)
    raise SettingRefused(setting, "is out of range; expected seconds from 60 to 2592000 (30 days)")


def origins(value: object, setting: str) -> frozenset[str]:
    """Scheme, host and port of other pages, as browsers send them in Origin."""
    found = set()
    for each in items(value, setting):
        address = WebAddress.parse(each)
        if address is None or address.segments or (address.scheme != "https" and not address.is_loopback):
            problem = "has an item that is no origin; expected such as https://app.example.com, without a path"
            raise SettingRefused(setting, problem)
        found.add(str(address))
    return frozenset(found)


def callable_or_none(value: object, setting: str) -> object:
    """Something that can be called, or None."""
    if value is not None and not callable(value):
        raise SettingRefused(setting, "cannot be called; expected a function, or nothing")
    return value
