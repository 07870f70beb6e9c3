"""The token somebody wants explained, from wherever it comes."""

from collections.abc import Sequence
from typing import Final

from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.errors import ConfigurationError

__all__ = ["read_token"]

_MAX_INPUT_BYTES: Final = 4_194_304  # more is no token, and the rules say so after a sixteenth of it


def read_token(arguments: Sequence[str], surroundings: Surroundings) -> str:
    """The token in the arguments, or on standard input when there are none or only "-".

    What people copy along is taken off: white space around it and "Authorization: Bearer". Raises ConfigurationError
    when nothing is left.
    """
    if list(arguments) in ([], ["-"]):
        if surroundings.stdin.isatty():
            surroundings.warn("paste the token, then press Enter and Ctrl-D (on Windows Ctrl-Z and Enter)")
        text = surroundings.stdin.read(_MAX_INPUT_BYTES).decode("utf-8", "surrogateescape")
    else:
        text = " ".join(arguments)
    token = _without_prefix(_without_prefix(text, "authorization:"), "bearer ")
    if not token:
        message = "there is no token; give one as argument, or pipe one in, such as: pbpaste | azuread-auth inspect"
        raise ConfigurationError(message)
    return token


def _without_prefix(text: str, prefix: str) -> str:
    text = text.strip()
    return text[len(prefix) :].strip() if text[: len(prefix)].lower() == prefix else text
