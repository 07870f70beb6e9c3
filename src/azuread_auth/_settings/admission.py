"""Whose tokens are welcome: application, audiences, tenants, clients and algorithms."""

from collections.abc import Awaitable, Callable, Collection
from enum import Enum
from typing import Final, Literal, cast

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.guid import as_guid
from azuread_auth._settings.authority import CONSUMERS, ORGANIZATIONS, SHARED_TENANTS
from azuread_auth._settings.plain import plain_text, texts
from azuread_auth._settings.refusal import SettingRefused

__all__ = [
    "ANY_TENANT",
    "AnyTenant",
    "TenantRule",
    "Tenants",
    "allowed_clients_or_none",
    "application_id",
    "check_tenants",
    "client_capabilities",
    "scope_prefix_or_none",
    "signature_algorithms",
    "tenants_or_none",
]

_TENANTS: Final = "tenants"
_ALGORITHMS: Final = frozenset(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512))
_CAPABILITIES: Final = frozenset({"CP1"})


class AnyTenant(Enum):
    """The policy that tokens of every tenant are welcome. An enum, because its member stays one through copies."""

    ANY_TENANT = "any"

    def __repr__(self) -> str:
        return self.name


ANY_TENANT: Final[Literal[AnyTenant.ANY_TENANT]] = AnyTenant.ANY_TENANT
"""Tokens of every tenant are welcome: the application itself must decide who may do what."""

TenantRule = Callable[[str], bool | Awaitable[bool]]
"""Is asked whether the tenant with this GUID (lower case) is welcome."""
Tenants = Collection[str] | AnyTenant | TenantRule | None


def application_id(value: object, setting: str) -> str:
    """The GUID of the app registration, in lower case."""
    if value is None or value == "":
        raise SettingRefused(setting, "is missing; expected the Application (client) ID of the app registration")
    guid = as_guid(value)
    if guid is None:
        problem = "is not a GUID; expected the Application (client) ID of the app registration, not its URI or name"
        raise SettingRefused(setting, problem)
    return guid


def tenants_or_none(value: object, setting: str) -> Tenants:
    """The policy as it is, a collection as a set of GUIDs in lower case."""
    if value is None or isinstance(value, AnyTenant):
        return value
    if callable(value) and not isinstance(value, type):
        # What it takes and answers shows when it is asked.
        return cast("TenantRule", value)
    return _guids(value, setting, example="the tenants' GUIDs, ANY_TENANT, or a callable")


def check_tenants(tenants: Tenants, *, tenant_id: str | None, has_authority_url: bool) -> None:
    """Refuse a tenant rule where it is missing, or where it could do nothing."""
    if tenants is None:
        if tenant_id in SHARED_TENANTS:
            problem = (
                "is missing; {tenant_id} stands for many tenants, so say which are welcome: their GUIDs, a callable, "
                "or ANY_TENANT (from the environment: any)"
            )
            raise SettingRefused(_TENANTS, problem)
        return
    if has_authority_url:
        raise SettingRefused(_TENANTS, "contradicts {authority_url}, which serves one tenant; leave one of them out")
    if tenant_id == CONSUMERS:
        problem = (
            "contradicts {tenant_id}: personal accounts are one tenant; leave it out, or use common or organizations"
        )
        raise SettingRefused(_TENANTS, problem)
    if tenant_id == ORGANIZATIONS and isinstance(tenants, frozenset) and PERSONAL_TENANT in tenants:
        problem = "has the tenant of personal accounts, which {tenant_id} excludes; use common, or take it out"
        raise SettingRefused(_TENANTS, problem)


def allowed_clients_or_none(value: object, setting: str) -> frozenset[str] | None:
    """Client applications as a set of GUIDs in lower case; None for any."""
    return None if value is None else _guids(value, setting, example="the client applications' GUIDs")


def _guids(values: object, setting: str, *, example: str) -> frozenset[str]:
    items = texts(values, setting)
    guids = frozenset(guid for guid in map(as_guid, items) if guid)
    if not items:
        raise SettingRefused(setting, "is empty, so that nobody could come in; expected {example}", example=example)
    if len(guids) < len({item.lower() for item in items}):
        raise SettingRefused(setting, "has an item that is not a GUID; expected {example}", example=example)
    return guids


def signature_algorithms(value: object, setting: str) -> tuple[str, ...]:
    """Asymmetric algorithms of one family (RFC 8725 3.1): a key is never used in two ways."""
    algorithms = texts(value, setting)
    if not algorithms:
        raise SettingRefused(setting, "is empty, so that no token could be good; leave it out for the default")
    if not _ALGORITHMS.issuperset(algorithms):
        problem = (
            "has one that is not accepted; expected RS256, RS384, RS512, or the same with PS or ES: Entra uses RS256"
        )
        raise SettingRefused(setting, problem)
    if len({algorithm[:2] for algorithm in algorithms}) > 1:
        raise SettingRefused(setting, "mixes families; expected all RS, all PS or all ES, as the provider signs")
    return algorithms


def scope_prefix_or_none(value: object, setting: str) -> str | None:
    """What stands before short scope names, without a slash at the end."""
    if value is None or value == "":
        return None
    prefix = value.removesuffix("/") if isinstance(value, str) else ""
    if not plain_text(prefix):
        raise SettingRefused(
            setting, "is not a prefix of scopes; expected an Application ID URI such as api://<client id>"
        )
    return prefix


def client_capabilities(value: object, setting: str) -> tuple[str, ...]:
    """What the application is able to do, in upper case."""
    capabilities = tuple(dict.fromkeys(capability.upper() for capability in texts(value, setting)))
    if not _CAPABILITIES.issuperset(capabilities):
        raise SettingRefused(setting, 'has one that is not known; expected ("CP1",) or nothing')
    return capabilities
