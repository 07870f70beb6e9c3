"""GUIDs, by which Entra names tenants, applications and objects."""

import re
from typing import Final

__all__ = ["as_guid"]

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def as_guid(value: object) -> str | None:
    """The GUID in lower case, or None for anything that is not one in its plain form with hyphens."""
    return value.lower() if isinstance(value, str) and _GUID.fullmatch(value) else None
