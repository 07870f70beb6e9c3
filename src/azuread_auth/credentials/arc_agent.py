"""The agent of Azure Arc on this machine: whether it is there, and the keys that it writes into files.

Whatever answers in the agent's place could name any file, to be sent its content: so the name is checked first, and the
file is none that others could have put there (CVE-2024-35255).
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Final

from azuread_auth.credentials.small_file import read_small_file
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.secret import Secret

__all__ = ["ArcAgent"]

_MAX_KEY_BYTES: Final = 4096
_KEY: Final = re.compile(rb"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class ArcAgent:
    """Where the agent's program is and where its keys are; None where there is no such agent for the platform."""

    program: Path | None
    key_folder: Path | None

    @classmethod
    def of_platform(cls, environ: Mapping[str, str], platform: str = sys.platform) -> "ArcAgent":
        """Where the installer puts them."""
        if platform == "win32":
            name = "AzureConnectedMachineAgent"
            programs, data = (environ.get(variable) for variable in ("ProgramFiles", "ProgramData"))
            return cls(
                Path(programs) / name / "himds.exe" if programs else None,
                Path(data) / name / "Tokens" if data else None,
            )
        if platform == "linux":
            return cls(Path("/opt/azcmagent/bin/himds"), Path("/var/opt/azcmagent/tokens"))
        return cls(None, None)

    def is_installed(self) -> bool:
        """Whether the agent's program is here."""
        try:
            return self.program is not None and self.program.is_file()
        except OSError:  # nobody may look there
            return False

    def key(self, name: str) -> Secret:
        """The key in the file of that name. Raises CredentialUnavailable unless it is one of the agent's own."""
        path = Path(name)
        self._check(path)
        remedy = "let this process's account join the group himds, or check the agent of Azure Arc"
        content = read_small_file(path, "ManagedIdentity", remedy=remedy, max_bytes=_MAX_KEY_BYTES)
        key = Secret(content.reveal_bytes().strip())
        if _KEY.fullmatch(key.reveal_bytes()) is None:
            message = "ManagedIdentity: the key of the agent of Azure Arc has characters that no header can carry"
            raise CredentialUnavailable(message)
        return key

    def _check(self, path: Path) -> None:
        # By their parts: what goes up and down again is another folder, whatever it leads to.
        is_own = self.key_folder is not None and path.parent == self.key_folder and path.suffix == ".key"
        if not is_own or not _is_regular(path):
            message = (
                "ManagedIdentity: the agent of Azure Arc names a file that is none of its keys; expected a regular "
                f"file with the suffix .key directly in {self.key_folder}, and nothing was read"
            )
            raise CredentialUnavailable(message)


def _is_regular(path: Path) -> bool:
    """Not a link either."""
    try:
        return S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False
