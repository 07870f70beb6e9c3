"""An application, imported by its name, and the middlewares that it is wrapped in."""

import importlib
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from inspect import iscoroutinefunction, isfunction, signature
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final, TextIO

from azuread_auth._web.paths import PathRules
from azuread_auth.errors import AzureAdError, ConfigurationError
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.installing import INNER_APPLICATIONS
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Guard", "Wrapped", "importable_from", "imported", "unwrapped"]

_DEFAULT_ATTRIBUTE: Final = "app"
_CALL: Final = "()"
_EXPECTED: Final = "expected module:attribute, as servers take it"
_DEEPEST: Final = 32
_RULES: Final = ("public_paths", "optional_paths", "allow_anonymous")
_MIDDLEWARES: Final = (
    "azuread_auth.asgi.AzureAdAuth",
    "azuread_auth.mcp.AzureAdAuth",
    "azuread_auth.wsgi.AzureAdAuth",
    "azuread_auth.django.middleware.AzureAdMiddleware",
)


@dataclass(frozen=True, slots=True)
class Guard:
    """One AzureAdAuth: its settings, None for those of the environment, and which paths it lets through."""

    settings: AzureAdSettings | None
    rules: PathRules
    login: WebLogin | None = None
    is_easy_auth: bool = False
    metadata: ResourceMetadata | None = None
    knows_mcp: bool = False
    """Whether it tells the MCP SDK who calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """What is behind the middlewares, and those of them that are ours, outermost first."""

    guards: tuple[Guard, ...]
    # Any: somebody's application, of which only the names of some attributes are known.
    application: Any = field(repr=False)
    layers: tuple[Any, ...] = field(default=(), repr=False)
    """Everything that was looked through, from the outside in."""

    @property
    def is_django(self) -> bool:
        """Whether this is a handler of a Django project."""
        # By name: to load Django would need its settings.
        kinds = (kind for layer in self.layers for kind in type(layer).__mro__)
        return any(kind.__module__.startswith("django.core.handlers.") for kind in kinds)


@contextmanager
def importable_from(folder: Path, *, output: TextIO) -> Generator[None, None, None]:
    """Modules in the folder can be imported, as `python -m` has it; what they print goes to `output`."""
    place = str(folder.absolute())
    sys.path.insert(0, place)
    try:
        with redirect_stdout(output):
            yield
    finally:
        with suppress(ValueError):  # what was imported may have taken it out
            sys.path.remove(place)


def imported(name: str) -> object:
    """The application that is called "module:attribute"; the attribute is app where it is left out.

    A function that makes the application may be named too, with () or without. Raises ConfigurationError when there is
    none. What its code raises is told by kind and place alone: texts of others may quote what is secret.
    """
    module_name, _, attribute = name.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # a module may do whatever it likes when it is imported
        expected = "" if isinstance(error, AzureAdError) else f"; {_EXPECTED}"
        message = f"{name} cannot be imported: {_told(error)}{expected}"
        raise ConfigurationError(message) from error
    for part in (attribute.removesuffix(_CALL) or _DEFAULT_ATTRIBUTE).split("."):
        if not hasattr(found, part):
            message = f"{name}: {module_name} has no {part}; {_EXPECTED}"
            raise ConfigurationError(message)
        found = getattr(found, part)
    return _made(name, found) if attribute.endswith(_CALL) or _makes_one(found) else found


def _makes_one(found: object) -> bool:
    """Whether it is a function that wants nothing, as an application never is: it makes one."""
    if not isfunction(found):
        return False
    parameters = signature(found).parameters.values()
    return all(each.default is not each.empty or each.kind is each.VAR_KEYWORD for each in parameters)


def _made(name: str, factory: object) -> object:
    if not callable(factory) or iscoroutinefunction(factory):
        message = f"{name} is no function that returns an application; expected one that is not async"
        raise ConfigurationError(message)
    try:
        return factory()
    except (Exception, SystemExit) as error:  # as when a module is imported
        message = f"{name} cannot make an application: {_told(error)}"
        raise ConfigurationError(message) from error


def _told(error: BaseException) -> str:
    if isinstance(error, AzureAdError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"there is no module {error.name}"
    frames = extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def unwrapped(application: object) -> Wrapped:
    """Look through what an application is wrapped in. Raises ConfigurationError for a middleware that has none."""
    guards: list[Guard] = []
    layers: list[Any] = []
    current: Any = application
    for _ in range(_DEEPEST):
        layers.append(current)
        if _is_ours(type(current)):
            guards.append(_guard_of(current))
        guards += _added_to(current)
        inner = _inside(current)
        if inner is None:
            break
        current = inner
    return Wrapped(guards=tuple(guards), application=current, layers=tuple(layers))


def _is_ours(kind: object) -> bool:
    # By name: to load the middleware of the other interface would load its libraries.
    return f"{getattr(kind, '__module__', '')}.{getattr(kind, '__name__', '')}" in _MIDDLEWARES


def _guard_of(middleware: Any) -> Guard:  # noqa: ANN401 - of either interface
    failure = getattr(middleware, "_failure", None)
    if failure is not None:
        raise failure
    client, gate = middleware._client, middleware._gate  # noqa: SLF001 - of this package
    return Guard(
        client.settings,
        gate.rules,
        gate.web_login,
        is_easy_auth=gate.easy_auth is not None,
        metadata=gate.resource_metadata,
        knows_mcp=_knows_mcp(type(middleware)),
    )


def _added_to(application: Any) -> Iterator[Guard]:  # noqa: ANN401 - as in Wrapped
    """Those that were added to a Starlette application, which makes them when the first request comes."""
    for entry in getattr(application, "user_middleware", ()):
        if _is_ours(getattr(entry, "cls", None)):
            options: Mapping[str, Any] = getattr(entry, "kwargs", {})
            client = options.get("client")
            given = client.settings if client is not None else options.get("settings", next(iter(entry.args), None))
            rules = PathRules(**{name: options[name] for name in _RULES if name in options})
            yield Guard(
                given,
                rules,
                options.get("login"),
                is_easy_auth=options.get("easy_auth") is not None,
                metadata=options.get("resource_metadata"),
                knows_mcp=_knows_mcp(entry.cls),
            )


def _knows_mcp(kind: type[object]) -> bool:
    return kind.__module__ == "azuread_auth.mcp"


def _inside(application: Any) -> object | None:  # noqa: ANN401 - as in Wrapped
    """What a middleware wraps by convention; Flask keeps its own wrapping in `wsgi_app`, Quart in `asgi_app`."""
    if hasattr(application, "routes"):
        return None
    return next(
        (vars(application)[name] for name in INNER_APPLICATIONS if name in getattr(application, "__dict__", {})), None
    )
