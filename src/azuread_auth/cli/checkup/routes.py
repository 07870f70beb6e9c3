"""The routes of a Starlette or FastAPI application, and what each wants of its callers."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azuread_auth._web.paths import Access
from azuread_auth.cli.checkup.application import Guard, unwrapped
from azuread_auth.cli.checkup.needs import Need, need_of, needs_of_views
from azuread_auth.cli.checkup.tools import is_mcp, needs_of_tools

__all__ = ["Route", "routes_of"]

_NAMELESS = {False: "WEBSOCKET", True: "ANY"}
_WORDS = {Access.PUBLIC: "public", Access.OPTIONAL: "optional", Access.PROTECTED: "signed in"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: `access` is "public", "optional" or "signed in", `needs` what its dependencies want besides."""

    path: str
    methods: tuple[str, ...]
    access: str
    needs: tuple[Need, ...] = ()
    is_opaque: bool = False
    """Whether what is behind it could not be looked through."""
    lacks_mcp: bool = False
    """Whether it leads to an MCP server whose SDK is not told who calls."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """What callers have to meet, in words."""
        return tuple(dict.fromkeys(need.text for need in self.needs if need.text))

    @property
    def is_unreachable(self) -> bool:
        """Whether it has a requirement on a path where no credentials are looked at, so that nobody can meet it."""
        return self.access == "public" and bool(self.requirements)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where routes are: the prefix that their paths begin with, and the guards, each with the prefix before it."""

    prefix: str
    guards: tuple[tuple[int, Guard], ...]

    def within(self, prefix: str, guards: Sequence[Guard]) -> "_Place":
        whole = self.prefix + prefix
        return _Place(whole, (*self.guards, *((len(whole), guard) for guard in guards)))

    @property
    def knows_mcp(self) -> bool:
        """Whether the MCP SDK is told who calls."""
        return any(guard.knows_mcp for _, guard in self.guards)

    def access(self, path: str) -> str:
        """The strictest of all guards; the path as each of them sees it routed."""
        whole = self.prefix + path
        found = {guard.rules.access(whole[cut:]) for cut, guard in self.guards}
        strictness = (Access.PROTECTED, Access.OPTIONAL)
        return _WORDS[next((access for access in strictness if access in found), Access.PUBLIC)]


def routes_of(application: object) -> tuple[Route, ...]:
    """The routes of an application and all that is mounted in it; none of one that has no table of routes."""
    wrapped = unwrapped(application)
    return tuple(_routes(wrapped.application, _Place("", ()).within("", wrapped.guards)))


# Any: the frameworks' routes differ by version, and only the names of their attributes are relied on.
def _routes(application: Any, place: _Place) -> Iterator[Route]:  # noqa: ANN401
    for route in _expanded(getattr(application, "routes", None) or ()):
        path = getattr(route, "path", None) or ""
        if hasattr(route, "endpoint") and route.endpoint is not None:
            leads_to_mcp = is_mcp(route.endpoint)
            tools = needs_of_tools(route.endpoint) if leads_to_mcp else ()
            yield Route(
                path=place.prefix + path,
                methods=tuple(sorted(getattr(route, "methods", None) or (_NAMELESS[leads_to_mcp],))),
                access=place.access(path),
                needs=(*_needs(getattr(route, "dependant", None)), *map(_of_tool, tools or ())),
                is_opaque=tools is None,
                lacks_mcp=leads_to_mcp and not place.knows_mcp,
            )
        elif hasattr(route, "app"):
            yield from _mounted(route.app, path, place)


def _mounted(application: Any, path: str, place: _Place) -> Iterator[Route]:  # noqa: ANN401 - as above
    inner = unwrapped(application)
    place = place.within(path, inner.guards)
    if getattr(inner.application, "routes", None):
        yield from _routes(inner.application, place)
    else:
        views = needs_of_views(inner.layers)
        is_static = type(inner.application).__module__ == "starlette.staticfiles"
        yield Route(
            path=f"{place.prefix}/*",
            methods=("ANY",),
            access=place.access("/*"),
            needs=tuple(map(_of_tool, views or ())),
            is_opaque=views is None and not is_static and not is_mcp(inner.application),
        )


def _of_tool(need: Need) -> Need:
    """One of something behind the route, which the route itself does not want of everybody."""
    return replace(need, text="")


def _expanded(routes: Sequence[Any]) -> Iterator[Any]:
    """The routes, those of included routers too, which newer versions of FastAPI keep behind one entry."""
    fastapi_routing = sys.modules.get("fastapi.routing")
    expand = getattr(fastapi_routing, "iter_route_contexts", None)
    yield from routes if expand is None else expand(routes)


def _needs(dependant: Any) -> Iterator[Need]:  # noqa: ANN401 - as above
    """What our dependencies want, wherever they are in the tree."""
    for inner in getattr(dependant, "dependencies", ()):
        need = need_of(getattr(inner, "call", None))
        if need is not None:
            yield need
        yield from _needs(inner)
