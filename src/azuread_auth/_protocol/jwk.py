"""Signing keys (RFC 7517), as Entra publishes them: each bound to an issuer and a national cloud."""

from binascii import a2b_base64
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from azuread_auth._protocol.roca import has_roca_fingerprint
from azuread_auth._protocol.signature_algorithm import SIGNATURE_ALGORITHMS, SignatureAlgorithm
from azuread_auth.errors import ProviderUnavailable

__all__ = ["MAX_KEYS", "KeySet", "SigningKey", "parse_key_set"]

MAX_KEYS: Final = 1000
_MIN_RSA_BITS: Final = 2048  # RFC 7518 3.3
_MAX_RSA_BITS: Final = 8192  # a larger one only makes verification slow
_MIN_RSA_EXPONENT: Final = 65537  # FIPS 186-5 5.1: 2**16 < e
_MAX_RSA_EXPONENT_BITS: Final = 64  # OpenSSL verifies with no longer one where the modulus has more than 3072 bits
_TO_STANDARD: Final = str.maketrans("-_", "+/")
_CURVES: Final = (("P-256", "ES256", SECP256R1()), ("P-384", "ES384", SECP384R1()), ("P-521", "ES512", SECP521R1()))
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_Numbers: TypeAlias = RSAPublicNumbers | EllipticCurvePublicNumbers


@dataclass(slots=True, eq=False)
class SigningKey:
    """One public key. `is_current` turns False for good when the provider no longer publishes it."""

    kid: str | None
    numbers: _Numbers
    """What the key consists of: equal for the same key, however it is published."""
    public_key: RSAPublicKey | EllipticCurvePublicKey
    algorithms: Mapping[str, SignatureAlgorithm]
    """What verifies, by `alg`: only what the key itself allows."""
    issuer: str | None
    cloud_instance_name: str | None
    is_current: bool = True

    @property
    def identity(self) -> Hashable:
        """The key itself, its name and its bindings: two entries that agree in all of it are one key."""
        return self.kid, self.numbers, self.issuer, self.cloud_instance_name, *self.algorithms


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of one JWKS document and how many others it had."""

    keys: tuple[SigningKey, ...]
    skipped: int

    def candidates(self, kid: str | None) -> tuple[SigningKey, ...]:
        """The keys that may have signed a token with this `kid`.

        RFC 7515 4.1.4: kid is only a hint, so several keys may share it. Without one, a set of one key leaves no
        doubt; among several there is no guessing (OpenID Connect Core 10.1).
        """
        if kid is None:
            return self.keys if len(self.keys) == 1 else ()
        return tuple(key for key in self.keys if key.kid == kid)

    def twin_of(self, key: SigningKey) -> SigningKey | None:
        """The same key as it is published here, under whatever name and with whatever bindings."""
        return next((each for each in self.keys if each.numbers == key.numbers), None)

    def succeeding(self, old: "KeySet | None") -> "KeySet":
        """This set with the objects of keys that were there before; keys of `old` that left are marked."""
        if old is None:
            return self
        known = {key.identity: key for key in reversed(old.keys)}  # of twins the first, which is the one that verifies
        kept = tuple(known.get(key.identity, key) for key in self.keys)
        remaining = set(kept)
        for key in old.keys:
            key.is_current = key in remaining
        return KeySet(kept, self.skipped)


def parse_key_set(document: Mapping[str, object], *, algorithms: Iterable[str]) -> KeySet:
    """The keys of a JWKS document that can verify one of `algorithms`.

    Keys that are broken, weak, private, symmetric or for another use are skipped, so that one bad key never takes
    the good ones along (RFC 7517 5). Raises ProviderUnavailable for a document with no usable key or too many keys.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        message = "the key set has no keys member; expected a JWKS document (RFC 7517 5)"
        raise ProviderUnavailable(message)
    if len(entries) > MAX_KEYS:
        message = f"the key set has more than {MAX_KEYS} keys"
        raise ProviderUnavailable(message)
    allowed = tuple(algorithms)
    parsed = [_parse_key(entry, allowed) for entry in entries]
    keys = tuple(key for key in parsed if key is not None)
    if not keys:
        message = "the key set has no usable signing key"
        raise ProviderUnavailable(message)
    return KeySet(keys, skipped=len(parsed) - len(keys))


def _parse_key(entry: object, allowed: tuple[str, ...]) -> SigningKey | None:
    if not isinstance(entry, dict) or not _is_for_verifying(entry):
        return None
    kid, issuer, cloud = entry.get("kid"), entry.get("issuer"), entry.get("cloud_instance_name")
    if not (_is_text_or_absent(kid) and _is_text_or_absent(issuer) and _is_text_or_absent(cloud)):
        return None
    names = tuple(name for name in _possible_algorithms(entry) if name in allowed)
    if not names:
        return None
    try:
        numbers = _numbers(entry)
        public_key = numbers.public_key()
    # A broken key is the provider's slip, not a reason to fail: cryptography raises a wide range of errors.
    except Exception:  # noqa: BLE001
        return None
    # A coordinate may be given with the curve's prime on top, as another name for the same key.
    if public_key.public_numbers() != numbers or not _is_strong(numbers):
        return None
    return SigningKey(
        kid=kid,
        numbers=numbers,
        public_key=public_key,
        algorithms={name: SIGNATURE_ALGORITHMS[name] for name in names},
        issuer=issuer,
        cloud_instance_name=cloud,
    )


def _is_text_or_absent(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_for_verifying(entry: Mapping[str, object]) -> bool:
    """RFC 7517 4.2-4.3; a set that publishes private members is not to be trusted with them."""
    operations = entry.get("key_ops")
    return (
        entry.get("use", "sig") == "sig"
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
        and _PRIVATE_MEMBERS.isdisjoint(entry)
    )


def _possible_algorithms(entry: Mapping[str, object]) -> tuple[str, ...]:
    """The algorithms the key is for. Entra's keys have no `alg`: then its type decides."""
    if entry.get("kty") == "RSA":
        possible: tuple[str, ...] = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    elif entry.get("kty") == "EC":
        possible = tuple(name for curve, name, _ in _CURVES if entry.get("crv") == curve)
    else:
        return ()
    stated = entry.get("alg")
    return possible if stated is None else tuple(name for name in possible if name == stated)


def _numbers(entry: Mapping[str, Any]) -> _Numbers:
    """What the key consists of (RFC 7518 6.2.1, 6.3.1). Raises whatever comes of a broken entry."""
    if entry["kty"] == "RSA":
        return RSAPublicNumbers(e=int.from_bytes(_decoded(entry["e"])), n=int.from_bytes(_decoded(entry["n"])))
    curve = next(curve for name, _, curve in _CURVES if name == entry["crv"])
    x, y = _decoded(entry["x"]), _decoded(entry["y"])
    if not len(x) == len(y) == (curve.key_size + 7) // 8:
        raise ValueError  # the caller skips such a key, and tells nobody more
    return EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve)


def _decoded(text: str) -> bytes:
    return a2b_base64(text.translate(_TO_STANDARD) + "=" * (-len(text) % 4), strict_mode=True)


def _is_strong(numbers: _Numbers) -> bool:
    if not isinstance(numbers, RSAPublicNumbers):
        return True  # by its curve, of which only good ones are known here
    return (
        _MIN_RSA_BITS <= numbers.n.bit_length() <= _MAX_RSA_BITS
        and numbers.n % 2 == 1
        and numbers.e >= _MIN_RSA_EXPONENT
        and numbers.e.bit_length() <= _MAX_RSA_EXPONENT_BITS
        and not has_roca_fingerprint(numbers.n)
    )
