"""Whoever is signed in to the Azure CLI on this machine."""

import math
import re
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from azuread_auth._protocol.http import Document
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth._protocol.token_response import ReceivedToken, received_token, seconds_in
from azuread_auth.credentials.base import AppTokenSource, Credential, CredentialSurroundings
from azuread_auth.credentials.claims import asks_for_more
from azuread_auth.errors import ConfigurationError, CredentialUnavailable
from azuread_auth.ports import CommandPort, CommandResult, Runtime

__all__ = ["AzureCli"]

_SCOPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/*+~-]*", re.ASCII)
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*", re.ASCII)
_AADSTS: Final = re.compile(rb"AADSTS(\d{5,8})\b")
_NOT_SIGNED_IN: Final = re.compile(rb"az login|az account set", re.IGNORECASE)
_ENVIRON: Final = {"AZURE_CORE_NO_COLOR": "true", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"}
_SIGN_IN: Final = "run `az login`"


@dataclass(frozen=True, slots=True)
class AzureCli(Credential):
    """The account of `az login`, for development. Gets tokens for that account alone.

    `timeout_seconds` is how long `az` may take. Raises ConfigurationError unless it is a number above 0.
    """

    timeout_seconds: float = field(default=10.0, kw_only=True)

    def __post_init__(self) -> None:
        seconds: object = self.timeout_seconds
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not math.isfinite(self.timeout_seconds) or self.timeout_seconds <= 0:
            message = "AzureCli: timeout_seconds is not a number above 0; expected seconds, such as 10"
            raise ConfigurationError(message)

    def in_use(self, surroundings: CredentialSurroundings) -> AppTokenSource:
        """The program, one run at a time; tokens are shared with no other process, which may be somebody else's."""
        return _CliInUse(
            self.timeout_seconds,
            surroundings.commands,
            surroundings.runtime,
            surroundings.runtime.lock(),
            surroundings.runtime.random_bytes(16).hex(),
        )


@dataclass(frozen=True, slots=True)
class _CliInUse:
    timeout_seconds: float
    commands: CommandPort
    runtime: Runtime
    lock: AbstractAsyncContextManager[None]
    identity: str
    flow: str = "azure_cli"

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        arguments = _arguments(scopes, tenant_id)
        if asks_for_more(claims):
            message = (
                "AzureCli: the API asks for a stronger sign-in, which only you can give; run `az login "
                "--claims-challenge` with the base64 text of the claims that the error of the API has, and try again"
            )
            raise CredentialUnavailable(message)
        # Each start of the program reads and writes the same files, and takes a second of one core.
        async with self.lock:
            result = await self.commands.run(arguments, timeout_seconds=self.timeout_seconds, environ=_ENVIRON)
        if result.exit_code != 0:
            raise _failure(result)
        return received_token(_members(result), requested_scopes=scopes, received_at=self.runtime.now())


def _arguments(scopes: tuple[str, ...], tenant_id: str | None) -> list[str]:
    """Nothing in them can be taken for an option, or for more than text by a batch file."""
    if not scopes or any(_SCOPE.fullmatch(scope) is None for scope in scopes):
        message = "AzureCli: a scope has characters that no command line should have; expected one such as api://orders"
        raise ConfigurationError(message)
    if tenant_id is not None and _TENANT.fullmatch(tenant_id) is None:
        message = "AzureCli: the tenant is neither a GUID nor a domain; correct tenant_id"
        raise ConfigurationError(message)
    tenant = [] if tenant_id is None else ["--tenant", tenant_id]
    return ["az", "account", "get-access-token", "--output", "json", *tenant, "--scope", *scopes]


def _failure(result: CommandResult) -> CredentialUnavailable:
    """What az printed may quote anything: of it only Entra's number is told."""
    number = _AADSTS.search(result.stderr)
    if number is not None:
        return CredentialUnavailable(f"AzureCli: az gets no token (AADSTS{number[1].decode()}); {_SIGN_IN} again")
    if _NOT_SIGNED_IN.search(result.stderr):
        return CredentialUnavailable(f"AzureCli: nobody is signed in to the Azure CLI; {_SIGN_IN}")
    return CredentialUnavailable(f"AzureCli: az ended with code {result.exit_code}; {_SIGN_IN}, or update the CLI")


def _members(result: CommandResult) -> Document:
    try:
        answer = Document(parse_object(result.stdout))
    except (ValueError, RecursionError):
        # The cause would hold what was printed, which may be a token.
        message = "AzureCli: az printed something else than JSON; run `az account get-access-token` to see it"
        raise CredentialUnavailable(message) from None
    until = seconds_in(answer.get("expires_on"))
    if until is None:
        until = _local_time(answer.get("expiresOn"))
    if until is None or not isinstance(answer.get("accessToken"), str):
        message = "AzureCli: az printed no accessToken with its expiry; update the CLI"
        raise CredentialUnavailable(message)
    token_type = answer.get("tokenType", "Bearer")
    return Document(access_token=answer["accessToken"], token_type=token_type, expires_on=until)


def _local_time(value: object) -> float | None:
    """What older versions print: the time of this machine's zone, which is ambiguous for an hour each autumn."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
