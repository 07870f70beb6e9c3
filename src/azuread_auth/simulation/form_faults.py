"""Faults of the text of a token: its parts, their base64url and their JSON."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.claim_faults import ANOTHER_API, ANOTHER_TENANT
from azuread_auth.simulation.fault_case import Case, Fault, with_claims
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.signing import json_bytes, merged, sign, sign_bytes

__all__ = ["FORM_FAULTS"]

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _rewritten(rewrite: Callable[[str], str]) -> Callable[[Case], str]:
    """The good token, its text changed afterwards."""
    return lambda case: rewrite(sign(case.draft))


def _signature_flipped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    # The first character, because all of its bits count.
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _signature_of_another(case: Case) -> str:
    other = sign(replace(case.draft, claims=merged(case.draft.claims, {"uti": secrets.token_urlsafe(16)})))
    return f"{sign(case.draft).rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _last_bits_set(token: str) -> str:
    """RFC 4648 3.5: a signature of 256 bytes leaves four bits of its last character unused."""
    return token[:-1] + _ALPHABET[_ALPHABET.index(token[-1]) | 1]


def _json_serialization(token: str) -> str:
    header, payload, signature = token.split(".")
    return json_bytes({"protected": header, "payload": payload, "signature": signature}).decode()


def _encrypted(case: Case) -> str:
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "typ": "JWT", "kid": case.draft.header.get("kid")}
    parts = [json_bytes(header), *(secrets.token_bytes(size) for size in (256, 12, 400, 16))]
    return ".".join(base64url(part) for part in parts)


def _payload(change: Callable[[bytes], bytes]) -> Callable[[Case], str]:
    def spoil(case: Case) -> str:
        payload = change(json_bytes(case.draft.claims))
        return sign_bytes(json_bytes(case.draft.header), payload, case.draft.key, case.draft.algorithm)

    return spoil


def _header_twice(case: Case) -> str:
    header = b'{"alg":"none",' + json_bytes(case.draft.header)[1:]
    return sign_bytes(header, json_bytes(case.draft.claims), case.draft.key, case.draft.algorithm)


def _first_claim(name: str, value: str) -> Callable[[bytes], bytes]:
    """A second spelling of a claim before the good one: readers who take the first member see the wrong value."""
    member = f'{{"{name}":"{value}",'.encode()
    return lambda payload: member + payload[1:]


def _deep(payload: bytes) -> bytes:
    return payload[:-1] + b',"deep":' + b"[" * 20_000 + b"]" * 20_000 + b"}"


def _oversized(case: Case) -> str:
    return with_claims(case, {"padding": "x" * 300_000})


FORM_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "bad-signature": Fault("the signature is altered", _rewritten(_signature_flipped), Reason.BAD_SIGNATURE),
        "truncated-signature": Fault(
            "the signature is cut short", _rewritten(lambda token: token[:-6]), Reason.BAD_SIGNATURE
        ),
        "empty-signature": Fault(
            "the signature is empty", _rewritten(lambda token: token.rpartition(".")[0] + "."), Reason.BAD_SIGNATURE
        ),
        "swapped-signature": Fault("the signature is another token's", _signature_of_another, Reason.BAD_SIGNATURE),
        "encrypted-shape": Fault("has the five parts of an encrypted token", _encrypted, Reason.ENCRYPTED),
        "json-serialization": Fault("is a JWS in JSON form", _rewritten(_json_serialization), Reason.MALFORMED),
        "two-parts": Fault(
            "lacks the signature and its dot", _rewritten(lambda token: token.rpartition(".")[0]), Reason.MALFORMED
        ),
        "four-parts": Fault("has a part too many", _rewritten(lambda token: f"{token}.AAAA"), Reason.MALFORMED),
        "many-dots": Fault("has 100,000 dots", _rewritten(lambda token: token + "." * 100_000), Reason.MALFORMED),
        "padded": Fault("the signature has base64 padding", _rewritten(lambda token: f"{token}=="), Reason.MALFORMED),
        "whitespace": Fault(
            "has a blank in it", _rewritten(lambda token: f"{token[:-10]} {token[-10:]}"), Reason.MALFORMED
        ),
        "standard-base64": Fault(
            "is in base64, not base64url",
            _rewritten(lambda token: token.replace("-", "+").replace("_", "/")),
            Reason.MALFORMED,
        ),
        "non-canonical-base64": Fault(
            "sets bits of base64 that mean nothing", _rewritten(_last_bits_set), Reason.MALFORMED
        ),
        "percent-encoded": Fault(
            "has its dots percent-encoded", _rewritten(lambda token: token.replace(".", "%2E")), Reason.MALFORMED
        ),
        "duplicate-header": Fault("says alg twice", _header_twice, Reason.MALFORMED),
        "duplicate-claim": Fault("says aud twice", _payload(_first_claim("aud", ANOTHER_API)), Reason.MALFORMED),
        "duplicate-tid": Fault("says tid twice", _payload(_first_claim("tid", ANOTHER_TENANT)), Reason.MALFORMED),
        "deep-payload": Fault("is nested 20,000 deep", _payload(_deep), Reason.MALFORMED),
        "list-payload": Fault(
            "the payload is a list", _payload(lambda payload: b"[" + payload + b"]"), Reason.MALFORMED
        ),
        "empty-payload": Fault("the payload is empty", _payload(lambda _payload: b""), Reason.MALFORMED),
        "not-utf8": Fault(
            "the payload is not UTF-8", _payload(lambda payload: payload[:-1] + b',"x":"\xff"}'), Reason.MALFORMED
        ),
        "byte-order-mark": Fault(
            "the payload has a byte order mark", _payload(lambda payload: b"\xef\xbb\xbf" + payload), Reason.MALFORMED
        ),
        "oversized": Fault("has more than 256,000 bytes", _oversized, Reason.TOKEN_TOO_LARGE),
    }
)
