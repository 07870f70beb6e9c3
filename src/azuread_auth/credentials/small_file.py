"""Files that credentials are in."""

from pathlib import Path
from stat import S_ISREG
from typing import Final

from azuread_auth.errors import CredentialUnavailable
from azuread_auth.secret import Secret

__all__ = ["MAX_FILE_BYTES", "read_small_file"]

MAX_FILE_BYTES: Final = 1_000_000


def read_small_file(path: Path, what: str, *, remedy: str, max_bytes: int = MAX_FILE_BYTES) -> Secret:
    """The content of a file, which may be empty; `what` and `remedy` are for errors.

    Raises CredentialUnavailable when it cannot be read, is no file, or is larger than `max_bytes`.
    """
    try:
        # A pipe or a terminal would be waited for.
        if not S_ISREG(path.stat().st_mode):
            message = f"{what}: {path} is not a file; {remedy}"
            raise CredentialUnavailable(message)
        with path.open("rb") as file:
            content = Secret(file.read(max_bytes + 1))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be used"
        message = f"{what}: {path} cannot be read ({reason}); {remedy}"
        raise CredentialUnavailable(message) from error
    if len(content.reveal_bytes()) > max_bytes:
        message = f"{what}: {path} has more than {max_bytes} bytes; {remedy}"
        raise CredentialUnavailable(message)
    return content
