"""What clients may know of a protected resource before they have a token: RFC 9728, as MCP clients read it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.resource_metadata import metadata_paths, metadata_url
from azuread_auth._settings.resource import (
    authorization_servers,
    metadata_address_or_none,
    name_or_none,
    own_scopes,
    resource_address,
)

__all__ = ["ResourceMetadata"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMetadata:
    """Protected resource metadata (RFC 9728), for `resource_metadata=` of the middlewares. Immutable.

    The document is served to anybody, and the challenges of 401 and 403 name it. Raises ConfigurationError, when built,
    for any value that is wrong or missing.
    """

    resource: str
    """The address that clients use, with its path: https, or http on this machine. Compared exactly by clients."""
    scopes: Collection[str] = ()
    """What clients are to ask for, by short or full names; advertised in full, after `scope_prefix` of the settings.
    None: `.default`, which is all that is registered for the client."""
    metadata_url: str | None = None
    """Where clients find the document. None: at the resource's host under /.well-known/oauth-protected-resource and
    the resource's path. For an ingress that leads nothing but a prefix here."""
    name: str | None = None
    """A name to show to people."""
    authorization_servers: Collection[str] = ()
    """Issuers that clients may get tokens from. None: the authority of the settings."""

    def __post_init__(self) -> None:
        for setting, check in _CHECKS.items():
            object.__setattr__(self, setting, check(getattr(self, setting), setting))

    @property
    def document_url(self) -> str:
        """Where challenges say that the document is."""
        return self.metadata_url or metadata_url(self.resource)

    @property
    def routes(self) -> frozenset[str]:
        """The paths that the document is served at."""
        return metadata_paths(self.resource, self.document_url)


_CHECKS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "resource": resource_address,
    "scopes": own_scopes,
    "metadata_url": metadata_address_or_none,
    "name": name_or_none,
    "authorization_servers": authorization_servers,
}
