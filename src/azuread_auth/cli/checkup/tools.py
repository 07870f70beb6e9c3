"""The tools, resources and prompts of an MCP server, and what each wants of its callers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azuread_auth.cli.checkup.needs import Need, needs_of_functions

__all__ = ["is_mcp", "needs_of_tools"]

_TABLES: Final = (
    ("_tool_manager", "_tools"),
    ("_resource_manager", "_resources"),
    ("_resource_manager", "_templates"),
    ("_prompt_manager", "_prompts"),
)
_DEEPEST: Final = 3


def is_mcp(endpoint: object) -> bool:
    """Whether a route leads to the MCP SDK."""
    # By name: to load the SDK would take long, where nobody has.
    modules = (type(endpoint).__module__, getattr(endpoint, "__module__", None))
    return any(isinstance(module, str) and module.startswith("mcp.server.") for module in modules)


# Any: the SDK's objects, of which only the names of attributes are relied on.
def needs_of_tools(endpoint: Any) -> tuple[Need, ...] | None:  # noqa: ANN401
    """What their decorators want; None where the server cannot be looked through."""
    server = _server_of(endpoint)
    if server is None:
        return None
    found = [getattr(getattr(server, manager, None), table, None) for manager, table in _TABLES]
    tables = [table for table in found if isinstance(table, Mapping)]
    if len(tables) < len(found):
        return None
    entries = [entry for table in tables for entry in table.values()]
    return needs_of_functions(getattr(entry, "fn", None) for entry in entries)


def _server_of(endpoint: Any) -> object | None:  # noqa: ANN401 - as above
    """The server that a route leads to: what answers calls of tools is one of its methods."""
    return next((each for each in _owners(endpoint) if hasattr(each, "_tool_manager")), None)


def _owners(endpoint: Any, depth: int = 0) -> Iterator[object]:  # noqa: ANN401 - as above
    cells = getattr(endpoint, "__closure__", None) or () if depth < _DEEPEST else ()
    for cell in cells:  # of the transport with server-sent events
        yield from _owners(getattr(cell, "cell_contents", None), depth + 1)
    yield getattr(endpoint, "__self__", endpoint)
    handlers = getattr(getattr(getattr(endpoint, "session_manager", None), "app", None), "_request_handlers", None)
    for entry in handlers.values() if isinstance(handlers, Mapping) else ():
        yield getattr(getattr(entry, "handler", None), "__self__", None)
