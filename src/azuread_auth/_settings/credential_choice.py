"""The credential that an environment describes."""

from collections.abc import Callable, Mapping
from typing import Final

from azuread_auth import credentials  # by attribute: only the one that is chosen is loaded
from azuread_auth._settings.variables import Variables
from azuread_auth.credentials.base import Credential
from azuread_auth.errors import ConfigurationError

__all__ = ["chosen_credential"]

_CHOICE: Final = "AZURE_AD_CREDENTIAL"
_SECRET: Final = "AZURE_CLIENT_SECRET"  # noqa: S105 - the name of a variable, not a secret
_CERTIFICATE: Final = "AZURE_CLIENT_CERTIFICATE_PATH"
_CERTIFICATE_PASSWORD: Final = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 - likewise
_TOKEN_FILE: Final = "AZURE_FEDERATED_TOKEN_FILE"  # noqa: S105 - likewise
_MANAGED_IDENTITY: Final = "AZURE_USE_MANAGED_IDENTITY"
_MANAGED_IDENTITY_CLIENT_ID: Final = "AZURE_MANAGED_IDENTITY_CLIENT_ID"
_WORKLOAD_IDENTITY: Final = "workload_identity"
_NONE: Final = "none"


def chosen_credential(variables: Variables, *, workload_client_id: str | None) -> Credential | None:
    """The credential that AZURE_AD_CREDENTIAL names, else the only one that is there, else None.

    `workload_client_id` is the client id of a workload identity that is not the application's own. Raises
    ConfigurationError naming the variables when several are there without a choice, or the chosen one is not there.
    """
    choice = variables.choice(_CHOICE, (*_MAKERS, _WORKLOAD_IDENTITY, _NONE)) or _only_one_present(variables)
    if choice is None or choice == _NONE:
        return None
    if choice == _WORKLOAD_IDENTITY:
        return credentials.WorkloadIdentity(token_file=_required(variables, _TOKEN_FILE), client_id=workload_client_id)
    return _MAKERS[choice](variables)


def _only_one_present(variables: Variables) -> str | None:
    present = {
        choice: name
        for choice, name in (("secret", _SECRET), ("certificate", _CERTIFICATE), (_WORKLOAD_IDENTITY, _TOKEN_FILE))
        if variables.text(name) is not None
    }
    if variables.flag(_MANAGED_IDENTITY):
        present["managed_identity"] = _MANAGED_IDENTITY
    if len(present) > 1:
        message = (
            f"{', '.join(present.values())} describe several credentials; set {_CHOICE} to one of "
            f"{', '.join(present)} or {_NONE}, or remove the others"
        )
        raise ConfigurationError(message)
    return next(iter(present), None)


def _required(variables: Variables, name: str) -> str:
    text = variables.text(name)
    if text is None:
        message = f"{name} is missing, and {_CHOICE} asks for it; set it or choose another credential"
        raise ConfigurationError(message)
    return text


def _certificate(variables: Variables) -> Credential:
    return credentials.ClientCertificate(
        path=_required(variables, _CERTIFICATE), password=variables.text(_CERTIFICATE_PASSWORD)
    )


_MAKERS: Final[Mapping[str, Callable[[Variables], Credential]]] = {
    "secret": lambda variables: credentials.ClientSecret(_required(variables, _SECRET)),
    "certificate": _certificate,
    "managed_identity": lambda variables: credentials.ManagedIdentity(
        client_id=variables.guid(_MANAGED_IDENTITY_CLIENT_ID)
    ),
    "managed_identity_assertion": lambda variables: credentials.ManagedIdentityAssertion(
        client_id=variables.guid(_MANAGED_IDENTITY_CLIENT_ID)
    ),
    "azure_cli": lambda _variables: credentials.AzureCli(),
}
