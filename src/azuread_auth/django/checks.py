"""What `manage.py check` says about the configuration. Nothing is asked of the network."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name for it
from django.db.models import EmailField
from django.http.request import validate_host

from azuread_auth.django.backend import backend_in_use
from azuread_auth.django.configuration import Configuration, configuration
from azuread_auth.django.gate import DjangoGate
from azuread_auth.django.session_index import are_sessions_stored
from azuread_auth.django.users import default_user_for
from azuread_auth.errors import ConfigurationError
from azuread_auth.web_login import WebLogin

__all__ = ["check_configuration", "register_checks", "user_model_messages"]

_OURS: Final = "azuread_auth.django.AzureAdMiddleware"
_OUR_MODULE: Final = "azuread_auth.django.middleware.AzureAdMiddleware"
_AUTHENTICATION: Final = "django.contrib.auth.middleware.AuthenticationMiddleware"
_CORS: Final = "corsheaders.middleware.CorsMiddleware"
_CSRF: Final = "django.middleware.csrf.CsrfViewMiddleware"
_IDENTITY_CHARACTERS: Final = 73  # two GUIDs and a dot
_LOCAL_HOSTS: Final = ["localhost", "127.0.0.1", "[::1]", ".localhost"]  # Django's own, where DEBUG allows no others


def register_checks() -> None:
    """Let Django run them."""
    register(check_configuration, Tags.security)


def check_configuration(app_configs: Sequence[AppConfig] | None = None, **_: object) -> list[CheckMessage]:  # noqa: ARG001 - Django passes it
    """All that can be said without a request."""
    found = list(_middleware())
    try:
        known = configuration()
        DjangoGate(known, known.client, _never)
    except ConfigurationError as error:
        return [*found, Error(f"AZUREAD_AUTH: {error}", id="azuread_auth.E001")]
    for check in _CHECKS:
        found += check(known)
    if known.web_login is not None:
        for check_login in _LOGIN_CHECKS:
            found += check_login(known.web_login)
    return found


async def _never(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever work gives
    """A check looks at the configuration, and lets nobody in."""
    message = f"a check was to run {work}; it only looks at the configuration"
    raise RuntimeError(message)


def _middleware() -> Iterator[CheckMessage]:
    names = list(settings.MIDDLEWARE)
    ours = next((names.index(name) for name in (_OURS, _OUR_MODULE) if name in names), None)
    if ours is None:
        hint = f"add {_OURS!r} right after Django's AuthenticationMiddleware"
        yield Error("MIDDLEWARE has no AzureAdMiddleware, so nothing is protected", hint=hint, id="azuread_auth.E002")
    elif _AUTHENTICATION not in names[:ours]:
        hint = f"put {_AUTHENTICATION!r} before it"
        yield Error("AzureAdMiddleware comes before there are users", hint=hint, id="azuread_auth.E003")
    if ours is not None and _CORS in names[ours:]:
        yield Warning(
            f"{_CORS!r} comes after AzureAdMiddleware, which refuses the preflights of browsers before it sees them",
            hint="put it above, as the first",
            id="azuread_auth.W014",
        )


def _user_model(known: Configuration) -> Iterator[CheckMessage]:
    if known.users.user_for is default_user_for:
        yield from user_model_messages(get_user_model())


def user_model_messages(model: Any) -> Iterator[CheckMessage]:  # noqa: ANN401 - the project's own
    """What keeps users of this model from being called by the identity of a caller."""
    name = model._meta.get_field(model.USERNAME_FIELD)  # noqa: SLF001 - documented under this name
    too_short = name.max_length is not None and name.max_length < _IDENTITY_CHARACTERS
    if isinstance(name, EmailField) or too_short:
        yield Error(
            f"{model.__name__}.{name.name} cannot hold the identity of a caller, which has {_IDENTITY_CHARACTERS} "
            "characters and is no e-mail address",
            hint='set AZUREAD_AUTH["user_for"] to a function of a Principal that gives its user',
            id="azuread_auth.E005",
        )


def _roles(known: Configuration) -> Iterator[CheckMessage]:
    if known.client.settings.is_multi_tenant and (known.users.flags or known.users.group_roles):
        yield Warning(
            "staff_role, superuser_role and group_roles count for users of all tenants that may sign in: the "
            "administrator of any of them can assign the roles",
            hint='set AZUREAD_AUTH["user_for"], and flags and groups in it for users of your own tenant alone',
            id="azuread_auth.W012",
        )


def _backend(_login: WebLogin) -> Iterator[CheckMessage]:
    try:
        backend_in_use()
    except ConfigurationError as error:
        yield Error(str(error), id="azuread_auth.E004")


def _login_url(login: WebLogin) -> Iterator[CheckMessage]:
    wanted = [f"{urlsplit(url).path.rstrip('/')}{login.login_path}" for url in login.urls or ("",)]
    present = str(settings.LOGIN_URL)
    if present not in (*wanted, login.login_path) and "/" in present:
        yield Warning(
            f"LOGIN_URL is {present!r}: Django's own login_required sends people there, and not to the sign-in",
            hint=f"LOGIN_URL = {wanted[0]!r}, or silence this where that page offers both",
            id="azuread_auth.W005",
        )


def _hosts(login: WebLogin) -> Iterator[CheckMessage]:
    allowed = settings.ALLOWED_HOSTS or (_LOCAL_HOSTS if settings.DEBUG else [])
    for url in login.urls or ("http://localhost",):
        host = urlsplit(url).hostname or ""
        if not validate_host(host, allowed):
            yield Warning(
                f"ALLOWED_HOSTS lacks {host!r}, the host of base_url", hint=f"add {host!r}", id="azuread_auth.W008"
            )


def _cookies(login: WebLogin) -> Iterator[CheckMessage]:
    is_https = any(url.startswith("https:") for url in login.urls)
    for name, number in (("SESSION_COOKIE_SECURE", "W006"), ("CSRF_COOKIE_SECURE", "W007")):
        if is_https and not getattr(settings, name):
            yield Warning(
                f"{name} is off, though base_url is https: the cookie goes over http too",
                hint=f"{name} = True",
                id=f"azuread_auth.{number}",
            )
    if str(settings.SESSION_COOKIE_SAMESITE).lower() == "strict":
        yield Warning(
            "SESSION_COOKIE_SAMESITE is 'Strict': a browser that comes back from the sign-in does not send the session",
            hint="SESSION_COOKIE_SAMESITE = 'Lax'",
            id="azuread_auth.W010",
        )


def _csrf(_known: Configuration) -> Iterator[CheckMessage]:
    # Also without a sign-in: sessions of Django's own let callers in too.
    if _CSRF not in settings.MIDDLEWARE:
        yield Warning(
            "MIDDLEWARE has no CsrfViewMiddleware: pages of other sites can send forms with the session",
            hint=f"add {_CSRF!r}",
            id="azuread_auth.W009",
        )


def _origins(login: WebLogin) -> Iterator[CheckMessage]:
    origins = {"/".join(url.split("/")[:3]) for url in login.urls if url.startswith("https:")}
    strange = sorted(origins.difference(settings.CSRF_TRUSTED_ORIGINS))
    if strange and settings.SECURE_PROXY_SSL_HEADER is None:
        yield Warning(
            "behind a proxy that ends TLS, Django takes requests for http and refuses the forms of its own pages",
            hint=f"CSRF_TRUSTED_ORIGINS = {strange}, or SECURE_PROXY_SSL_HEADER as that proxy sets it",
            id="azuread_auth.W011",
        )


def _engine(_login: WebLogin) -> Iterator[CheckMessage]:
    if not are_sessions_stored():
        yield Warning(
            "SESSION_ENGINE keeps sessions in cookies: the provider cannot end them, nor can end_sessions()",
            hint="choose an engine that keeps them in the database or the cache",
            id="azuread_auth.W013",
        )


_CHECKS: Final = (_user_model, _roles, _csrf)
_LOGIN_CHECKS: Final = (_backend, _login_url, _hosts, _cookies, _origins, _engine)
