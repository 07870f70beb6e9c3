"""Protected resource metadata: where clients learn whose tokens a resource takes (RFC 9728)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

__all__ = ["WELL_KNOWN_PATH", "ResourceDocument", "metadata_paths", "metadata_url"]

WELL_KNOWN_PATH: Final = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDocument:
    """What a resource says of itself (RFC 9728 2)."""

    resource: str
    authorization_servers: Sequence[str]
    scopes: Sequence[str]
    """Full names."""
    name: str | None = None

    def as_json(self) -> bytes:
        """The document. A parameter without a value is left out (RFC 9728 3.2)."""
        members: dict[str, object] = {
            "resource": self.resource,
            "authorization_servers": list(self.authorization_servers),
            "scopes_supported": list(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        }
        return json.dumps({name: value for name, value in members.items() if value}).encode()


def metadata_url(resource: str) -> str:
    """Where the document of a resource lies: the path comes after the well-known one (RFC 9728 3.1)."""
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN_PATH}{_path_of(resource)}"


def metadata_paths(resource: str, named_url: str) -> frozenset[str]:
    """The paths at which the document is served.

    The bare one as well: it is what clients try last (MCP, "Protected Resource Metadata Discovery Requirements"), and
    what an ingress with a prefix leaves of `named_url`, the address in challenges. One that keeps the prefix asks for
    the whole path, which is served where it is plainly meant for this.
    """
    named_path = urlsplit(named_url).path
    named = {named_path} if WELL_KNOWN_PATH in named_path else set[str]()
    return frozenset({WELL_KNOWN_PATH, f"{WELL_KNOWN_PATH}{_path_of(resource)}", *named})


def _path_of(resource: str) -> str:
    path = urlsplit(resource).path
    return "" if path == "/" else path
