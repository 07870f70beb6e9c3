"""Serves protected resource metadata (RFC 9728 3) to anybody: clients ask before they have a token."""

from typing import Final

from azuread_auth._core.engine import Engine
from azuread_auth._protocol.authority import TENANT_TEMPLATE, AuthorityKind
from azuread_auth._protocol.resource_metadata import ResourceDocument
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.requirements import Scope
from azuread_auth.resource_metadata import ResourceMetadata

__all__ = ["MetadataRoute"]

_METHODS: Final = "GET, HEAD, OPTIONS"
_NOTHING: Final = (("content-type", "text/plain"), ("content-length", "0"))
# RFC 9728 3.1: clients that run in a browser are of any origin. Nothing here depends on who asks.
_FOR_ANY_ORIGIN: Final = (("access-control-allow-origin", "*"),)
_MAY_ASK: Final = (
    ("access-control-allow-methods", _METHODS),
    ("access-control-allow-headers", "MCP-Protocol-Version, Authorization, *"),
    ("access-control-max-age", "86400"),
)


class MetadataRoute:
    """The document of one resource. Raises ConfigurationError for a scope of another API."""

    def __init__(self, metadata: ResourceMetadata, engine: Engine) -> None:
        self._metadata = metadata
        self._engine = engine
        prefixes = engine.settings.scope_prefixes
        short_names = tuple(Scope(scope).short_name(prefixes) for scope in metadata.scopes)
        self._scopes = engine.full_scopes(short_names or (".default",))
        self.routes: frozenset[str] = metadata.routes
        """The routed paths that `reply` answers; they are always public."""

    async def reply(self, request: WebRequest) -> WebReply:
        """The answer at one of the routes."""
        if request.method == "OPTIONS":
            return WebReply(204, (("allow", _METHODS), *_FOR_ANY_ORIGIN, *_MAY_ASK), b"")
        if request.method not in ("GET", "HEAD"):
            return WebReply(405, (("allow", _METHODS), *_NOTHING, *_FOR_ANY_ORIGIN), b"")
        body = (await self._document()).as_json()
        headers = (
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("cache-control", "public, max-age=600"),
            ("x-content-type-options", "nosniff"),
            *_FOR_ANY_ORIGIN,
        )
        return WebReply(200, headers, body)

    async def _document(self) -> ResourceDocument:
        metadata = self._metadata
        return ResourceDocument(
            resource=metadata.resource,
            authorization_servers=tuple(metadata.authorization_servers) or (await self._issuer(),),
            scopes=self._scopes,
            name=metadata.name,
        )

    async def _issuer(self) -> str:
        """The tenant as its own metadata calls itself, which clients compare with what they were told (RFC 8414 3.3).

        A domain in place of the tenant's GUID, an alias of the host and External ID would differ. Where there is no one
        issuer, for several tenants, or none that leads to the metadata, for B2C, clients get the authority to ask.
        """
        provider = self._engine.provider
        authority = provider.authority
        stated = f"{authority.origin}/{authority.path}/v2.0"
        if authority.kind is AuthorityKind.B2C:
            return stated
        try:
            issuer = (await provider.keys(2).get()).metadata.issuer
        except ProviderUnavailable:
            return stated
        return stated if TENANT_TEMPLATE in issuer else issuer
