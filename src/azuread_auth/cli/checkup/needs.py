"""What an application's dependencies and decorators want, found without running it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from azuread_auth.requirements import Requirement, Scope
from azuread_auth.resource_metadata import ResourceMetadata

__all__ = ["Need", "need_of", "needs_of_functions", "needs_of_metadata", "needs_of_views"]

_DEEPEST: Final = 32
_DECORATED: Final = "azuread_auth_requirement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One of them: a requirement on callers, or tokens of other APIs."""

    text: str = ""
    """As it is listed with its route; "" for what callers need not meet."""
    requirement: Requirement | None = None
    user_scopes: tuple[str, ...] = ()
    """What is asked for in the name of the caller."""
    app_scopes: tuple[str, ...] = ()
    """What is asked for in the name of the application itself."""


# Any: somebody's callables, of which only ours are looked into.
def need_of(call: Any) -> Need | None:  # noqa: ANN401
    """What a dependency wants; None for one that is not ours."""
    # By name: to load the dependencies would load FastAPI.
    match f"{type(call).__module__}.{type(call).__name__}":
        case "azuread_auth._fastapi.caller.RequiredCaller":
            return Need(text=str(call.requirement), requirement=call.requirement)
        case "azuread_auth._fastapi.tokens.CallerToken":
            return Need(text=repr(call), user_scopes=call.scopes)
        case "azuread_auth._fastapi.tokens.AppToken":
            return Need(app_scopes=call.scopes)
        case _:
            return None


def needs_of_views(layers: Sequence[Any]) -> tuple[Need, ...] | None:
    """What the decorators of Flask's views want; None where there is no Flask application among the layers."""
    tables = [vars(layer)["view_functions"] for layer in layers if "view_functions" in getattr(layer, "__dict__", {})]
    views: Mapping[str, Any] | None = next((table for table in tables if isinstance(table, Mapping)), None)
    if views is None:
        return None
    return needs_of_functions(function for view in views.values() for function in (view, *_methods(view)))


def _methods(view: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    """Those of a class-based view, which may be decorated one by one."""
    kind = getattr(view, "view_class", None)
    if isinstance(kind, type):
        names = ("dispatch_request", *(str(method).lower() for method in getattr(kind, "methods", None) or ()))
        yield from (getattr(kind, name, None) for name in names)


def needs_of_functions(functions: Iterable[object]) -> tuple[Need, ...]:
    """What the decorators of these want, whatever they are in, each once."""
    return tuple(dict.fromkeys(need for function in functions for need in _decorated(function)))


def needs_of_metadata(metadata: ResourceMetadata) -> Iterator[Need]:
    """What clients are told to ask for, so that it has to be there."""
    for name in metadata.scopes:
        if not name.endswith(".default"):
            yield Need(requirement=Scope(name))


def _decorated(view: Any) -> Iterator[Need]:  # noqa: ANN401 - as above
    for _ in range(_DEEPEST):
        requirement = getattr(view, _DECORATED, None)
        if isinstance(requirement, Requirement):
            yield Need(text=str(requirement), requirement=requirement)
        if not hasattr(view, "__wrapped__"):
            return
        view = view.__wrapped__
