"""Microsoft Entra ID (Azure AD) authentication for Python web applications, ASGI and WSGI.

Public names load when first used, so that `import azuread_auth` stays light.
"""

from typing import TYPE_CHECKING

from azuread_auth._lazy_names import load_name, names_of

if TYPE_CHECKING:
    from azuread_auth.access_token import AccessToken, UserToken
    from azuread_auth.asgi import AzureAdAuth
    from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
    from azuread_auth.credentials.azure_cli import AzureCli
    from azuread_auth.credentials.azure_identity import AzureIdentity
    from azuread_auth.credentials.certificate import ClientCertificate
    from azuread_auth.credentials.client_assertion import ClientAssertion
    from azuread_auth.credentials.client_secret import ClientSecret
    from azuread_auth.credentials.managed_identity import ManagedIdentity, ManagedIdentityAssertion
    from azuread_auth.credentials.workload_identity import WorkloadIdentity
    from azuread_auth.errors import (
        AssertionRefused,
        AzureAdError,
        ClaimsChallenge,
        ClientRejected,
        ConfigurationError,
        CredentialUnavailable,
        InteractionRequired,
        LoginFailed,
        PermissionDenied,
        ProviderUnavailable,
        ReplayMismatch,
        StoreUnavailable,
        SuspendedError,
        Throttled,
        TokenRejected,
        TokenRequestFailed,
    )
    from azuread_auth.principal import Account, GroupMembership, Principal
    from azuread_auth.rejection import RejectionReason
    from azuread_auth.requirements import (
        AppRole,
        AuthContext,
        Client,
        Group,
        IsApp,
        IsUser,
        Requirement,
        Role,
        Scope,
        Tenant,
    )
    from azuread_auth.resource_metadata import ResourceMetadata
    from azuread_auth.secret import Secret
    from azuread_auth.settings import (
        ANY_TENANT,
        AUTHORITY_CHINA,
        AUTHORITY_PUBLIC,
        AUTHORITY_US_GOVERNMENT,
        AzureAdSettings,
    )
    from azuread_auth.sign_in import AuthorizationRequest, DeviceCode
    from azuread_auth.stores.encrypted import EncryptedStore
    from azuread_auth.stores.memory import MemoryStore
    from azuread_auth.stores.redis import RedisStore
    from azuread_auth.web_login import LoginProblem, WebLogin

__all__ = [
    "ANY_TENANT",
    "AUTHORITY_CHINA",
    "AUTHORITY_PUBLIC",
    "AUTHORITY_US_GOVERNMENT",
    "AccessToken",
    "Account",
    "AppRole",
    "AssertionRefused",
    "AsyncAzureAdClient",
    "AuthContext",
    "AuthorizationRequest",
    "AzureAdAuth",
    "AzureAdClient",
    "AzureAdError",
    "AzureAdSettings",
    "AzureCli",
    "AzureIdentity",
    "ClaimsChallenge",
    "Client",
    "ClientAssertion",
    "ClientCertificate",
    "ClientRejected",
    "ClientSecret",
    "ConfigurationError",
    "CredentialUnavailable",
    "DeviceCode",
    "EncryptedStore",
    "Group",
    "GroupMembership",
    "InteractionRequired",
    "IsApp",
    "IsUser",
    "LoginFailed",
    "LoginProblem",
    "ManagedIdentity",
    "ManagedIdentityAssertion",
    "MemoryStore",
    "PermissionDenied",
    "Principal",
    "ProviderUnavailable",
    "RedisStore",
    "RejectionReason",
    "ReplayMismatch",
    "Requirement",
    "ResourceMetadata",
    "Role",
    "Scope",
    "Secret",
    "StoreUnavailable",
    "SuspendedError",
    "Tenant",
    "Throttled",
    "TokenRejected",
    "TokenRequestFailed",
    "UserToken",
    "WebLogin",
    "WorkloadIdentity",
]

_HOMES = {
    "access_token": ("AccessToken", "UserToken"),
    "asgi": ("AzureAdAuth",),
    "client": ("AsyncAzureAdClient", "AzureAdClient"),
    "credentials.azure_cli": ("AzureCli",),
    "credentials.azure_identity": ("AzureIdentity",),
    "credentials.certificate": ("ClientCertificate",),
    "credentials.client_assertion": ("ClientAssertion",),
    "credentials.client_secret": ("ClientSecret",),
    "credentials.managed_identity": ("ManagedIdentity", "ManagedIdentityAssertion"),
    "credentials.workload_identity": ("WorkloadIdentity",),
    "errors": (
        "AssertionRefused",
        "AzureAdError",
        "ClaimsChallenge",
        "ClientRejected",
        "ConfigurationError",
        "CredentialUnavailable",
        "InteractionRequired",
        "LoginFailed",
        "PermissionDenied",
        "ProviderUnavailable",
        "ReplayMismatch",
        "StoreUnavailable",
        "SuspendedError",
        "Throttled",
        "TokenRejected",
        "TokenRequestFailed",
    ),
    "principal": ("Account", "GroupMembership", "Principal"),
    "rejection": ("RejectionReason",),
    "requirements": (
        "AppRole",
        "AuthContext",
        "Client",
        "Group",
        "IsApp",
        "IsUser",
        "Requirement",
        "Role",
        "Scope",
        "Tenant",
    ),
    "resource_metadata": ("ResourceMetadata",),
    "secret": ("Secret",),
    "settings": (
        "ANY_TENANT",
        "AUTHORITY_CHINA",
        "AUTHORITY_PUBLIC",
        "AUTHORITY_US_GOVERNMENT",
        "AzureAdSettings",
    ),
    "sign_in": ("AuthorizationRequest", "DeviceCode"),
    "stores.encrypted": ("EncryptedStore",),
    "stores.memory": ("MemoryStore",),
    "stores.redis": ("RedisStore",),
    "web_login": ("LoginProblem", "WebLogin"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    return load_name(__name__, _HOME_OF, name)


def __dir__() -> list[str]:
    return names_of(__name__, _HOME_OF)
