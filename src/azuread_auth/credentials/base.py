"""What every credential is."""

from pathlib import Path

from azuread_auth._protocol.guid import as_guid
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

__all__ = ["Credential", "file_path", "guid_or_none", "secret_of"]


class Credential:
    """How an application proves who it is, or gets tokens without proof of its own. A frozen value that masks itself.

    The kinds are in the modules beside this one. Any other source of tokens comes in through `ClientAssertion` or
    `AzureIdentity`.
    """

    __slots__ = ()


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
    """A path, not opened. Raises ConfigurationError when there is none."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        message = f"{argument} is not the path of a file; {remedy}"
        raise ConfigurationError(message)
    return Path(value)


def guid_or_none(value: object, argument: str) -> str | None:
    """A GUID in lower case, or None when none is given. Raises ConfigurationError for anything else."""
    guid = as_guid(value)
    if value is not None and guid is None:
        message = f"{argument} is not a GUID; copy it from the Azure portal, without braces, or leave it out"
        raise ConfigurationError(message)
    return guid
