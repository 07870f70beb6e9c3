"""Which directory on which cloud: tenant_id, authority_host and authority_url."""

import re
from typing import Final

from azuread_auth._protocol.clouds import cloud_of
from azuread_auth._protocol.guid import as_guid
from azuread_auth._settings.address import WebAddress, is_domain_name
from azuread_auth._settings.refusal import SettingRefused

__all__ = [
    "AUTHORITY_CHINA",
    "AUTHORITY_PUBLIC",
    "AUTHORITY_US_GOVERNMENT",
    "CONSUMERS",
    "ORGANIZATIONS",
    "SHARED_TENANTS",
    "authority_host",
    "authority_url_or_none",
    "check_authority",
    "tenant_or_none",
]

AUTHORITY_PUBLIC: Final = "https://login.microsoftonline.com"
"""The login host of the public cloud."""
AUTHORITY_US_GOVERNMENT: Final = "https://login.microsoftonline.us"
"""The login host of Azure for US Government."""
AUTHORITY_CHINA: Final = "https://login.partner.microsoftonline.cn"
"""The login host of Azure in China, operated by 21Vianet."""

CONSUMERS: Final = "consumers"
ORGANIZATIONS: Final = "organizations"
SHARED_TENANTS: Final = frozenset({"common", ORGANIZATIONS})
"""Names that stand for many tenants."""

_TENANT_ID: Final = "tenant_id"
_AUTHORITY_HOST: Final = "authority_host"
_AUTHORITY_URL: Final = "authority_url"
_NAMED_TENANTS: Final = SHARED_TENANTS | {CONSUMERS}
_EXTERNAL_ID_HOST: Final = re.compile(r"[a-z0-9-]+\.ciamlogin\.com")
_B2C_HOST: Final = re.compile(r"[a-z0-9-]+\.b2clogin\.(?:com|cn|us|de)")
_MIN_B2C_SEGMENTS: Final = 2
_MAX_SEGMENTS: Final = 3


def tenant_or_none(value: object, setting: str) -> str | None:
    """A GUID, domain or name for many tenants, in lower case; None when left out."""
    if value is None or value == "":
        return None
    tenant = value.lower() if isinstance(value, str) and value.isascii() else ""
    if not (tenant in _NAMED_TENANTS or as_guid(tenant) or is_domain_name(tenant)):
        problem = (
            "is not a tenant; expected its GUID (Directory ID), a verified domain such as contoso.onmicrosoft.com, "
            '"common", "organizations" or "consumers"'
        )
        raise SettingRefused(setting, problem)
    return tenant


def authority_host(value: object, setting: str) -> str:
    """The origin of a login host; https is put before a bare host."""
    return str(_host_address(value, setting))


def authority_url_or_none(value: object, setting: str) -> str | None:
    """The address of a whole authority without a slash at the end; None when left out."""
    return None if value is None or value == "" else str(_url_address(value, setting))


def check_authority(
    *, tenant_id: str | None, host: str, url: str | None, allow_loopback_http: bool, has_transport: bool
) -> None:
    """Refuse settings of the authority that contradict each other or lead to a stranger."""
    if url is None:
        _check_tenant_given(tenant_id)
        _check_host(host, allow_loopback_http=allow_loopback_http, has_transport=has_transport)
        return
    if host != AUTHORITY_PUBLIC:
        problem = "contradicts {authority_host}: it holds the host already; give one of the two"
        raise SettingRefused(_AUTHORITY_URL, problem)
    address = _url_address(url, _AUTHORITY_URL)
    _check_scheme(address, _AUTHORITY_URL, allow_loopback_http=allow_loopback_http)
    _check_kind_of_authority(address)
    _check_same_tenant(address, tenant_id)


def _host_address(value: object, setting: str) -> WebAddress:
    if isinstance(value, str) and "://" not in value:
        value = f"https://{value}"
    address = WebAddress.parse(value)
    if address is None or address.segments:
        problem = "is not a login host; expected scheme and host alone, such as {example}, without path, query or user"
        raise SettingRefused(setting, problem, example=AUTHORITY_US_GOVERNMENT)
    return address


def _url_address(value: object, setting: str) -> WebAddress:
    address = WebAddress.parse(value)
    if address is None:
        problem = (
            "is not the address of an authority; expected https, a host name and a path of plain names, such as "
            "https://contoso.ciamlogin.com/ or https://login.contoso.com/<tenant GUID>/v2.0, without query or user"
        )
        raise SettingRefused(setting, problem)
    return address


def _check_host(host: str, *, allow_loopback_http: bool, has_transport: bool) -> None:
    address = _host_address(host, _AUTHORITY_HOST)
    _check_scheme(address, _AUTHORITY_HOST, allow_loopback_http=allow_loopback_http)
    # A simulated tenant in this process may be on any host: nothing is sent there.
    if not (has_transport or address.is_loopback or cloud_of(address.host)):
        problem = (
            "names a host that is not a login host of a Microsoft cloud; correct it, or give the whole address of "
            "External ID, B2C or a custom domain as {authority_url}"
        )
        raise SettingRefused(_AUTHORITY_HOST, problem)


def _check_tenant_given(tenant_id: str | None) -> None:
    if tenant_id is None:
        problem = "is missing; expected the GUID of the tenant (Directory ID on the overview page of Entra ID)"
        raise SettingRefused(_TENANT_ID, problem)


def _check_scheme(address: WebAddress, setting: str, *, allow_loopback_http: bool) -> None:
    if address.scheme == "https":
        return
    if not address.is_loopback:
        raise SettingRefused(setting, "is http off this machine; expected https: tokens must not travel in the clear")
    if not allow_loopback_http:
        problem = "is http; expected https, or {allow_loopback_http} to be true for a simulated tenant on this machine"
        raise SettingRefused(setting, problem)


def _check_kind_of_authority(address: WebAddress) -> None:
    if cloud_of(address.host):
        problem = "names a login host of a Microsoft cloud; give {authority_host} and {tenant_id} in its place"
        raise SettingRefused(_AUTHORITY_URL, problem)
    if any(segment.lower() in _NAMED_TENANTS for segment in address.segments):
        problem = "names many tenants; expected the address of one, or {tenant_id} and {tenants} in its place"
        raise SettingRefused(_AUTHORITY_URL, problem)
    names = address.segments[:-1] if address.segments[-1:] == ("v2.0",) else address.segments
    if not names and not _EXTERNAL_ID_HOST.fullmatch(address.host):
        problem = "lacks the tenant; expected it in the path, as in https://login.contoso.com/<tenant GUID>/v2.0"
        raise SettingRefused(_AUTHORITY_URL, problem)
    if len(names) > _MAX_SEGMENTS or (_B2C_HOST.fullmatch(address.host) and len(names) < _MIN_B2C_SEGMENTS):
        problem = (
            "is not an authority of B2C; expected tenant and policy in the path, as in "
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin"
        )
        raise SettingRefused(_AUTHORITY_URL, problem)


def _check_same_tenant(address: WebAddress, tenant_id: str | None) -> None:
    if tenant_id in _NAMED_TENANTS:
        problem = "contradicts {authority_url}, which is one tenant; give that tenant's GUID or leave it out"
        raise SettingRefused(_TENANT_ID, problem)
    in_path = next(filter(None, map(as_guid, address.segments)), None)
    if in_path and as_guid(tenant_id) and in_path != tenant_id:
        raise SettingRefused(_TENANT_ID, "is not the tenant in {authority_url}; correct one of them")
