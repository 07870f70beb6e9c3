"""The identity of a workload, told by a token that its platform writes into a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuread_auth._protocol.client_assertion import assertion_fields
from azuread_auth.credentials.base import (
    ClientAuthentication,
    Credential,
    CredentialSurroundings,
    file_path,
    guid_or_none,
)
from azuread_auth.credentials.small_file import read_small_file
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.ports import Runtime
from azuread_auth.secret import Secret

__all__ = ["WorkloadIdentity"]

_MAX_TOKEN_BYTES: Final = 100_000
_TOKEN: Final = re.compile(rb"[\x21-\x7e]+")


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

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication:
        """The file, read for each request."""
        return _TokenFileInUse(self.token_file, self.client_id, surroundings.runtime)


@dataclass(frozen=True, slots=True)
class _TokenFileInUse:
    token_file: Path
    client_id: str | None
    runtime: Runtime

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        return assertion_fields(await self.runtime.in_thread(self._token))

    def reload(self) -> bool:
        return True  # by now the platform may have put another token there

    def _token(self) -> Secret:
        remedy = "check AZURE_FEDERATED_TOKEN_FILE, and that the pod has the workload identity's volume and label"
        content = read_small_file(self.token_file, "WorkloadIdentity", remedy=remedy, max_bytes=_MAX_TOKEN_BYTES)
        token = Secret(content.reveal_bytes().strip())
        if _TOKEN.fullmatch(token.reveal_bytes()) is None:
            message = f"WorkloadIdentity: {self.token_file} holds no token; expected one line of ASCII; {remedy}"
            raise CredentialUnavailable(message)
        return token
