"""What a simulated tenant's addresses mean: which directory a URL names, and which issuer that directory has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

from azuread_auth._protocol.authority import TENANT_TEMPLATE, TokenVersion
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.guid import as_guid
from azuread_auth.simulation.users import SECOND_TENANT

__all__ = [
    "CLOUD",
    "IN_PROCESS_HOST",
    "Directory",
    "Endpoint",
    "EndpointKind",
    "KnownTenant",
    "SimulatedAuthority",
    "endpoint_at",
    "is_domain",
    "origin_of",
]

CLOUD: Final = "azuread-auth.test"
"""The simulated cloud. RFC 6761 6.2 sets .test aside, so no real directory can ever bear this name."""
IN_PROCESS_HOST: Final = f"https://login.{CLOUD}"

_METADATA: Final = re.compile(r"/(?P<path>.+?)(?P<v2>/v2\.0)?/\.well-known/openid-configuration")
_OAUTH2: Final = re.compile(r"/(?P<path>.+?)/oauth2(?P<v2>/v2\.0)/(?P<kind>token|authorize|devicecode|logout)")
_ADMIN_CONSENT: Final = re.compile(r"/(?P<path>.+?)(?P<v2>/v2\.0)?/adminconsent")
_KEYS: Final = re.compile(r"/(?P<path>.+?)/discovery(?P<v2>/v2\.0)?/keys")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII | re.IGNORECASE)
_MOST_DOMAIN: Final = 253
_POLICY: Final = re.compile(r"B2C_1A?_[A-Za-z0-9_-]+", re.IGNORECASE)


EndpointKind = Literal[
    "discovery",
    "keys",
    "instance",
    "token",
    "authorize",
    "devicecode",
    "device_page",
    "logout",
    "admin_consent",
]


def is_domain(text: str) -> bool:
    """Whether the text could be the name of a tenant's domain."""
    return len(text) <= _MOST_DOMAIN and _DOMAIN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What a URL asks for, of which directory."""

    kind: EndpointKind
    version: TokenVersion
    path: str
    """The directory as the URL spells it: a tenant, or a tenant and a B2C policy."""
    app_id: str | None
    """The application whose own keys are asked for, by `?appid=`."""


_SHARED_PATHS: Final[Mapping[str, EndpointKind]] = MappingProxyType(
    {"/common/discovery/instance": "instance", "/devicelogin": "device_page"}
)


def endpoint_at(url: str) -> Endpoint | None:
    """The endpoint of a directory that a URL names; None for any other URL."""
    parts = urlsplit(url)
    kind = _SHARED_PATHS.get(parts.path)
    if kind is not None:
        return Endpoint(kind=kind, version=2, path="common", app_id=None)
    found = _match(parts.path)
    if found is None:
        return None
    kind, match = found
    app_ids = parse_qs(parts.query).get("appid") if kind in ("discovery", "keys") else None
    return Endpoint(
        kind=kind, version=2 if match["v2"] else 1, path=match["path"], app_id=app_ids[0] if app_ids else None
    )


def _match(path: str) -> tuple[EndpointKind, re.Match[str]] | None:
    patterns: tuple[tuple[EndpointKind, re.Pattern[str]], ...] = (
        ("discovery", _METADATA),
        ("keys", _KEYS),
        ("admin_consent", _ADMIN_CONSENT),
    )
    for kind, pattern in patterns:
        if (match := pattern.fullmatch(path)) is not None:
            return kind, match
    match = _OAUTH2.fullmatch(path)
    if match is None:
        return None
    kinds: dict[str, EndpointKind] = {
        "token": "token",
        "authorize": "authorize",
        "devicecode": "devicecode",
        "logout": "logout",
    }
    return kinds[match["kind"]], match


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAuthority:
    """A directory as one URL names it."""

    origin: str
    path: str
    issuer_tenant: str
    """A GUID, or TENANT_TEMPLATE for metadata that is independent of the tenant."""
    policy: str | None = None
    """The B2C policy; its tokens say `ver` 1.0 and `tfp`."""
    names_policy_in_issuer: bool = False

    def issuer(self, version: TokenVersion, *, tenant_id: str | None = None) -> str:
        """The issuer of tokens of this version; `tenant_id` in place of the directory's own tenant."""
        tenant = tenant_id or self.issuer_tenant
        if self.policy is not None:
            owner = f"tfp/{tenant}/{self.policy}" if self.names_policy_in_issuer else tenant
            return f"{self.origin}/{owner}/v2.0/"
        return f"{self.origin}/{tenant}/v2.0" if version == 2 else f"{self.origin}/{tenant}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTenant:
    """A tenant by its GUID, its domain and what its people call it."""

    tenant_id: str
    domain: str
    name: str = ""


_FABRIKAM: Final = KnownTenant(tenant_id=SECOND_TENANT, domain="fabrikam.test", name="Fabrikam")


@dataclass(frozen=True, slots=True)
class Directory:
    """One tenant and its neighbours, known by GUID and domain, beside the shared names that Entra has for all."""

    tenant_id: str
    domain: str
    neighbours: tuple[KnownTenant, ...] = (_FABRIKAM,)
    knows_all: bool = False
    """Whether there are no other tenants; else any GUID is one whose tokens may be asked for."""

    def authority(self, origin: str, path: str) -> SimulatedAuthority | None:
        """The directory at a path such as "common" or "contoso.onmicrosoft.com/B2C_1_signin"; None when unknown."""
        segments = path.strip("/").split("/")
        names_policy_in_issuer = segments[0] == "tfp"
        owner, *policy = segments[1:] if names_policy_in_issuer and len(segments) > 1 else segments
        tenant = self._tenant_named(owner.lower())
        if tenant is None or len(policy) > 1:
            return None
        if not policy:
            return SimulatedAuthority(origin=origin, path=path, issuer_tenant=tenant)
        if tenant != self.tenant_id or _POLICY.fullmatch(policy[0]) is None:
            return None
        return SimulatedAuthority(
            origin=origin,
            path=path,
            issuer_tenant=tenant,
            policy=policy[0],
            names_policy_in_issuer=names_policy_in_issuer,
        )

    def issuing_authority(self, origin: str, path: str) -> SimulatedAuthority | None:
        """As `authority`, but with any GUID as a tenant: applications of several tenants ask those of their callers."""
        guid = as_guid(path)
        if guid is not None and not self.knows_all and self._tenant_named(guid) is None:
            return SimulatedAuthority(origin=origin, path=path, issuer_tenant=guid)
        return self.authority(origin, path)

    def _tenant_named(self, name: str) -> str | None:
        if name in ("common", "organizations"):
            return TENANT_TEMPLATE
        if name == "consumers":
            return PERSONAL_TENANT
        known = {each.domain.lower(): each.tenant_id for each in self.neighbours}
        known |= {each.tenant_id: each.tenant_id for each in self.neighbours}
        known |= {self.tenant_id: self.tenant_id, self.domain.lower(): self.tenant_id, PERSONAL_TENANT: PERSONAL_TENANT}
        return known.get(name)
