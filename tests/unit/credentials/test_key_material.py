"""What is read out of files of certificates."""

import base64
import hashlib
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from azuread_auth.credentials.key_material import KeyMaterial, key_material
from azuread_auth.errors import CredentialUnavailable
from azuread_auth.secret import Secret
from tests.unit.credentials.certificates import DAY, der, family, issued, pem, pfx, rsa_key
from tests.unit.credentials.conftest import NOW, shown

FAMILY = family()
KEY, LEAF, MIDDLE, ROOT = FAMILY.key, FAMILY.leaf, FAMILY.middle, FAMILY.root
OTHER = rsa_key()
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PASSWORD = b"canary-password"
WHOLE_CHAIN = tuple(der(each) for each in (LEAF, MIDDLE, ROOT))


def read(content: bytes, password: bytes | None = None) -> KeyMaterial:
    """What is in the content."""
    return key_material(Secret(content), Secret(password) if password else None, source="the file", now=NOW)


@pytest.mark.parametrize("order", list(permutations((KEY, LEAF, MIDDLE, ROOT))))
def test_pem_in_any_order(order: tuple[object, ...]) -> None:
    """Key, certificate and chain may stand in any order; the chain comes out leaf first."""
    assert read(pem(*order)).certificates == WHOLE_CHAIN  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "password", "certificates"),
    [
        pytest.param(pem(KEY, LEAF, password=PASSWORD), PASSWORD, WHOLE_CHAIN[:1], id="encrypted PEM"),
        pytest.param(b"Bag Attributes\n" + pem(KEY) + b"subject=x\n" + pem(LEAF), None, WHOLE_CHAIN[:1], id="notes"),
        pytest.param(pem(KEY, LEAF, ROOT), None, WHOLE_CHAIN[:1], id="a chain with a gap ends there"),
        pytest.param(
            KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()) + pem(LEAF),
            None,
            WHOLE_CHAIN[:1],
            id="PKCS#1",
        ),
        pytest.param(pfx(KEY, LEAF, ROOT, MIDDLE, password=PASSWORD), PASSWORD, WHOLE_CHAIN, id="PKCS#12"),
    ],
)
def test_forms_that_are_read(content: bytes, password: bytes | None, certificates: tuple[bytes, ...]) -> None:
    """PEM and PKCS#12, encrypted or not."""
    material = read(content, password)
    assert material.certificates == certificates
    assert material.key.public_key() == KEY.public_key()


def test_certificate_of_the_key_is_the_one() -> None:
    """Whatever stands first: an assertion names the certificate whose key signs it."""
    stranger = issued(OTHER)
    assert read(pem(stranger, KEY, LEAF)).certificates == WHOLE_CHAIN[:1]


def test_certificate_with_an_unknown_kind_of_key_is_left_aside() -> None:
    """Certificates of other kinds of keys do not disturb."""
    assert read(pem(issued(EC_KEY), KEY, LEAF)).certificates == WHOLE_CHAIN[:1]


def test_certificate_with_a_key_that_nobody_knows_is_left_aside() -> None:
    """It stays in the file of some authorities for other programs."""
    of_elliptic_curves = bytes.fromhex("06072a8648ce3d0201")
    unknown = der(issued(EC_KEY)).replace(of_elliptic_curves, of_elliptic_curves[:-1] + b"\x7f")
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(unknown) + b"-----END CERTIFICATE-----\n"
    assert read(text + pem(KEY, LEAF)).certificates == WHOLE_CHAIN[:1]


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        pytest.param([(-10, 100), (-5, 50)], 1, id="the newer of two that are valid"),
        pytest.param([(-10, 100), (5, 200)], 0, id="not one that is valid only later"),
        pytest.param([(-100, -1), (-200, 10)], 1, id="not one that has expired"),
        pytest.param([(-100, -50), (-50, -1)], 1, id="the newer of two that have expired"),
    ],
)
def test_newest_valid_certificate_of_the_key(lives: list[tuple[float, float]], expected: int) -> None:
    """A renewed certificate of the same key takes over when it is valid."""
    renewals = [issued(KEY, begins_in=begin * DAY, ends_in=end * DAY) for begin, end in lives]
    material = read(pem(KEY, *renewals))
    assert material.certificates == (der(renewals[expected]),)
    assert material.not_after == NOW + lives[expected][1] * DAY
    assert material.not_before == NOW + lives[expected][0] * DAY


def test_thumbprints_are_those_of_the_leaf() -> None:
    """As the portal shows them."""
    material = read(pem(KEY, LEAF, MIDDLE))
    assert material.thumbprint_sha1 == hashlib.sha1(der(LEAF)).hexdigest()
    assert material.thumbprint_sha256 == hashlib.sha256(der(LEAF)).hexdigest()


@pytest.mark.parametrize(
    ("content", "password", "message"),
    [
        pytest.param(b"canary", None, "is neither PEM nor PKCS#12 that can be opened; give password=", id="nonsense"),
        pytest.param(b"", None, "is neither PEM nor PKCS#12", id="empty"),
        pytest.param(pem(LEAF), None, "holds 0 private keys; expected one", id="no key"),
        pytest.param(pem(KEY, OTHER, LEAF), None, "holds 2 private keys", id="two keys"),
        pytest.param(pem(KEY), None, "holds 0 certificates and none of its private key", id="no certificate"),
        pytest.param(pem(KEY, MIDDLE), None, "holds 1 certificates and none of its private key", id="another's"),
        pytest.param(pem(KEY, password=PASSWORD), None, ": the key is encrypted, and no password", id="no password"),
        pytest.param(pem(KEY, LEAF), PASSWORD, ": the key is not encrypted, and a password", id="needless password"),
        pytest.param(
            pem(KEY, LEAF, password=b"other"),
            PASSWORD,
            ": the private key cannot be read, or the password is wrong",
            id="wrong password",
        ),
        pytest.param(
            b"-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n",
            None,
            ": the private key cannot be read; expected PKCS#8",
            id="broken key",
        ),
        pytest.param(
            pem(KEY) + b"-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n",
            None,
            "holds a certificate that cannot be read",
            id="broken certificate",
        ),
        pytest.param(
            pfx(KEY, LEAF, password=b"other"),
            PASSWORD,
            "is neither PEM nor PKCS#12 that can be opened; check",
            id="pfx",
        ),
        pytest.param(pfx(None, LEAF, password=PASSWORD), PASSWORD, "holds no private key; export", id="pfx, no key"),
        pytest.param(pfx(KEY, None, password=PASSWORD), PASSWORD, "holds 0 certificates", id="pfx, no certificate"),
        pytest.param(pem(EC_KEY, issued(EC_KEY)), None, "holds a key that is not RSA", id="elliptic curve"),
    ],
)
def test_content_that_is_refused(content: bytes, password: bytes | None, message: str) -> None:
    """The error names the file and the remedy, and shows neither key nor password."""
    with pytest.raises(CredentialUnavailable) as refused:
        read(content, password)
    assert str(refused.value).startswith(f"the file{message}" if message[0] == ":" else f"the file {message}")
    assert refused.value.__cause__ is None
    assert not any(secret in shown(refused.value) for secret in ("canary", "Y2FuYXJ5", "PRIVATE KEY-"))


def test_short_key_is_refused() -> None:
    """RFC 7518 3.5: 2048 bits at the least."""
    key = rsa_key(1024)
    with pytest.raises(CredentialUnavailable, match="holds a key of 1024 bits; expected 2048 at the least"):
        read(pem(key, issued(key)))


def test_T112_nothing_shows_the_key() -> None:
    """The repr has the times alone."""
    assert "key" not in repr(read(pem(KEY, LEAF)))
