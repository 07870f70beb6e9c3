"""A simulated tenant, and tokens of the size that Entra issues: 2.5 kB, most of it group ids."""

from dataclasses import dataclass, field
from functools import cached_property

from peers import Trust

from azuread_auth.simulation import SimulatedTenant

__all__ = ["SCOPE", "Tokens"]

SCOPE = "Files.Read"
_GROUPS = tuple(f"{number:08x}-1111-4222-8333-444444444444" for number in range(22))


@dataclass
class Tokens:
    """The tenant of a run and its tokens; each is signed for itself, and the pool grows as it is asked for more."""

    tenant: SimulatedTenant = field(default_factory=SimulatedTenant)
    _pool: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tenant.serve()

    def distinct(self, count: int) -> list[str]:
        """So many tokens, no two alike."""
        while len(self._pool) < count:
            self._pool.append(self.mint(len(self._pool)))
        return self._pool[:count]

    def mint(self, number: int) -> str:
        """The token of that number; it is not kept."""
        return self.tenant.mint_token(
            scopes=[SCOPE], groups=_GROUPS, claims={"uti": f"{number:022d}", "acct": 0}, expires_in=7200
        )

    @cached_property
    def trust(self) -> Trust:
        """What other libraries are told of the tenant."""
        authority = f"{self.tenant.authority_host}/{self.tenant.tenant_id}"
        return Trust(
            tenant_id=self.tenant.tenant_id,
            client_id=self.tenant.client_id,
            metadata_url=f"{authority}/v2.0/.well-known/openid-configuration",
            scope=SCOPE,
        )
