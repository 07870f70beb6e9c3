"""An environment as lines for a POSIX shell."""

import shlex
from collections.abc import Mapping

__all__ = ["export_lines"]


def export_lines(environ: Mapping[str, str]) -> str:
    """One `export NAME='value'` for each variable, for `eval` and `.`; values are always quoted."""
    return "\n".join(f"export {name}={_quoted(value)}" for name, value in environ.items())


def _quoted(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
