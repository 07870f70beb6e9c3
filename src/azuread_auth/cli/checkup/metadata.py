"""Whether protected resource metadata is where clients are told that it is."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from azuread_auth.cli.checkup.finding import Finding, warning
from azuread_auth.resource_metadata import ResourceMetadata

__all__ = ["check_metadata"]


def check_metadata(metadata: ResourceMetadata | None) -> Iterator[Finding]:
    """A note where challenges name a path that the application does not serve."""
    if metadata is None or urlsplit(metadata.document_url).path in metadata.routes:
        return
    yield warning(
        "resource metadata",
        f"challenges name {metadata.document_url}, and the application serves {', '.join(sorted(metadata.routes))}",
        expected="a path with /.well-known/oauth-protected-resource in it, unless something else serves the document",
        remedy="change metadata_url, or make sure that the ingress leads it to one of those",
    )
