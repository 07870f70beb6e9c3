"""Faults of how a token is signed: algorithm, key and header."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.fault_case import Case, Fault, changed_header, with_header
from azuread_auth.simulation.keys import SimulatedKey, base64url
from azuread_auth.simulation.signing import json_bytes, merged

__all__ = ["HEADER_FAULTS"]

_COORDINATE_BYTES: Final = 32  # of P-256 (RFC 7518 3.4)


def _signing_input(case: Case, changes: Mapping[str, object]) -> str:
    header = json_bytes(merged(case.draft.header, changes))
    return f"{base64url(header)}.{base64url(json_bytes(case.draft.claims))}"


def _unsigned(algorithm: str) -> Callable[[Case], str]:
    return lambda case: f"{_signing_input(case, {'alg': algorithm})}."


def _hs256(secret_of: Callable[[SimulatedKey], bytes]) -> Callable[[Case], str]:
    """RFC 8725 3.1: a public key taken for the secret of an HMAC."""

    def spoil(case: Case) -> str:
        signing_input = _signing_input(case, {"alg": "HS256"})
        mac = hmac.digest(secret_of(case.draft.key), signing_input.encode(), hashlib.sha256)
        return f"{signing_input}.{base64url(mac)}"

    return spoil


def _ps256(case: Case) -> str:
    signing_input = _signing_input(case, {"alg": "PS256"})
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
    signature = case.draft.key.private_key.sign(signing_input.encode(), scheme, hashes.SHA256())
    return f"{signing_input}.{base64url(signature)}"


def _es256(case: Case) -> str:
    signing_input = _signing_input(case, {"alg": "ES256"})
    der = ec.generate_private_key(ec.SECP256R1()).sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
    return f"{signing_input}.{base64url(der)}"


def _es256_of_zeros(case: Case) -> str:
    """CVE-2022-21449: r = s = 0 passed for a signature of anything."""
    return f"{_signing_input(case, {'alg': 'ES256'})}.{base64url(bytes(2 * _COORDINATE_BYTES))}"


def _foreign(of: Callable[[Case], SimulatedKey]) -> Callable[[Case], str]:
    def spoil(case: Case) -> str:
        key = of(case)
        return with_header(case, {"kid": key.kid}, key=key)

    return spoil


def _unknown_kid(case: Case) -> str:
    # A signature that nobody will check: floods need thousands of tokens, and signing is slow.
    return f"{_signing_input(case, {'kid': secrets.token_urlsafe(20)})}.{base64url(secrets.token_bytes(256))}"


def _self_vouching(member_of: Callable[[Case], Mapping[str, object]]) -> Callable[[Case], str]:
    """Signed by a stranger's key that the header brings along or points at."""
    return lambda case: with_header(case, member_of(case), key=case.keys.unpublished)


def _certificate_chain(case: Case) -> Mapping[str, object]:
    return {"x5c": [base64.b64encode(case.keys.unpublished.certificate_der).decode()]}


def _literal_kid(kid: object) -> Callable[[Case], str]:
    def spoil(case: Case) -> str:
        header = json_bytes(dict(case.draft.header) | {"kid": kid})
        signing_input = f"{base64url(header)}.{base64url(json_bytes(case.draft.claims))}"
        return f"{signing_input}.{base64url(case.draft.key.sign(signing_input.encode(), case.draft.algorithm))}"

    return spoil


def _graph_token(case: Case) -> str:
    """Tokens for Microsoft Graph have a nonce that is hashed before signing: nobody else can verify them."""
    signing_input = _signing_input(case, {"nonce": secrets.token_urlsafe(24)})
    return f"{signing_input}.{base64url(case.draft.key.sign(base64url(signing_input.encode()).encode()))}"


def _jwk_text(key: SimulatedKey) -> bytes:
    return json_bytes(key.jwk())


HEADER_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "alg-none": Fault("alg is none and nothing is signed", _unsigned("none"), Reason.ALGORITHM_NOT_ALLOWED),
        "alg-None": Fault("alg is None and nothing is signed", _unsigned("None"), Reason.ALGORITHM_NOT_ALLOWED),
        "alg-NONE": Fault("alg is NONE and nothing is signed", _unsigned("NONE"), Reason.ALGORITHM_NOT_ALLOWED),
        "alg-nOnE": Fault("alg is nOnE and nothing is signed", _unsigned("nOnE"), Reason.ALGORITHM_NOT_ALLOWED),
        "alg-none-signed": Fault(
            "alg is none beside a signature", changed_header(alg="none"), Reason.ALGORITHM_NOT_ALLOWED
        ),
        "alg-list": Fault("alg is a list", changed_header(alg=["RS256"]), Reason.ALGORITHM_NOT_ALLOWED),
        "missing-alg": Fault("has no alg", changed_header(alg=None), Reason.ALGORITHM_NOT_ALLOWED),
        "hs256-with-public-key": Fault(
            "HMAC with the public key as PEM", _hs256(SimulatedKey.public_pem), Reason.ALGORITHM_NOT_ALLOWED
        ),
        "hs256-with-public-key-der": Fault(
            "HMAC with the public key as DER", _hs256(SimulatedKey.public_der), Reason.ALGORITHM_NOT_ALLOWED
        ),
        "hs256-with-public-key-jwk": Fault(
            "HMAC with the public key as JWK", _hs256(_jwk_text), Reason.ALGORITHM_NOT_ALLOWED
        ),
        "hs256-with-empty-key": Fault("HMAC with an empty key", _hs256(lambda _key: b""), Reason.ALGORITHM_NOT_ALLOWED),
        "ps256": Fault("the right key, but PS256", _ps256, Reason.ALGORITHM_NOT_ALLOWED),
        "es256": Fault("another sort of key under the right kid", _es256, Reason.ALGORITHM_NOT_ALLOWED),
        "es256-of-zeros": Fault("ES256 with r = s = 0", _es256_of_zeros, Reason.ALGORITHM_NOT_ALLOWED),
        "jwk-header": Fault(
            "brings the key in jwk",
            _self_vouching(lambda case: {"jwk": case.keys.unpublished.jwk()}),
            Reason.BAD_SIGNATURE,
        ),
        "x5c-header": Fault("brings the key in x5c", _self_vouching(_certificate_chain), Reason.BAD_SIGNATURE),
        "jku-header": Fault(
            "points at a key set by jku",
            _self_vouching(lambda case: {"jku": f"{case.origin}/attacker/keys"}),
            Reason.BAD_SIGNATURE,
        ),
        "x5u-header": Fault(
            "points at a certificate by x5u",
            _self_vouching(lambda case: {"x5u": f"{case.origin}/attacker/certificate"}),
            Reason.BAD_SIGNATURE,
        ),
        "unknown-key": Fault(
            "is signed by a key that is not published", _foreign(lambda case: case.keys.unpublished), Reason.KEY_UNKNOWN
        ),
        "unknown-kid": Fault("names a new kid each time", _unknown_kid, Reason.KEY_UNKNOWN),
        "consumer-key": Fault(
            "is signed by the key of personal accounts",
            _foreign(lambda case: case.keys.personal_accounts),
            Reason.KEY_ISSUER_MISMATCH,
        ),
        "key-of-another-cloud": Fault(
            "is signed by the key of another national cloud",
            _foreign(lambda case: case.keys.another_cloud),
            Reason.KEY_OF_ANOTHER_CLOUD,
        ),
        "missing-kid": Fault(
            "has no kid, where there are several keys", changed_header(kid=None), Reason.KEY_ID_MISSING
        ),
        "traversing-kid": Fault("kid is a path", changed_header(kid="../../../dev/null"), Reason.KEY_UNKNOWN),
        "sql-kid": Fault("kid is SQL", changed_header(kid="x' UNION SELECT 'key' --"), Reason.KEY_UNKNOWN),
        "huge-kid": Fault("kid has a million characters", changed_header(kid="k" * 1_000_000), Reason.TOKEN_TOO_LARGE),
        "object-kid": Fault("kid is an object", changed_header(kid={"value": "k"}), Reason.MALFORMED),
        "number-kid": Fault("kid is a number", changed_header(kid=1), Reason.MALFORMED),
        "null-kid": Fault("kid is null", _literal_kid(None), Reason.KEY_ID_MISSING),
        "crit-header": Fault(
            "demands an unknown extension", changed_header(crit=["exp"], exp=0), Reason.CRITICAL_HEADER
        ),
        "empty-crit": Fault("crit is empty", changed_header(crit=[]), Reason.CRITICAL_HEADER),
        "text-crit": Fault("crit is text", changed_header(crit="exp"), Reason.CRITICAL_HEADER),
        "b64-crit": Fault("crit names b64", changed_header(crit=["b64"], b64=True), Reason.CRITICAL_HEADER),
        "logout-token": Fault("is a logout token", changed_header(typ="logout+jwt"), Reason.WRONG_TYPE),
        "security-event": Fault("is a security event", changed_header(typ="secevent+jwt"), Reason.WRONG_TYPE),
        "dpop-proof": Fault("is a proof of possession", changed_header(typ="dpop+jwt"), Reason.WRONG_TYPE),
        "nested": Fault("says that a token is within", changed_header(cty="JWT"), Reason.ENCRYPTED),
        "compressed": Fault("says that it is compressed", changed_header(zip="DEF"), Reason.ENCRYPTED),
        "graph-token": Fault("is signed as tokens for Microsoft Graph are", _graph_token, Reason.BAD_SIGNATURE),
    }
)
