"""Thumbprints as they are written."""

import pytest

from azuread_auth._protocol.thumbprint import sha1_thumbprint

DIGITS = "0123456789abcdef0123456789ABCDEF01234567"


@pytest.mark.parametrize("text", [DIGITS, f" {DIGITS} ", ":".join(DIGITS), "  :01 23" + DIGITS[4:]])
def test_separators_do_not_matter(text: str) -> None:
    """Spaces and colons are left aside."""
    assert sha1_thumbprint(text) == bytes.fromhex(DIGITS)


@pytest.mark.parametrize("text", ["", DIGITS[1:], DIGITS + "0", "x" + DIGITS[1:], DIGITS + "\n", "\uff10" + DIGITS[1:]])
def test_anything_else_is_none(text: str) -> None:
    """Other lengths and other digits."""
    assert sha1_thumbprint(text) is None
