"""Where blocks of PEM files begin and end."""

import time

import pytest

from azuread_auth.credentials.key_material import key_material
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.secret import Secret
from tests.unit.credentials.certificates import der, family, pem
from tests.unit.credentials.conftest import NOW

FAMILY = family()
KEY, LEAF = FAMILY.key, FAMILY.leaf


def test_beginnings_without_end_cost_no_more_than_their_length() -> None:
    """A file of the largest size that has nothing but beginnings is refused at once."""
    content = Secret(b"-----BEGIN A-----" * 60_000)
    began = time.monotonic()
    with pytest.raises(CredentialUnavailable, match="holds 0 private keys"):
        key_material(content, None, source="the file", now=NOW)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"-----BEGIN X-----\n", id="begun and not ended"),
        pytest.param(b"-----END X-----\n", id="ended and not begun"),
        pytest.param(b"-----END PRIVATE KEY-----\n", id="the key's end before its beginning"),
        pytest.param(b"-----BEGIN X-----\n-----END Y-----\n", id="ended as another"),
        pytest.param(b"-----BEGIN X----------END X-----", id="nothing between"),
    ],
)
def test_blocks_that_are_none_are_passed_over(before: bytes) -> None:
    """What stands before a key and its certificate and is neither does not matter."""
    content = Secret(before + pem(KEY, LEAF))
    assert key_material(content, None, source="the file", now=NOW).certificates == (der(LEAF),)


def test_certificate_that_begins_twice_cannot_be_read() -> None:
    """A certificate that was cut off is not left out in silence."""
    content = Secret(pem(KEY) + b"-----BEGIN CERTIFICATE-----\nMIIC\n" + pem(LEAF))
    with pytest.raises(CredentialUnavailable, match="holds a certificate that cannot be read"):
        key_material(content, None, source="the file", now=NOW)
