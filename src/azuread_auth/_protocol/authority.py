"""Authorities: where an application's metadata lies and which issuers and endpoints it may name."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal
from urllib.parse import urlsplit

from azuread_auth._protocol.clouds import CLOUDS, PERSONAL_TENANT, cloud_of
from azuread_auth._protocol.guid import as_guid

__all__ = ["TENANT_TEMPLATE", "Authority", "AuthorityKind", "TokenVersion", "authority_at", "authority_for_tenant"]

TokenVersion = Literal[1, 2]

TENANT_TEMPLATE: Final = "{tenantid}"
"""Stands for any tenant in the issuer that tenant-independent metadata and keys name."""
_GUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_ISSUER_PATHS: Final = {
    1: re.compile(rf"/({_GUID}|{{tenantid}})/"),
    2: re.compile(rf"/({_GUID}|{{tenantid}})/v2\.0"),
}
_B2C_ISSUER_PATH: Final = re.compile(rf"/(?:({_GUID})|tfp/({_GUID})/([^/]+))/v2\.0/")
_B2C_HOST: Final = re.compile(r"[a-z0-9-]+\.b2clogin\.(?:com|cn|us|de)")
_EXTERNAL_ID_HOST: Final = re.compile(r"[a-z0-9-]+\.ciamlogin\.com")
# No userinfo, white space, backslash or control character can match: to every parser the host is the same.
_ENDPOINT: Final = re.compile(
    r"(https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?)(?:/[a-z0-9._~/?=&%+:-]*)?", re.ASCII | re.IGNORECASE
)
_SHARED_TENANTS: Final = frozenset({"common", "organizations"})


class AuthorityKind(Enum):
    """What sort of directory stands behind an authority: the shapes of issuers differ."""

    ENTRA = auto()
    EXTERNAL_ID = auto()
    B2C = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A directory, or a policy of one, on a host."""

    kind: AuthorityKind
    origin: str
    """Scheme, host and port, without a slash at the end."""
    path: str
    """What follows the origin, without a slash at either end."""
    tenant: str | None
    """GUID, domain, "common", "organizations" or "consumers"; None when it is left to the metadata."""
    policy: str | None = None

    @property
    def host(self) -> str:
        """The host, without port, in lower case."""
        return urlsplit(self.origin).hostname or ""

    @property
    def is_loopback_http(self) -> bool:
        """Whether this is a simulated tenant on this machine; settings admit http for nothing else."""
        return self.origin.startswith("http://")

    def metadata_url(self, version: TokenVersion) -> str:
        """Where the OpenID configuration for tokens of this version lies."""
        if self.kind is AuthorityKind.B2C or version == 2:
            return f"{self.origin}/{self.path}/v2.0/.well-known/openid-configuration"
        # Version 1 knows no "organizations".
        path = "common" if self.path == "organizations" else self.path
        return f"{self.origin}/{path}/.well-known/openid-configuration"

    @property
    def authorization_url(self) -> str:
        """Where users sign in, as challenges name it."""
        return f"{self.origin}/{self.path}/oauth2/v2.0/authorize"

    @property
    def token_url(self) -> str:
        """Where tokens are issued."""
        return f"{self.origin}/{self.path}/oauth2/v2.0/token"

    @property
    def device_code_url(self) -> str:
        """Where a sign-in on another device begins (RFC 8628 3.1)."""
        return f"{self.origin}/{self.path}/oauth2/v2.0/devicecode"

    def admin_consent_url(self, version: TokenVersion) -> str:
        """Where an administrator consents for a whole tenant; version 2 is the one that is told scopes."""
        return f"{self.origin}/{self.path}{'/v2.0' if version == 2 else ''}/adminconsent"

    def tenant_in_issuer(self, issuer: str, version: TokenVersion) -> str | None:
        """The tenant that a metadata document's issuer names: a GUID in lower case or TENANT_TEMPLATE.

        None when this authority may not name that issuer: of another host, form, tenant or policy
        (OpenID Connect Discovery 4.3, as far as Entra keeps to it).
        """
        origin, path = _split_issuer(issuer)
        tenant = self._tenant_in_b2c_path(path) if self.kind is AuthorityKind.B2C else _tenant_in_path(path, version)
        if tenant is None or not self._may_issue_from(origin, tenant, version):
            return None
        return tenant if self._may_issue_for(tenant) else None

    def may_have_endpoint(self, url: str) -> bool:
        """Whether metadata of this authority may name the URL as key set or endpoint."""
        match = _ENDPOINT.fullmatch(url)
        if match is None:
            return False
        origin = match[1].lower()
        host = origin.removeprefix("https://")
        return origin == self.origin or host in self._sibling_hosts() or self._is_behind_custom_domain(host)

    def _is_behind_custom_domain(self, host: str) -> bool:
        """External ID on a custom domain may leave pages and keys where the tenant itself is."""
        is_custom_domain = _EXTERNAL_ID_HOST.fullmatch(self.host) is None and not self.is_loopback_http
        is_external_id = self.kind is AuthorityKind.EXTERNAL_ID and _EXTERNAL_ID_HOST.fullmatch(host) is not None
        return is_custom_domain and is_external_id

    def _may_issue_from(self, origin: str, tenant: str, version: TokenVersion) -> bool:
        if origin == self.origin:
            return True
        if not origin.startswith("https://") or self.is_loopback_http:
            return False
        host = origin.removeprefix("https://")
        cloud = cloud_of(self.host)
        if cloud is not None:
            return host in cloud.login_hosts or (version == 1 and host == cloud.v1_issuer_host)
        if self.kind is AuthorityKind.EXTERNAL_ID:
            is_v1_issuer = version == 1 and host == CLOUDS[0].v1_issuer_host
            return is_v1_issuer or self._is_external_id_host(host, tenant)
        return self.kind is AuthorityKind.B2C and self._is_b2c_host(host)

    def _is_external_id_host(self, host: str, tenant: str) -> bool:
        """Issuers are on the host named after the tenant; those of a custom domain on other ones too."""
        if host == f"{tenant}.ciamlogin.com":
            return True
        is_custom_domain = _EXTERNAL_ID_HOST.fullmatch(self.host) is None
        return is_custom_domain and (_EXTERNAL_ID_HOST.fullmatch(host) is not None or host in CLOUDS[0].login_hosts)

    def _is_b2c_host(self, host: str) -> bool:
        """Issuers of old tenants are on the public cloud's host; those of a custom domain on the tenant's own too."""
        is_custom_domain = _B2C_HOST.fullmatch(self.host) is None
        return host in CLOUDS[0].login_hosts or (is_custom_domain and _B2C_HOST.fullmatch(host) is not None)

    def _sibling_hosts(self) -> frozenset[str]:
        if self.is_loopback_http:
            return frozenset()
        cloud = cloud_of(self.host)
        return cloud.login_hosts if cloud is not None else frozenset()

    def _tenant_in_b2c_path(self, path: str) -> str | None:
        match = _B2C_ISSUER_PATH.fullmatch(path)
        if match is None or (match[3] is not None and match[3].lower() != (self.policy or "").lower()):
            return None
        return str(match[1] or match[2]).lower()

    def _may_issue_for(self, tenant: str) -> bool:
        if self.tenant in _SHARED_TENANTS or tenant == TENANT_TEMPLATE:
            return self.tenant in _SHARED_TENANTS and tenant == TENANT_TEMPLATE
        # A domain's GUID is not known beforehand: the authority's metadata is what tells it.
        expected = PERSONAL_TENANT if self.tenant == "consumers" else as_guid(self.tenant)
        return expected is None or tenant == expected


def authority_for_tenant(host: str, tenant: str) -> Authority:
    """The authority of a tenant on a cloud's login host, such as "https://login.microsoftonline.com"."""
    return Authority(kind=AuthorityKind.ENTRA, origin=host.lower().rstrip("/"), path=tenant, tenant=tenant)


def authority_at(url: str, *, tenant: str | None = None) -> Authority:
    """The authority that a whole URL names: External ID, B2C (a policy in the path) or a custom domain.

    `tenant` is the tenant whose GUID the issuer must name, where the path does not. Settings have checked the form.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    host = (parts.hostname or "").lower()
    segments = parts.path.strip("/").split("/")
    if segments[-1] == "v2.0":
        segments.pop()
    if not any(segments):
        # External ID completes an authority without a path so (Microsoft, "External ID authority").
        segments = [f"{host.split('.')[0]}.onmicrosoft.com"]
    path = "/".join(segments)
    if len(segments) > 1:
        owner = segments[1] if segments[0] == "tfp" else segments[0]
        return Authority(
            kind=AuthorityKind.B2C,
            origin=origin,
            path=path,
            tenant=as_guid(owner) or tenant,
            policy=segments[-1],
        )
    kind = AuthorityKind.ENTRA if cloud_of(host) is not None else AuthorityKind.EXTERNAL_ID
    named = path if kind is AuthorityKind.ENTRA else as_guid(path)
    return Authority(kind=kind, origin=origin, path=path, tenant=named or tenant)


def _split_issuer(issuer: str) -> tuple[str, str]:
    """Origin and path, which together are the text again: what else is in there stays where it makes them differ."""
    scheme, separator, rest = issuer.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}", f"{slash}{path}"


def _tenant_in_path(path: str, version: TokenVersion) -> str | None:
    match = _ISSUER_PATHS[version].fullmatch(path)
    return match[1].lower() if match is not None else None
