"""The environment in a file for a shell: there once everything is served, and gone afterwards."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = ["HEADING", "clear_env_file", "written_env_file"]

HEADING: Final = "# azuread-auth simulate: "
"""What the file begins with; another file is not touched."""
_MOST_BYTES: Final = 1_048_576


def clear_env_file(path: Path) -> None:
    """Remove what an earlier run left. Raises ConfigurationError for a file of somebody else's, and no file at all."""
    try:
        if not path.exists():
            return
        if path.is_file() and path.stat().st_size <= _MOST_BYTES and path.read_bytes().startswith(HEADING.encode()):
            path.unlink()
            return
    except OSError as error:
        raise _cannot(path, error) from error
    raise _cannot(path, "something else is there, which is not overwritten")


@contextmanager
def written_env_file(path: Path, text: str) -> Generator[None]:
    """Write the file whole, for its owner alone, and remove it afterwards. Raises ConfigurationError."""
    content = text.encode()
    _put(path, content)
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_bytes() == content:  # else it is another run's
                path.unlink()


def _put(path: Path, content: bytes) -> None:
    """The whole file or none: nothing half written is ever there, and nothing is left lying about."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise _cannot(path, error) from error
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise _cannot(path, error) from error


def _cannot(path: Path, why: str | OSError) -> ConfigurationError:
    reason = why if isinstance(why, str) else why.strerror or type(why).__name__
    return ConfigurationError(f"--env-file {path} cannot be written ({reason}); name a new file in a folder of yours")
