"""The environment in a file for a shell: there once everything is served, and gone afterwards."""

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
        raise _cannot(path, type(error).__name__) from error
    raise _cannot(path, "something else is there, which is not overwritten")


@contextmanager
def written_env_file(path: Path, text: str) -> Generator[None]:
    """Write the file whole, for its owner alone, and remove it afterwards. Raises ConfigurationError."""
    content = text.encode()
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", dir=path.parent, delete=False) as new:
            new.write(content)
    except OSError as error:
        raise _cannot(path, type(error).__name__) from error
    try:
        Path(new.name).replace(path)
    except OSError as error:
        Path(new.name).unlink(missing_ok=True)
        raise _cannot(path, type(error).__name__) from error
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_bytes() == content:  # else it is another run's
                path.unlink()


def _cannot(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"--env-file {path} cannot be written ({why}); name a new file in a folder of yours")
