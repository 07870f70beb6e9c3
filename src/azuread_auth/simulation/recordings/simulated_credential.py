"""A credential whose use is recorded or replayed, and that is the same as ever for everything else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from azuread_auth.credentials.base import AppTokenSource, ClientAuthentication, Credential, CredentialSurroundings
from azuread_auth.simulation.recordings.harmless_values import FLOWS
from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.recorded_exchange import RequestKey
from azuread_auth.simulation.recordings.token_form import AskedToken, TokenForms, recorded, requested_claims

__all__ = ["CredentialInUse", "SimulatedCredential", "asked_of_source"]

CredentialInUse: TypeAlias = ClientAuthentication | AppTokenSource


@dataclass(frozen=True, slots=True)
class SimulatedCredential(Credential):
    """Puts something in the place of what gets tokens."""

    credential: Credential = field(repr=False)
    in_place_of: Callable[[CredentialInUse], CredentialInUse] = field(repr=False)

    @property
    def secret(self) -> object:
        """That of the credential: on one machine, workers derive the keys of their cookies from it."""
        return getattr(self.credential, "secret", None)

    def in_use(self, surroundings: CredentialSurroundings) -> CredentialInUse:
        """What is used in place of the credential."""
        return self.in_place_of(self.credential.in_use(surroundings))


def asked_of_source(
    source: AppTokenSource,
    scopes: tuple[str, ...],
    *,
    tenant_id: str | None,
    claims: str | None,
    forms: TokenForms,
    labels: Labels,
) -> AskedToken:
    """What is asked of a managed identity, the Azure CLI or another library, as recordings name it.

    The host of a managed identity is not part of it: what was recorded on one is replayed wherever.
    """
    client = "signed-in"
    if source.flow == "managed_identity":
        client = source.identity if source.identity == "system" else labels.label("identity", source.identity)
    names = forms.names(scopes)
    key = RequestKey(
        flow=source.flow if source.flow in FLOWS else "other",
        scopes=recorded(names),
        tenant=forms.tenant(tenant_id),
        client=client,
        claims=requested_claims(claims),
    )
    return AskedToken(key=key, names=names)
