"""The tenants of a directory file, and what other parts of the file call them."""

import uuid
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.guid import as_guid
from azuread_auth.simulation.directory import KnownTenant, is_domain
from azuread_auth.simulation.strict_table import Table

__all__ = ["Tenants", "read_tenants"]

_PERSONAL: Final = "personal"


@dataclass(frozen=True, slots=True)
class Tenants:
    """The tenants in their order; the first is the simulated tenant itself."""

    known: tuple[KnownTenant, ...]

    @property
    def own(self) -> KnownTenant:
        """The simulated tenant itself."""
        return self.known[0]

    def named(self, table: Table, key: str) -> KnownTenant | None:
        """The tenant that a member names by GUID, domain or name, or "personal". Raises ConfigurationError."""
        name = table.text(key)
        if name is None:
            return None
        found = self.find(name)
        if found is None:
            table.refuse(key, "the name, domain or id of a tenant of this file, or personal")
        return found

    def find(self, name: str) -> KnownTenant | None:
        """The tenant that goes by the name."""
        if name in (_PERSONAL, PERSONAL_TENANT):
            return KnownTenant(tenant_id=PERSONAL_TENANT, domain="mail.test", name="Personal accounts")
        wanted = name.lower()
        return next((t for t in self.known if wanted in (t.tenant_id, t.domain.lower(), t.name.lower())), None)

    def home_of_guest(self, table: Table, key: str) -> str | None:
        """The tenant where a guest is at home: one of the file's, or any GUID. Raises ConfigurationError."""
        name = table.text(key)
        if name is None:
            return None
        found = self.find(name)
        home = as_guid(name) if found is None else found.tenant_id
        if home is None:
            table.refuse(key, "a tenant of this file, personal, or the GUID of any other tenant")
        return home


def read_tenants(file: Table) -> Tenants:
    """The tenants of a file, one at the least. Raises ConfigurationError."""
    known: list[KnownTenant] = []
    for table in file.tables("tenants"):
        tenant_id = table.guid("id") or str(uuid.uuid4())
        domain = table.required_text("domain")
        if not is_domain(domain):
            table.refuse("domain", "a domain such as contoso.onmicrosoft.com")
        tenant = KnownTenant(tenant_id=tenant_id, domain=domain.lower(), name=table.text("name") or "")
        table.close()
        if tenant_id == PERSONAL_TENANT or any(each.tenant_id == tenant_id for each in known):
            table.refuse("id", "a GUID that no other tenant has")
        if any(each.domain == tenant.domain for each in known):
            table.refuse("domain", "a domain that no other tenant has")
        known.append(tenant)
    if not known:
        file.refuse("tenants", "at least one, under [[tenants]]")
    return Tenants(tuple(known))
