"""What each client calls for each grant: the tests try every cell, and the documentation shows them."""

from collections.abc import Mapping
from typing import Final

CLIENTS: Final[Mapping[str, str]] = {
    "ours": "azuread-auth",
    "msal": "MSAL for Python",
    "azure-identity": "azure-identity",
    "openid-client": "openid-client (Node.js)",
}
GRANTS: Final[Mapping[str, str]] = {
    "secret": "client credentials, with a secret",
    "certificate": "client credentials, with a certificate",
    "code": "authorization code with PKCE",
    "refresh": "refresh token",
    "device": "device code",
    "obo": "on behalf of",
}
MATRIX: Final[Mapping[str, Mapping[str, str]]] = {
    "ours": {
        "secret": "acquire_token_for_app",
        "certificate": "acquire_token_for_app",
        "code": "acquire_token_by_authorization_code",
        "refresh": "acquire_token_for_user",
        "device": "acquire_token_by_device_code",
        "obo": "acquire_token_on_behalf_of",
    },
    "msal": {
        "secret": "acquire_token_for_client",
        "certificate": "acquire_token_for_client",
        "code": "acquire_token_by_auth_code_flow",
        "refresh": "acquire_token_silent",
        "device": "acquire_token_by_device_flow",
        "obo": "acquire_token_on_behalf_of",
    },
    "azure-identity": {
        "secret": "ClientSecretCredential",
        "certificate": "EnvironmentCredential",
        "code": "InteractiveBrowserCredential",
        "refresh": "InteractiveBrowserCredential",
        "device": "DeviceCodeCredential",
        "obo": "OnBehalfOfCredential",
    },
    "openid-client": {
        "secret": "clientCredentialsGrant",
        "certificate": "clientCredentialsGrant",
        "code": "authorizationCodeGrant",
        "refresh": "refreshTokenGrant",
        "device": "pollDeviceAuthorizationGrant",
        "obo": "genericGrantRequest",
    },
}
