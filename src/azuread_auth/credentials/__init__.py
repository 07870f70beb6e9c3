"""Credentials: how an application proves itself to Entra. Values only; nothing is read or asked for at construction.

Each loads when it is first used: most applications have one, or none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
