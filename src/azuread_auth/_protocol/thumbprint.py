"""Thumbprints of certificates, as people and platforms write them."""

import re
from typing import Final

__all__ = ["sha1_thumbprint"]

_SEPARATORS: Final = str.maketrans("", "", " :")
_SHA1: Final = re.compile(r"[0-9A-Fa-f]{40}", re.ASCII)


def sha1_thumbprint(text: str) -> bytes | None:
    """The 20 bytes of a hexadecimal SHA-1, spaces and colons left aside; None for anything else."""
    digits = text.translate(_SEPARATORS)
    return bytes.fromhex(digits) if _SHA1.fullmatch(digits) else None
