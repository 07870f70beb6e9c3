"""Whether the credential is there, for how long it is good, and whether the provider accepts it."""

from collections.abc import Iterator, Mapping
from typing import Final

from azuread_auth.cli.checkup.certificate import check_certificate
from azuread_auth.cli.checkup.finding import Finding, ok, skipped
from azuread_auth.cli.checkup.identity import check_host, check_identity
from azuread_auth.cli.checkup.tokens import graph_scope, identity_scope, tried_token
from azuread_auth.cli.checkup.workload import check_workload
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials.azure_cli import AzureCli
from azuread_auth.credentials.azure_identity import AzureIdentity
from azuread_auth.credentials.base import Credential
from azuread_auth.credentials.certificate import ClientCertificate
from azuread_auth.credentials.client_assertion import ClientAssertion
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.credentials.managed_identity import ManagedIdentity, ManagedIdentityAssertion
from azuread_auth.credentials.workload_identity import WorkloadIdentity

__all__ = ["check_credential"]

_KINDS: Final[Mapping[type[Credential], str]] = {
    ClientSecret: "a client secret",
    ClientCertificate: "a certificate",
    WorkloadIdentity: "a workload identity",
    ManagedIdentity: "a managed identity",
    ManagedIdentityAssertion: "a managed identity, as federated credential of the application",
    ClientAssertion: "an assertion that the application makes",
    AzureCli: "whoever is signed in to the Azure CLI",
    AzureIdentity: "a credential of another Azure library",
}


def check_credential(client: AzureAdClient, surroundings: Surroundings) -> Iterator[Finding]:
    """The credential of the settings, and a token that is got with it and thrown away."""
    credential = client.settings.credential
    if credential is None:
        yield skipped("credential", "there is none, which is enough to check the tokens of callers")
        return
    kind = _KINDS.get(type(credential), type(credential).__name__)
    yield ok("credential", f"{kind} ({type(credential).__name__})")
    match credential:
        case ManagedIdentity():
            yield from check_identity(client, surroundings)
        case AzureCli() | AzureIdentity():
            yield tried_token(client, identity_scope(client.settings), of_own_tenant=False)[0]
        case _:
            yield from _own_proof(credential, client, surroundings)
            yield tried_token(client, graph_scope(client.settings))[0]


def _own_proof(credential: Credential, client: AzureAdClient, surroundings: Surroundings) -> Iterator[Finding]:
    """What can be said of it before the provider is asked."""
    match credential:
        case ClientCertificate():
            yield check_certificate(credential, client.settings, surroundings)
        case WorkloadIdentity():
            yield check_workload(credential, now=surroundings.now())
        case ManagedIdentityAssertion():
            yield check_host(surroundings)
        case _:
            return
