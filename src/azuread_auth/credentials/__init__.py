"""Credentials: how an application proves itself to Entra. Values only; nothing is read or asked for at construction.

Each loads when it is first used: most applications have one, or none.
"""

from typing import TYPE_CHECKING

from azuread_auth._lazy_names import load_name, names_of

if TYPE_CHECKING:
    from azuread_auth.credentials.azure_cli import AzureCli
    from azuread_auth.credentials.azure_identity import AzureIdentity
    from azuread_auth.credentials.base import Credential
    from azuread_auth.credentials.certificate import ClientCertificate
    from azuread_auth.credentials.client_assertion import ClientAssertion
    from azuread_auth.credentials.client_secret import ClientSecret
    from azuread_auth.credentials.managed_identity import ManagedIdentity, ManagedIdentityAssertion
    from azuread_auth.credentials.workload_identity import WorkloadIdentity

__all__ = [
    "AzureCli",
    "AzureIdentity",
    "ClientAssertion",
    "ClientCertificate",
    "ClientSecret",
    "Credential",
    "ManagedIdentity",
    "ManagedIdentityAssertion",
    "WorkloadIdentity",
]

_HOME_OF = {
    "AzureCli": "azure_cli",
    "AzureIdentity": "azure_identity",
    "ClientAssertion": "client_assertion",
    "ClientCertificate": "certificate",
    "ClientSecret": "client_secret",
    "Credential": "base",
    "ManagedIdentity": "managed_identity",
    "ManagedIdentityAssertion": "managed_identity",
    "WorkloadIdentity": "workload_identity",
}


def __getattr__(name: str) -> object:
    return load_name(__name__, _HOME_OF, name)


def __dir__() -> list[str]:
    return names_of(__name__, _HOME_OF)
