"""The file of a recording: read with care, and replaced as a whole or not at all."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG, S_ISVTX, S_IWGRP, S_IWOTH
from typing import Final

from azuread_auth.errors import ConfigurationError

__all__ = [
    "MAX_FILE_BYTES",
    "read_recording",
    "recording_path",
    "replace_recording",
    "sweep_left_over",
    "who_else_may_change",
]

MAX_FILE_BYTES: Final = 10_000_000
# Where the system has them: no link in place of the file, no waiting for whoever may write into a pipe.
_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OWNER_ONLY: Final = 0o600
_ROOT: Final = 0
_LEFT_OVER_SECONDS: Final = 60.0


def recording_path(path: object) -> Path:
    """A path from the root, not opened: it stays the same file where the application changes its folder.

    Raises ConfigurationError for anything else.
    """
    if not isinstance(path, str | Path) or not str(path) or "\0" in str(path):
        message = "the path of a recording is missing; name a file, such as tests/tokens.json"
        raise ConfigurationError(message)
    try:
        return Path(path).absolute()
    except OSError as error:
        message = f"the path of a recording is relative, and the current folder cannot be told ({error.strerror})"
        raise ConfigurationError(message) from error


def read_recording(path: Path) -> bytes:
    """The content. Raises ConfigurationError for what is no regular file, too large or not to be read.

    A link is refused: what is replayed is the file that was looked at, and no other that lies elsewhere.
    """
    try:
        if path.is_symlink():
            raise _refusal(path, "is a link; name the file itself")
        descriptor = os.open(path, _READ)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
            status = os.fstat(descriptor)
            if not S_ISREG(status.st_mode):
                raise _refusal(path, "is not a file; name one that Recording has written")
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); record it with Recording first, or correct the path"
        raise _refusal(path, problem) from error
    if len(content) > MAX_FILE_BYTES:
        raise _refusal(path, f"has more than {MAX_FILE_BYTES} bytes; record less into one file")
    return content


def who_else_may_change(path: Path) -> str | None:
    """Who beside this process's user may change what is replayed; None for nobody, and for what is no file."""
    try:
        file, folder = path.lstat(), path.parent.stat()
    except OSError:
        return None
    if not S_ISREG(file.st_mode):
        return None
    # With the sticky bit, as /tmp has it, only owners replace files. A group with its owner's number is his alone.
    if file.st_mode & S_IWOTH or (folder.st_mode & S_IWOTH and not folder.st_mode & S_ISVTX):
        return "everybody on this machine"
    user = getattr(os, "geteuid", lambda: file.st_uid)()
    if file.st_uid not in (user, _ROOT):
        return "another user, who owns it,"
    return "its group" if file.st_mode & S_IWGRP and file.st_gid != file.st_uid else None


def sweep_left_over(path: Path, *, now: float) -> None:
    """Remove what processes left that were killed while they wrote this recording, as far as that can be."""
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}", re.ASCII)
    with suppress(OSError):
        for found in path.parent.iterdir():
            if name.fullmatch(found.name) and found.lstat().st_mtime < now - _LEFT_OVER_SECONDS:
                found.unlink(missing_ok=True)


def replace_recording(path: Path, content: bytes) -> tuple[int, int]:
    """Put a new file, readable by its owner alone, in the place of the old one; gives what it is recognised by.

    Whoever reads at the same time has the old one or the new one. Raises OSError, and leaves no file behind then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, _CREATE, _OWNER_ONLY)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(content)
            file.flush()
            os.fsync(descriptor)
            status = os.fstat(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return status.st_ino, status.st_mtime_ns


def _refusal(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(f"the recording {path} {problem}")
