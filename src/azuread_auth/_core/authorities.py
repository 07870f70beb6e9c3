"""Where tokens for a tenant are asked for."""

from azuread_auth._protocol.authority import Authority, authority_at, authority_for_tenant
from azuread_auth._settings.authority import SHARED_TENANTS, tenant_or_none
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings

__all__ = ["Authorities"]

_ORGANIZATIONS = "organizations"


class Authorities:
    """The authorities of an application: of its own tenant, and of others that a call may name.

    A tenant becomes part of an address only if it is a GUID, a domain, or one of Entra's names for many.
    """

    def __init__(self, settings: AzureAdSettings) -> None:
        self._settings = settings
        self._only = authority_at(settings.authority_url, tenant=settings.tenant_id) if settings.authority_url else None
        self.own_tenant: str = self._only.path if self._only is not None else settings.tenant_id or ""
        """What stands for the configured tenant where none is named."""

    def tenant(self, tenant_id: str | None, *, caller: str | None = None, is_app: bool = False) -> str:
        """The tenant to ask: the one named, else the caller's, else the configured one.

        Raises ConfigurationError for what is no tenant, and for an application's token of many tenants.
        """
        if self._only is not None:
            self._check_only(tenant_id, self._only)
            return self.own_tenant
        named = tenant_or_none(tenant_id, "tenant_id")
        tenant = named or caller or self.own_tenant
        if is_app and tenant in SHARED_TENANTS:
            message = (
                f"tenant_id= is missing: {tenant} stands for many tenants, and an application gets tokens of one; give "
                "its GUID or domain"
            )
            raise ConfigurationError(message)
        return tenant

    def of_administrators(self, tenant_id: str | None) -> str:
        """The tenant whose administrator is to consent; where it may be any, Entra's name for all organisations.

        Raises ConfigurationError for personal accounts, which have no administrator.
        """
        tenant = self.tenant(tenant_id)
        is_any = tenant == "common" or (tenant_id is None and self._only is None and self._settings.is_multi_tenant)
        if tenant == "consumers":
            message = (
                "tenant_id= stands for personal accounts, which have no administrator; give an organisation's GUID"
            )
            raise ConfigurationError(message)
        return _ORGANIZATIONS if is_any else tenant

    def at(self, tenant: str) -> Authority:
        """The authority of a tenant that `tenant` gave."""
        return self._only if self._only is not None else authority_for_tenant(self._settings.authority_host, tenant)

    def _check_only(self, tenant_id: object, only: Authority) -> None:
        known = {name.lower() for name in (self.own_tenant, self._settings.tenant_id, only.tenant) if name}
        if tenant_id and not (isinstance(tenant_id, str) and tenant_id.lower() in known):
            message = "tenant_id= contradicts the authority_url of the settings, which is one tenant; leave it out"
            raise ConfigurationError(message)
