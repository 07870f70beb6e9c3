"""The identity provider's metadata and keys, for each version of tokens."""

import logging
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from azuread_auth._core.refreshing import Refreshing, RefreshPolicy
from azuread_auth._protocol.authority import Authority, AuthorityKind, TokenVersion
from azuread_auth._protocol.http import HttpRequest, json_object
from azuread_auth._protocol.jwk import KeySet, parse_key_set
from azuread_auth._protocol.metadata import Metadata, parse_metadata
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import Event, HttpPort, Observer, Runtime

__all__ = ["Provider", "TrustedKeys"]

_METADATA_LIFE_SECONDS: Final = 43_200.0
_MAX_DOCUMENT_BYTES: Final = 1_048_576
_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKeys:
    """The keys of one authority and version, with the metadata that named them."""

    metadata: Metadata
    metadata_fetched_at: float
    """By the monotonic clock."""
    keys: KeySet


class Provider:
    """Fetches and holds the keys of an authority; each version's when first needed."""

    def __init__(
        self,
        authority: Authority,
        *,
        algorithms: tuple[str, ...],
        timeout_seconds: float,
        http: HttpPort,
        runtime: Runtime,
        observer: Observer,
        refresh_policy: RefreshPolicy | None = None,
    ) -> None:
        self._authority = authority
        self._algorithms = algorithms
        self._timeout_seconds = timeout_seconds
        self._http = http
        self._runtime = runtime
        self._observer = observer
        self._refresh_policy = refresh_policy or RefreshPolicy()
        self._sources: dict[TokenVersion, Refreshing[TrustedKeys]] = {}

    @property
    def authority(self) -> Authority:
        """Whose keys these are."""
        return self._authority

    def version_of(self, ver: object) -> TokenVersion:
        """Which keys are for a token with this `ver`. B2C says 1.0 in tokens that are of version 2."""
        return 1 if ver == "1.0" and self._authority.kind is not AuthorityKind.B2C else 2

    def keys(self, version: TokenVersion) -> Refreshing[TrustedKeys]:
        """The keys for tokens of this version."""
        source = self._sources.get(version)
        if source is None:
            source = self._sources.setdefault(version, self._source(version))
        return source

    def _source(self, version: TokenVersion) -> Refreshing[TrustedKeys]:
        loader = _KeyLoader(self, version)
        name = f"keys of {self._authority.origin} (v{version})"
        return Refreshing(
            loader.load,
            adopt=_adopt,
            name=name,
            runtime=self._runtime,
            policy=self._refresh_policy,
            on_failure=lambda error, age: self._report_failure(version, error, age),
        )

    async def fetch_metadata(self, version: TokenVersion) -> Metadata:
        """The authority's metadata, now. Raises ProviderUnavailable."""
        document = await self._fetch(self._authority.metadata_url(version), what="OpenID configuration")
        return parse_metadata(document, authority=self._authority, version=version)

    async def fetch_keys(self, jwks_uri: str) -> KeySet:
        """The key set at the URL, now. Raises ProviderUnavailable."""
        document = await self._fetch(jwks_uri, what="key set")
        return parse_key_set(document, algorithms=self._algorithms)

    async def _fetch(self, url: str, *, what: str) -> dict[str, object]:
        request = HttpRequest(
            url=url,
            headers=_HEADERS,
            timeout_seconds=self._timeout_seconds,
            max_response_bytes=_MAX_DOCUMENT_BYTES,
        )
        response = await self._http.send(request)
        return json_object(response, what=what, now=self._runtime.now())

    def monotonic(self) -> float:
        """The clock that metadata's age is taken by."""
        return self._runtime.monotonic()

    def report_loaded(self, version: TokenVersion, keys: KeySet) -> None:
        """Tell the observer that keys are here."""
        fields = {
            "authority": self._authority.origin,
            "version": version,
            "keys": len(keys.keys),
            "skipped": keys.skipped,
        }
        message = f"loaded {len(keys.keys)} signing keys of {self._authority.origin} for v{version} tokens"
        self._observer.record(Event("keys.loaded", logging.INFO, message, fields))

    def _report_failure(self, version: TokenVersion, error: ProviderUnavailable, age: float) -> None:
        fields = {"authority": self._authority.origin, "version": version, "retry_after": error.retry_after}
        serving = "no keys to serve with"
        if isfinite(age):
            fields["age_seconds"] = age
            serving = f"serving with keys fetched {age:.0f} s ago"
        message = f"keys could not be fetched: {error}; {serving}; next try in {error.retry_after:.0f} s"
        self._observer.record(Event("keys.unavailable", logging.WARNING, message, fields))


class _KeyLoader:
    """Loads one version's keys, asking for the metadata anew only when it is old or may be why the keys failed."""

    def __init__(self, provider: Provider, version: TokenVersion) -> None:
        self._provider = provider
        self._version: TokenVersion = version
        self._is_metadata_suspect = False

    async def load(self, present: TrustedKeys | None) -> TrustedKeys:
        provider = self._provider
        now = provider.monotonic()
        metadata, fetched_at = None, now
        if present is not None and not self._is_metadata_suspect:
            age = now - present.metadata_fetched_at
            if age < _METADATA_LIFE_SECONDS:
                metadata, fetched_at = present.metadata, present.metadata_fetched_at
        self._is_metadata_suspect = True
        if metadata is None:
            metadata = await provider.fetch_metadata(self._version)
        keys = await provider.fetch_keys(metadata.jwks_uri)
        self._is_metadata_suspect = False
        provider.report_loaded(self._version, keys)
        return TrustedKeys(metadata=metadata, metadata_fetched_at=fetched_at, keys=keys)


def _adopt(new: TrustedKeys, old: TrustedKeys | None) -> TrustedKeys:
    """Keys that stay remain the same objects; those that left are marked, which ends cached tokens they signed."""
    return replace(new, keys=new.keys.succeeding(old.keys if old is not None else None))
