"""Credentials: how an application proves itself to Entra. Values only; nothing is read or asked for at construction."""

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
