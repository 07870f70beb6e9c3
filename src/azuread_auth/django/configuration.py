"""The setting AZUREAD_AUTH, read and checked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Literal, cast

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from azuread_auth._web.paths import PathRules
from azuread_auth._web.replies import ProblemRenderer
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.django.users import UserRules
from azuread_auth.errors import ConfigurationError
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

__all__ = ["Configuration", "configuration", "read_configuration"]

_SETTINGS: Final = frozenset(field.name for field in fields(AzureAdSettings))
_LOGIN: Final = frozenset(field.name for field in fields(WebLogin))
_METADATA: Final = frozenset(field.name for field in fields(ResourceMetadata))
_PATHS: Final = ("public_paths", "optional_paths", "allow_anonymous")
_USERS: Final = ("user_for", "staff_role", "superuser_role", "group_roles", "bearer_rights")
_OTHERS: Final = ("settings", "client", "login", "resource_metadata", "render_problem", "easy_auth")
_KNOWN: Final = _SETTINGS.union(_PATHS, _USERS, _OTHERS)
# What Django decides, and where.
_DJANGOS: Final[Mapping[str, str]] = {
    "session_store": "SESSION_ENGINE",
    "session_idle_seconds": "SESSION_COOKIE_AGE and SESSION_SAVE_EVERY_REQUEST",
    "session_lifetime_seconds": "SESSION_COOKIE_AGE",
    "trusted_origins": "CSRF_TRUSTED_ORIGINS",
}
_COOKIE_KEYS: Final = "AZURE_AD_COOKIE_KEYS"
_DERIVATION: Final = b"azuread-auth cookie key of a Django project\0"


EasyAuthToken = Literal["id_token", "access_token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What AZUREAD_AUTH and the environment say."""

    client: AsyncAzureAdClient
    rules: PathRules
    web_login: WebLogin | None
    users: UserRules
    resource_metadata: ResourceMetadata | None
    render_problem: ProblemRenderer | None
    easy_auth: EasyAuthToken | None


@lru_cache(maxsize=1)
def configuration() -> Configuration:
    """That of this project, read once. Nothing is opened or asked for. Raises ConfigurationError."""
    return read_configuration(getattr(django_settings, "AZUREAD_AUTH", {}))


def _forget(*, setting: str, **_: object) -> None:
    """Tests change settings for a while."""
    if setting in ("AZUREAD_AUTH", "SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        configuration.cache_clear()


setting_changed.connect(_forget)


def read_configuration(given: object, environ: Mapping[str, str] | None = None) -> Configuration:
    """From the value of AZUREAD_AUTH; what it leaves out comes from the environment. Raises ConfigurationError."""
    environ = os.environ if environ is None else environ
    if not isinstance(given, Mapping):
        message = f"AZUREAD_AUTH is a {type(given).__name__}; expected a dict"
        raise ConfigurationError(message)
    values: dict[str, Any] = dict(given)
    _check_known(values, _KNOWN, "AZUREAD_AUTH")
    return Configuration(
        client=_client(values, environ),
        rules=PathRules(**{name: values[name] for name in _PATHS if name in values}),
        web_login=_web_login(values.get("login"), environ),
        users=UserRules.read({name: values[name] for name in _USERS if name in values}),
        resource_metadata=_resource_metadata(values.get("resource_metadata")),
        render_problem=_renderer_or_none(values.get("render_problem")),
        easy_auth=_easy_auth(values),
    )


def _client(values: Mapping[str, Any], environ: Mapping[str, str]) -> AsyncAzureAdClient:
    overrides = {name: values[name] for name in _SETTINGS if name in values}
    ways = [name for name in ("client", "settings") if values.get(name) is not None]
    if len(ways) + bool(overrides) > 1:
        message = f"AZUREAD_AUTH has {' and '.join([*ways, *sorted(overrides)])}; expected one source of settings"
        raise ConfigurationError(message)
    if "client" in ways:
        client: object = values["client"]
        if not isinstance(client, AsyncAzureAdClient):
            message = 'AZUREAD_AUTH["client"] is not an AsyncAzureAdClient; the blocking client is made from it'
            raise ConfigurationError(message)
        return client
    settings: object = values.get("settings")
    if settings is None:
        settings = AzureAdSettings.from_env(environ, **overrides)
    if not isinstance(settings, AzureAdSettings):
        message = f'AZUREAD_AUTH["settings"] is a {type(settings).__name__}; expected AzureAdSettings'
        raise ConfigurationError(message)
    return AsyncAzureAdClient(settings)


def _web_login(given: object, environ: Mapping[str, str]) -> WebLogin | None:
    """The sign-in; keys for its cookies come of Django's SECRET_KEY unless they are given."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        options: dict[str, Any] = dict(given)
        _check_known(options, _LOGIN, 'AZUREAD_AUTH["login"]')
        if "cookie_keys" not in options and not environ.get(_COOKIE_KEYS):
            options["cookie_keys"] = _derived_keys()
        given = WebLogin.from_env(environ, **options)
    if not isinstance(given, WebLogin):
        message = f'AZUREAD_AUTH["login"] is a {type(given).__name__}; expected a dict of the options of WebLogin'
        raise ConfigurationError(message)
    defaults = WebLogin()
    for name, djangos in _DJANGOS.items():
        if getattr(given, name) != getattr(defaults, name):
            message = f"{name} is not for Django, whose own sessions and CSRF checks count; set {djangos} instead"
            raise ConfigurationError(message)
    return given


def _resource_metadata(given: object) -> ResourceMetadata | None:
    if isinstance(given, Mapping):
        options: dict[str, Any] = dict(given)
        _check_known(options, _METADATA, 'AZUREAD_AUTH["resource_metadata"]')
        return ResourceMetadata(**{"resource": "", **options})
    if given is None or isinstance(given, ResourceMetadata):
        return given
    message = (
        f'AZUREAD_AUTH["resource_metadata"] is a {type(given).__name__}; expected a dict of the options of '
        "ResourceMetadata"
    )
    raise ConfigurationError(message)


def _derived_keys() -> list[bytes]:
    """Newest last, as WebLogin has them; the fallbacks keep a sign-in alive that was begun before a rotation."""
    secrets = [*reversed(django_settings.SECRET_KEY_FALLBACKS), django_settings.SECRET_KEY]
    return [sha256(_DERIVATION + _as_bytes(secret)).digest() for secret in secrets]


def _as_bytes(secret: str | bytes) -> bytes:
    return secret if isinstance(secret, bytes) else secret.encode()


def _renderer_or_none(given: object) -> ProblemRenderer | None:
    if given is None or callable(given):
        return cast("ProblemRenderer | None", given)  # what it takes and gives shows when it is called
    message = f'AZUREAD_AUTH["render_problem"] is a {type(given).__name__}; expected a callable of a Problem'
    raise ConfigurationError(message)


def _easy_auth(values: Mapping[str, Any]) -> EasyAuthToken | None:
    """Which token of App Service's is read, as the gate judges. Raises ConfigurationError beside a sign-in of ours."""
    given: EasyAuthToken | None = values.get("easy_auth")
    if given is None:
        return None
    if values.get("login") is not None:
        message = "AZUREAD_AUTH has easy_auth and login; either the platform signs users in, or the application does"
        raise ConfigurationError(message)
    return given


def _check_known(values: Mapping[str, object], known: frozenset[str], where: str) -> None:
    for name in values:
        if name in known:
            continue
        meant = get_close_matches(str(name), sorted(known), n=1)
        hint = f"did you mean {meant[0]!r}?" if meant else f"expected some of {', '.join(sorted(known))}"
        message = f"{where} has the unknown key {str(name)!r}; {hint}"
        raise ConfigurationError(message)
