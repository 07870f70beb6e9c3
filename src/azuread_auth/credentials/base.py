"""What every credential is, and what the core asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.misplaced import is_content
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import CommandPort, HttpPort, Observer, Runtime
from azuread_auth.secret import Secret

__all__ = [
    "AppTokenSource",
    "ClientAuthentication",
    "Credential",
    "CredentialSurroundings",
    "file_path",
    "guid_or_none",
    "secret_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSurroundings:
    """Through what a credential reaches the world, and for whom."""

    client_id: str
    """The application of the settings."""
    authority_host: str
    """The login host, with its scheme: it tells which cloud's names count."""
    http: HttpPort
    runtime: Runtime
    commands: CommandPort
    observer: Observer
    environ: Mapping[str, str] = field(repr=False)
    """Read at each use: platforms rotate what is in it."""
    timeout_seconds: float = 10.0
    tenant_id: str | None = None
    """The tenant of the settings."""


@runtime_checkable
class ClientAuthentication(Protocol):
    """Proves the application to the token endpoint (RFC 6749 2.3, RFC 7523 2.2). Serves every flow."""

    @property
    def client_id(self) -> str | None:
        """The application that is proved, where it is not that of the settings: then it gets app tokens alone."""
        ...

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        """The form fields that prove `client_id` to this endpoint, fresh for each request.

        Raises CredentialUnavailable when a file, host or callable that is needed gives nothing.
        """
        ...

    def reload(self) -> bool:
        """Forget what was loaded, because the provider refused it; whether there is any use in trying once more."""
        ...


@runtime_checkable
class AppTokenSource(Protocol):
    """Gets tokens for an identity of its own, without the token endpoint of the settings: app tokens alone."""

    @property
    def flow(self) -> str:
        """How it does that, such as "managed_identity": part of the cache key."""
        ...

    @property
    def identity(self) -> str:
        """Which identity it is, where several could be meant: part of the cache key."""
        ...

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        """A token, newly issued. `claims` is the JSON text of a claims request.

        Raises CredentialUnavailable where there is no such identity here, ProviderUnavailable when its host does not
        answer, and TokenRequestFailed when it refuses.
        """
        ...


class Credential:
    """How an application proves who it is, or gets tokens without proof of its own. A frozen value that masks itself.

    The kinds are in the modules beside this one. Any other source of tokens comes in through `ClientAssertion` or
    `AzureIdentity`.
    """

    __slots__ = ()

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication | AppTokenSource:
        """What one client uses of this credential, with whatever it loads and remembers. Does no I/O yet."""
        message = f"{type(self).__name__} is no credential that tokens can be got with"
        raise ConfigurationError(message)


def secret_of(value: object, argument: str, *, remedy: str) -> Secret:
    """Text or bytes, held so that nothing prints them. Raises ConfigurationError when empty or of another type."""
    if not isinstance(value, str | bytes | Secret):
        message = f"{argument} is a {type(value).__name__}, expected text or bytes; {remedy}"
        raise ConfigurationError(message)
    if not value:
        message = f"{argument} is empty; {remedy}"
        raise ConfigurationError(message)
    return value if isinstance(value, Secret) else Secret(value)


def file_path(value: object, argument: str, *, remedy: str) -> Path:
    """A path, not opened. Raises ConfigurationError when there is none, or the file's content in its place."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        message = f"{argument} is not the path of a file; {remedy}"
        raise ConfigurationError(message)
    # Before it can be quoted as the path of a file that is not there.
    if is_content(str(value)):
        message = f"{argument} is the content of a file; expected the path of the file; {remedy}"
        raise ConfigurationError(message)
    return Path(value)


def guid_or_none(value: object, argument: str) -> str | None:
    """A GUID in lower case, or None when none is given. Raises ConfigurationError for anything else."""
    guid = as_guid(value)
    if value is not None and guid is None:
        message = f"{argument} is not a GUID; copy it from the Azure portal, without braces, or leave it out"
        raise ConfigurationError(message)
    return guid
