"""One request to the token endpoint, with what the grants need to judge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.tenant_state import TenantState

__all__ = ["GRANT_NAMES", "Proof", "ProvedClient", "TokenRequest"]

Proof = Literal["none", "secret", "assertion"]

GRANT_NAMES: Final[Mapping[str, str]] = {
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "on_behalf_of",
    "urn:ietf:params:oauth:grant-type:device_code": "device_code",
}
"""Short names for the grants whose `grant_type` is a URN."""
_CLIENT_ACR: Final[Mapping[Proof, str]] = {"none": "0", "secret": "1", "assertion": "2"}


@dataclass(frozen=True, slots=True)
class ProvedClient:
    """The application that asks, and how it proved itself."""

    app: SimulatedApp
    proof: Proof

    @property
    def acr(self) -> str:
        """`azpacr` of the tokens."""
        return _CLIENT_ACR[self.proof]

    def check_proved(self) -> None:
        """Raise Refused unless the application proved itself."""
        if self.proof == "none":
            raise Refused(7000218)

    def check_proved_if_confidential(self) -> None:
        """Raise Refused when the application neither proved itself nor may go without."""
        if not self.app.public:
            self.check_proved()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request whose client is known."""

    http: HttpRequest = field(repr=False)
    form: Mapping[str, str] = field(repr=False)
    authority: SimulatedAuthority
    client: ProvedClient
    state: TenantState = field(repr=False)
    now: float

    @property
    def is_shared(self) -> bool:
        """Whether the endpoint is that of all tenants, or of all personal accounts."""
        return self.authority.issuer_tenant == TENANT_TEMPLATE or self.authority.path == "consumers"

    def tenant_for(self, tenant_id: str) -> str:
        """The tenant that issues: the endpoint's own, or that of the user at a shared endpoint."""
        return tenant_id if self.authority.issuer_tenant == TENANT_TEMPLATE else self.authority.issuer_tenant
