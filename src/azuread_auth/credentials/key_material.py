"""A certificate, its key and its chain, out of the files that they come in."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from azuread_auth.errors import CredentialUnavailable
from azuread_auth.secret import Secret

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["KeyMaterial", "key_material"]

_MIN_BITS: Final = 2048  # RFC 7518 3.5
# One line each: a pattern from BEGIN to END would search the rest of the file anew for every BEGIN without END.
_PEM_LINE: Final = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----")
_CERTIFICATE: Final = b"CERTIFICATE"
_PRIVATE_KEY: Final = b"PRIVATE KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMaterial:
    """A key with its certificate and those that vouch for it."""

    key: RSAPrivateKey = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    """DER, that of the key first, each followed by that of its issuer as far as they are there."""
    not_before: float
    not_after: float
    """Seconds since the epoch."""

    @property
    def thumbprint_sha1(self) -> str:
        """As the Azure portal shows it, in lower case."""
        return hashlib.sha1(self.certificates[0], usedforsecurity=False).hexdigest()

    @property
    def thumbprint_sha256(self) -> str:
        """What an assertion names the certificate by, in hexadecimal."""
        return hashlib.sha256(self.certificates[0]).hexdigest()


def key_material(content: Secret, password: Secret | None, *, source: str, now: float) -> KeyMaterial:
    """What a PEM or PKCS#12 file holds; of several certificates of the key, the newest that is valid at `now`.

    `source` names the file in errors. Raises CredentialUnavailable for content that is neither, a wrong password, a
    key that is not RSA or too short, and a key without a certificate.
    """
    is_pem = b"-----BEGIN " in content.reveal_bytes()
    key, certificates = (_from_pem if is_pem else _from_pkcs12)(content, password, source)
    if not isinstance(key, RSAPrivateKey):
        message = f"{source} holds a key that is not RSA, which is all that Entra accepts; make an RSA certificate"
        raise CredentialUnavailable(message)
    if key.key_size < _MIN_BITS:
        message = f"{source} holds a key of {key.key_size} bits; expected {_MIN_BITS} at the least"
        raise CredentialUnavailable(message)
    leaf = _leaf(key, certificates, source, now)
    chain = _chain(leaf, certificates)
    return KeyMaterial(
        key=key,
        certificates=tuple(certificate.public_bytes(Encoding.DER) for certificate in chain),
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
    )


def _from_pem(content: Secret, password: Secret | None, source: str) -> "tuple[object, list[Certificate]]":
    from cryptography import x509  # noqa: PLC0415 - not before a certificate is used

    blocks = _pem_blocks(content)
    keys = [block for label, block in blocks if label.endswith(_PRIVATE_KEY)]
    if len(keys) != 1:
        message = f"{source} holds {len(keys)} private keys; expected one, and its certificate"
        raise CredentialUnavailable(message)
    try:
        found = [x509.load_pem_x509_certificate(each.reveal_bytes()) for label, each in blocks if label == _CERTIFICATE]
    except ValueError:
        message = f"{source} holds a certificate that cannot be read; expected X.509 in PEM form"
        raise CredentialUnavailable(message) from None
    return _pem_key(keys[0], password, source), found


def _pem_blocks(content: Secret) -> list[tuple[bytes, Secret]]:
    """Each block with its label. One that begins anew before its end takes that in, and can then not be read."""
    blocks: list[tuple[bytes, Secret]] = []
    label, begin = b"", 0
    for line in _PEM_LINE.finditer(content.reveal_bytes()):
        if line[1] == b"BEGIN" and line[2] != label:
            label, begin = line[2], line.start()
        elif line[1] == b"END" and line[2] == label:
            blocks.append((label, Secret(content.reveal_bytes()[begin : line.end()])))
            label = b""
    return blocks


def _pem_key(block: Secret, password: Secret | None, source: str) -> object:
    # What the causes hold is close to the key: they are left out.
    try:
        return load_pem_private_key(block.reveal_bytes(), None if password is None else password.reveal_bytes())
    except TypeError:
        message = (
            f"{source}: the key is encrypted, and no password was given; give password="
            if password is None
            else f"{source}: the key is not encrypted, and a password was given; leave password= out"
        )
    except (ValueError, UnsupportedAlgorithm):
        hint = "" if password is None else ", or the password is wrong"
        message = f"{source}: the private key cannot be read{hint}; expected PKCS#8 or PKCS#1 in PEM form"
    raise CredentialUnavailable(message)


def _from_pkcs12(content: Secret, password: Secret | None, source: str) -> "tuple[object, list[Certificate]]":
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415 - not before it is used

    try:
        store = pkcs12.load_pkcs12(content.reveal_bytes(), None if password is None else password.reveal_bytes())
    except (ValueError, UnsupportedAlgorithm):
        hint = "give password= if it has one" if password is None else "check password="
        message = f"{source} is neither PEM nor PKCS#12 that can be opened; {hint}"
        raise CredentialUnavailable(message) from None
    if store.key is None:
        message = f"{source} holds no private key; export the certificate together with its key"
        raise CredentialUnavailable(message)
    bags = [] if store.cert is None else [store.cert]
    return store.key, [bag.certificate for bag in (*bags, *store.additional_certs)]


def _leaf(key: RSAPrivateKey, certificates: "Sequence[Certificate]", source: str, now: float) -> "Certificate":
    wanted = _spki(key)
    fitting = [each for each in certificates if _is_of(each, wanted)]
    if not fitting:
        message = (
            f"{source} holds {len(certificates)} certificates and none of its private key; "
            "export the certificate together with its key"
        )
        raise CredentialUnavailable(message)

    def preference(certificate: "Certificate") -> tuple[bool, float]:
        begin, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
        return begin <= now < end, begin

    return max(fitting, key=preference)


def _spki(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_of(certificate: "Certificate", spki: bytes) -> bool:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == spki
    except (ValueError, UnsupportedAlgorithm):  # a kind of key that this machine does not know
        return False


def _chain(leaf: "Certificate", certificates: "Sequence[Certificate]") -> "list[Certificate]":
    """From the leaf up, by the names of issuers; certificates that have no part in it are left out."""
    chain = [leaf]
    while chain[-1].issuer != chain[-1].subject:
        issuer = next((each for each in certificates if each.subject == chain[-1].issuer and each not in chain), None)
        if issuer is None:
            break
        chain.append(issuer)
    return chain
