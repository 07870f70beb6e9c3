"""Lets an application as it is trust a simulated tenant for a while."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

__all__ = ["INNER_APPLICATIONS", "installed", "is_starlette", "web_login_of"]

MakeSettings = Callable[[AzureAdSettings | None], AzureAdSettings]

INNER_APPLICATIONS = (
    "app",
    "wsgi_app",
    "asgi_app",
    "application",
    # Django: the handler, and what its middlewares wrap.
    "_middleware_chain",
    "__wrapped__",
    "get_response",
    "func",
)
_MAX_DEPTH = 50


@runtime_checkable
class _Exchangeable(Protocol):
    """A middleware whose settings can be exchanged for a while."""

    def using(self, make_settings: MakeSettings) -> AbstractContextManager[None]: ...


@contextmanager
def installed(app: object, make_settings: MakeSettings) -> Generator[None, None, None]:
    """Exchange the settings of each middleware of this package in `app`, and put them back afterwards.

    `make_settings` is given the present settings, or None where they would come from the environment. Of several
    exchanges the last one that has not ended counts, in whatever order they end. Finds
    middlewares that were added to Starlette or FastAPI, that wrap the application, and those in what it wraps.
    Raises ConfigurationError when there is none.
    """
    layer = _Layer(tuple(_parts(app)))
    with ExitStack() as stack:
        found = 0
        for part in layer.parts:
            if isinstance(part, _Exchangeable):
                stack.enter_context(part.using(make_settings))
                found += 1
            if _has_added_middleware(part):
                found += stack.enter_context(_added_middleware(part, make_settings))
        if not found:
            message = "no AzureAdAuth was found in the application; expected it added, or wrapped around it"
            raise ConfigurationError(message)
        layer.exchanged = stack.pop_all()
    _layers.append(layer)
    try:
        yield
    finally:
        layer.has_ended = True
        _put_back()


@dataclass(slots=True, eq=False)
class _Layer:
    """One exchange. It is undone when it has ended, and each later one of the same application has been undone."""

    parts: tuple[object, ...]
    exchanged: ExitStack = field(default_factory=ExitStack)
    has_ended: bool = False

    def shares(self, other: "_Layer") -> bool:
        """Whether both are about the same application."""
        return any(one is another for one in self.parts for another in other.parts)


_layers: Final[list[_Layer]] = []


def _put_back() -> None:
    for layer in reversed(tuple(_layers)):
        later = _layers[_layers.index(layer) + 1 :]
        if layer.has_ended and not any(map(layer.shares, later)):
            _layers.remove(layer)
            layer.exchanged.close()


def web_login_of(app: object) -> WebLogin | None:
    """How users sign in to the application: `login=` of the outermost middleware that has it."""
    for part in _parts(app):
        entries = part.user_middleware if _has_added_middleware(part) else ()  # type: ignore[attr-defined]
        for login in (getattr(part, "web_login", None), *(entry.kwargs.get("login") for entry in entries)):
            if isinstance(login, WebLogin):
                return login
    return None


def is_starlette(app: object) -> bool:
    """Whether it is an application of Starlette's or FastAPI's, or wraps one."""
    return any(map(_has_added_middleware, _parts(app)))


def _parts(app: object) -> Iterator[object]:
    """The application and what it wraps, from the outside in."""
    seen: set[int] = set()
    part: object = app
    while part is not None and id(part) not in seen and len(seen) < _MAX_DEPTH:
        seen.add(id(part))
        yield part
        part = next((vars(part)[name] for name in INNER_APPLICATIONS if name in getattr(part, "__dict__", {})), None)


def _has_added_middleware(app: object) -> bool:
    return isinstance(getattr(app, "user_middleware", None), list)


@contextmanager
def _added_middleware(app: Any, make_settings: MakeSettings) -> Generator[int, None, None]:  # noqa: ANN401 - Starlette is not known here
    """Starlette makes middlewares from a list at the first request: change the list, and have them made anew."""
    original, built = app.user_middleware, app.middleware_stack
    exchanged = [_exchanged(entry, make_settings) for entry in original]
    app.user_middleware, app.middleware_stack = exchanged, None
    try:
        yield sum(new is not old for new, old in zip(exchanged, original, strict=True))
    finally:
        app.user_middleware, app.middleware_stack = original, built


def _exchanged(entry: Any, make_settings: MakeSettings) -> Any:  # noqa: ANN401 - Starlette's Middleware
    kind, arguments, keywords = entry
    if not hasattr(kind, "using"):
        return entry
    client = keywords.get("client")
    present = client.settings if client is not None else keywords.get("settings", next(iter(arguments), None))
    others = {name: value for name, value in keywords.items() if name not in ("client", "settings")}
    if client is not None:  # with its log and metrics
        return type(entry)(kind, client=client.with_settings(make_settings(present)), **others)
    return type(entry)(kind, settings=make_settings(present), **others)
