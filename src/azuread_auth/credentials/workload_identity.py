"""The identity of a workload, told by a token that its platform writes into a file."""

from dataclasses import dataclass
from pathlib import Path

from azuread_auth.credentials.base import Credential, file_path, guid_or_none

__all__ = ["WorkloadIdentity"]


@dataclass(frozen=True, slots=True, init=False)
class WorkloadIdentity(Credential):
    """A federated token in a file, as AKS workload identity has it; the file is read anew whenever it is needed.

    `client_id` is the application or managed identity that trusts the token, where it is not the application of the
    settings: such a credential gets tokens for the application alone; without it every flow is served.
    Raises ConfigurationError when the path is missing or the client id is no GUID.
    """

    token_file: Path
    client_id: str | None

    def __init__(self, *, token_file: str | Path, client_id: str | None = None) -> None:
        remedy = "name the file that holds the federated token; AKS tells it in AZURE_FEDERATED_TOKEN_FILE"
        object.__setattr__(self, "token_file", file_path(token_file, "WorkloadIdentity: token_file", remedy=remedy))
        object.__setattr__(self, "client_id", guid_or_none(client_id, "WorkloadIdentity: client_id"))
