"""Whether the provider can be reached, is the right one, and goes by the same time."""

from collections.abc import Iterator
from typing import Final

from azuread_auth._adapters.blocking_runtime import run_blocking
from azuread_auth._core.provider import Provider
from azuread_auth._protocol.metadata import Metadata
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped, warning
from azuread_auth.cli.checkup.watch import ClockWatch
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ProviderUnavailable

__all__ = ["check_provider"]

_TOLERABLE_SECONDS: Final = 30.0
_REMEDY: Final = (
    "check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST, the network, the proxy (HTTPS_PROXY, NO_PROXY) and "
    "AZURE_AD_CA_BUNDLE"
)


def check_provider(client: AzureAdClient, watch: ClockWatch) -> Iterator[Finding]:
    """Metadata, keys and clock, as the application would fetch them."""
    provider = client.engine.provider
    url = provider.authority.metadata_url(2)
    try:
        metadata = run_blocking(provider.fetch_metadata(2))
    except ProviderUnavailable as error:
        yield failed("metadata", f"{url}: {error}", expected="an OpenID configuration of this tenant", remedy=_REMEDY)
        yield skipped("keys", "without metadata nothing says where they are")
    else:
        yield ok("metadata", f"{url} names the issuer {metadata.issuer}")
        yield _keys(provider, metadata)
    yield _clock(watch.ahead_seconds, client.settings.clock_skew_seconds)


def _keys(provider: Provider, metadata: Metadata) -> Finding:
    try:
        keys = run_blocking(provider.fetch_keys(metadata.jwks_uri))
    except ProviderUnavailable as error:
        return failed("keys", f"{metadata.jwks_uri}: {error}", expected="a set of signing keys", remedy=_REMEDY)
    others = f", {keys.skipped} that do not count (of another kind, or damaged)" if keys.skipped else ""
    return ok("keys", f"{len(keys.keys)} usable signing keys{others}")


def _clock(ahead_seconds: float | None, tolerance_seconds: float) -> Finding:
    if ahead_seconds is None:
        return skipped("clock", "no answer of the provider has told the time")
    apart = abs(ahead_seconds)
    found = f"this machine's clock is {apart:.0f} s {'ahead of' if ahead_seconds > 0 else 'behind'} the provider's"
    remedy = "let the clock be synchronised (NTP)"
    # The header's whole seconds, and the way of the answer, are no difference.
    if apart > max(tolerance_seconds, 2.0):
        return failed("clock", found, expected=f"at most {tolerance_seconds:.0f} s (clock_skew_seconds)", remedy=remedy)
    if apart > _TOLERABLE_SECONDS:
        return warning("clock", found, expected=f"at most {_TOLERABLE_SECONDS:.0f} s", remedy=remedy)
    return ok("clock", "this machine's clock and the provider's agree")
