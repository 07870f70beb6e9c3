"""Identities that Azure manages for the machine, app or cluster that the code runs on."""

import re
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.managed_identity import Selector
from azuread_auth.credentials.base import (
    AppTokenSource,
    ClientAuthentication,
    Credential,
    CredentialSurroundings,
    guid_or_none,
)
from azuread_auth.credentials.identity_assertion import IdentityAssertion
from azuread_auth.credentials.identity_host import IdentityHost
from azuread_auth.errors import ConfigurationError

__all__ = ["ManagedIdentity", "ManagedIdentityAssertion"]

# Source: Microsoft, "Naming rules and restrictions for Azure resources"; resource ids do not distinguish case.
_RESOURCE_ID: Final = re.compile(
    r"/subscriptions/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"/resourcegroups/[\w.()-]{1,90}"
    r"/providers/microsoft\.managedidentity/userassignedidentities/[a-z0-9_-]{3,128}",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity(Credential):
    """A managed identity: the system-assigned one, or the user-assigned one that one of the arguments names.

    `client_id` and `object_id` are GUIDs, `resource_id` is the Azure Resource Manager path. Gets tokens for the
    identity alone, not for the application of the settings. Raises ConfigurationError for a wrong form or for more
    than one selector.
    """

    client_id: str | None = None
    object_id: str | None = None
    resource_id: str | None = None

    def __post_init__(self) -> None:
        _check_selectors(self)

    def in_use(self, surroundings: CredentialSurroundings) -> AppTokenSource:
        """Whichever host gives out tokens of managed identities where the code runs."""
        return IdentityHost(_selector(self), surroundings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentityAssertion(Credential):
    """A managed identity as federated credential of the app registration: no secret anywhere. Serves every flow.

    The arguments choose the identity as those of `ManagedIdentity` do, with the same errors. The app registration
    must list the identity among its federated credentials, where Entra takes only user-assigned ones of the same
    tenant; without an argument it is the system-assigned one.
    """

    client_id: str | None = None
    object_id: str | None = None
    resource_id: str | None = None

    def __post_init__(self) -> None:
        _check_selectors(self)

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication:
        """The identity's token for its cloud, kept while it is good."""
        return IdentityAssertion(IdentityHost(_selector(self), surroundings), surroundings)


def _selector(credential: ManagedIdentity | ManagedIdentityAssertion) -> Selector:
    return Selector(client_id=credential.client_id, object_id=credential.object_id, resource_id=credential.resource_id)


def _check_selectors(credential: ManagedIdentity | ManagedIdentityAssertion) -> None:
    kind = type(credential).__name__
    given = (credential.client_id, credential.object_id, credential.resource_id)
    if sum(selector is not None for selector in given) > 1:
        message = (
            f"{kind}: give one of client_id=, object_id= and resource_id=, or none for the system-assigned identity"
        )
        raise ConfigurationError(message)
    object.__setattr__(credential, "client_id", guid_or_none(credential.client_id, f"{kind}: client_id"))
    object.__setattr__(credential, "object_id", guid_or_none(credential.object_id, f"{kind}: object_id"))
    _check_resource_id(credential.resource_id, kind)


def _check_resource_id(resource_id: object, kind: str) -> None:
    if resource_id is None or (isinstance(resource_id, str) and _RESOURCE_ID.fullmatch(resource_id)):
        return
    message = (
        f"{kind}: resource_id is not the resource id of a user-assigned identity; expected /subscriptions/<GUID>"
        "/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
    )
    raise ConfigurationError(message)
