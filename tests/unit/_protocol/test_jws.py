"""Tokens are taken apart strictly, before anything in them is believed."""

import base64
import contextlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import example, given
from hypothesis import strategies as st

from azuread_auth._protocol.jwk import parse_key_set
from azuread_auth._protocol.jws import (
    MAX_HEADER_BYTES,
    MAX_TOKEN_BYTES,
    JoseHeader,
    parse_compact,
    parse_header,
    verifying_key,
)
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation.keys import throwaway_key

KEY = throwaway_key(0)
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "k"}


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _segment(members: object) -> bytes:
    return _base64url(json.dumps(members).encode())


def _token(header: object = HEADER, payload: bytes = b"{}", signature: bytes = b"sig") -> bytes:
    return b".".join((_segment(header), _base64url(payload), _base64url(signature)))


def _rejection(data: bytes) -> TokenRejected:
    with pytest.raises(TokenRejected) as refused:
        parse_compact(data).payload()
    return refused.value


def test_a_token_is_taken_apart():
    """Header, signed text, signature and payload are what they were before encoding."""
    jws = parse_compact(_token(payload=b'{"a":1}', signature=b"\xff\xfe"))
    assert jws.header == JoseHeader("RS256", "k")
    assert jws.signing_input == _segment(HEADER) + b"." + _base64url(b'{"a":1}')
    assert (jws.signature, jws.payload()) == (b"\xff\xfe", b'{"a":1}')
    assert jws.header_segment == _segment(HEADER)


def test_T29_a_header_may_be_as_large_as_the_limit():
    """The limit itself is allowed: what is counted are the characters of the segment."""
    least = len(json.dumps({**HEADER, "x": ""}))
    header = _segment({**HEADER, "x": "x" * (MAX_HEADER_BYTES // 4 * 3 - least)})
    assert len(header) == MAX_HEADER_BYTES
    assert parse_compact(header + b".e30.c2ln").header == JoseHeader("RS256", "k")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", Reason.MALFORMED, id="T34 nothing"),
        pytest.param(b"..", Reason.MALFORMED, id="T34 dots alone"),
        pytest.param(b"abc", Reason.MALFORMED, id="T34 no dot"),
        pytest.param(_token().rpartition(b".")[0], Reason.MALFORMED, id="T34 two parts"),
        pytest.param(_token() + b".", Reason.MALFORMED, id="T34 four parts"),
        pytest.param(_token() + b".." + b"a" * 5, Reason.ENCRYPTED, id="T33 five parts"),
        pytest.param(_token() + b"." * 100_000, Reason.MALFORMED, id="T34 100,000 dots"),
        pytest.param(_token() + b"=", Reason.MALFORMED, id="T36 padding"),
        pytest.param(_token() + b" ", Reason.MALFORMED, id="T36 a blank after the end"),
        pytest.param(_token() + b"\n", Reason.MALFORMED, id="T36 a line feed after the end"),
        pytest.param(b" " + _token(), Reason.MALFORMED, id="T36 a blank before"),
        pytest.param(_token().replace(b".", b"\x00."), Reason.MALFORMED, id="T36 a null character"),
        pytest.param(_token(signature=b"\xff\xff").replace(b"_", b"/"), Reason.MALFORMED, id="T36 standard base64"),
        pytest.param(_token() + "é".encode(), Reason.MALFORMED, id="T36 a letter with an accent"),
        pytest.param(_token(payload=b"x").replace(b"eA.", b"eB."), Reason.MALFORMED, id="T36 idle bits after two"),
        pytest.param(_token(payload=b"xx").replace(b"eHg.", b"eHh."), Reason.MALFORMED, id="T36 idle bits after three"),
        pytest.param(_token() + b"A", Reason.MALFORMED, id="T36 a character too many"),
        pytest.param(b"A" * (MAX_TOKEN_BYTES + 1), Reason.TOKEN_TOO_LARGE, id="T11 too large"),
        pytest.param(b"." * 1_000_000, Reason.TOKEN_TOO_LARGE, id="T11 a million dots"),
        pytest.param(_token({**HEADER, "x": "x" * MAX_HEADER_BYTES}), Reason.TOKEN_TOO_LARGE, id="T29 a huge header"),
        pytest.param(b"A" * MAX_TOKEN_BYTES, Reason.MALFORMED, id="T11 as large as allowed"),
    ],
)
def test_broken_text_is_refused(data, reason):
    """T34, T36: a token has one spelling, and its size is judged before its content."""
    assert _rejection(data).reason is reason


@pytest.mark.parametrize(
    ("header", "reason", "claim"),
    [
        pytest.param([], Reason.MALFORMED, "header", id="T42 a list"),
        pytest.param("text", Reason.MALFORMED, "header", id="T42 text"),
        pytest.param({"alg": "RS256", "crit": ["exp"]}, Reason.CRITICAL_HEADER, None, id="T32 crit"),
        pytest.param({"alg": "RS256", "crit": []}, Reason.CRITICAL_HEADER, None, id="T32 empty crit"),
        pytest.param({"alg": "RS256", "crit": None}, Reason.CRITICAL_HEADER, None, id="T32 null crit"),
        pytest.param({"alg": "RS256", "b64": False}, Reason.CRITICAL_HEADER, None, id="T32 b64 without crit"),
        pytest.param({"alg": "RS256", "enc": "A256GCM"}, Reason.ENCRYPTED, None, id="T33 enc"),
        pytest.param({"alg": "RS256", "zip": "DEF"}, Reason.ENCRYPTED, None, id="T33 zip"),
        pytest.param({"alg": "RS256", "cty": "JWT"}, Reason.ENCRYPTED, None, id="T33 cty"),
        pytest.param({"alg": "RS256", "typ": "logout+jwt"}, Reason.WRONG_TYPE, "typ", id="T43 logout token"),
        pytest.param({"alg": "RS256", "typ": "dpop+jwt"}, Reason.WRONG_TYPE, "typ", id="T43 proof"),
        pytest.param({"alg": "RS256", "typ": "secevent+jwt"}, Reason.WRONG_TYPE, "typ", id="T43 security event"),
        pytest.param({"alg": "RS256", "typ": None}, Reason.WRONG_TYPE, "typ", id="T43 null"),
        pytest.param({"alg": "RS256", "typ": ["JWT"]}, Reason.WRONG_TYPE, "typ", id="T43 list"),
        pytest.param({}, Reason.ALGORITHM_NOT_ALLOWED, "alg", id="T24 no alg"),
        pytest.param({"alg": None}, Reason.ALGORITHM_NOT_ALLOWED, "alg", id="T24 null alg"),
        pytest.param({"alg": ["RS256"]}, Reason.ALGORITHM_NOT_ALLOWED, "alg", id="T24 list of alg"),
        pytest.param({"alg": "RS256", "kid": 1}, Reason.MALFORMED, "kid", id="T29 kid is a number"),
        pytest.param({"alg": "RS256", "kid": {}}, Reason.MALFORMED, "kid", id="T29 kid is an object"),
        pytest.param({"alg": "RS256", "kid": True}, Reason.MALFORMED, "kid", id="T29 kid is true"),
    ],
)
def test_a_header_that_says_too_much_or_too_little_is_refused(header, reason, claim):
    """T24, T29, T32, T33, T43: each member that counts has one type and a short list of values."""
    refused = _rejection(_token(header))
    assert (refused.reason, refused.claim) == (reason, claim)


@pytest.mark.parametrize(
    ("header", "kid"),
    [
        pytest.param({"alg": "RS256"}, None, id="T43 no typ, T31 no kid"),
        pytest.param({"alg": "RS256", "typ": "jwt", "kid": None}, None, id="T43 lower case, T29 null kid"),
        pytest.param({"alg": "RS256", "typ": "at+JWT", "kid": ""}, "", id="T43 at+jwt, T29 empty kid"),
        pytest.param({"alg": "RS256", "typ": "application/at+jwt", "kid": "../k"}, "../k", id="T43 long form"),
        pytest.param(
            {"alg": "RS256", "jku": "https://a", "x5u": "https://a", "jwk": {}, "x5c": []}, None, id="T27 T28"
        ),
    ],
)
def test_a_good_header_is_read(header, kid):
    """T27, T28, T43: types of access tokens are read whatever their case, and what vouches for itself is ignored."""
    assert parse_header(_segment(header)) == JoseHeader("RS256", kid)


def test_headers_that_were_read_before_are_not_read_again():
    """A known header segment is looked up by its whole text."""
    known = {_segment(HEADER): JoseHeader("RS256", "known")}
    assert parse_compact(_token(), known).header.kid == "known"
    assert parse_compact(_token({**HEADER, "kid": "other"}), known).header.kid == "other"


def test_T112_a_token_taken_apart_does_not_show_it():
    """The representation, which tracebacks with locals print, holds no part of the token but the header's values."""
    jws = parse_compact(_token(payload=b'{"secret":1}'))
    shown = repr(jws)
    assert not any(part.decode() in shown for part in _token(payload=b'{"secret":1}').split(b"."))
    assert "secret" not in shown


@given(st.binary(max_size=64), st.integers(0, 63))
def test_T36_every_signature_has_one_spelling(signature, index):
    """Changing the last character to any other never gives the same bytes."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = _token(signature=signature)
    assert parse_compact(good).signature == signature
    other = good[:-1] + alphabet[index : index + 1]
    if other == good or good.endswith(b"."):
        return
    with contextlib.suppress(TokenRejected):
        assert parse_compact(other).signature != signature


@pytest.mark.parametrize("signature", [b"\x5d", b"\x5d\xd7"], ids=["one byte", "two bytes"])
def test_T36_idle_bits_are_zero(signature):
    """Of the 64 characters that may stand last, those that leave bits over are no second spelling."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    read = set()
    for last in alphabet.encode():
        with contextlib.suppress(TokenRejected):
            read.add(parse_compact(_token(signature=signature)[:-1] + bytes([last])).signature)
    assert len(read) == 4 ** len(signature)
    assert all(_base64url(each)[:-1] == _base64url(signature)[:-1] for each in read)
    accepted = [last for last in alphabet if _is_read(_token(signature=signature)[:-1] + last.encode())]
    assert len(accepted) == len(read)


def _is_read(data: bytes) -> bool:
    try:
        parse_compact(data)
    except TokenRejected:
        return False
    return True


def test_T11_limits():
    """As large as Microsoft's own library accepts; a header is smaller."""
    assert (MAX_TOKEN_BYTES, MAX_HEADER_BYTES) == (256_000, 16_000)


@given(st.binary(max_size=200) | st.text(alphabet="ABcd09-_.=+/ ", max_size=200).map(str.encode))
@example(b"e30.e30.")
def test_arbitrary_text_raises_nothing_but_rejections(data):
    """Whatever comes, the answer is a TokenRejected or a token taken apart."""
    for parse in (lambda: parse_compact(data).payload(), lambda: parse_header(data.translate(None, b".=+/ "))):
        with contextlib.suppress(TokenRejected):
            assert parse() is not None


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "cty", "x"]), st.from_type(type(None)) | st.text())
)
def test_arbitrary_headers_raise_nothing_but_rejections(header):
    """Whatever the members of a header hold."""
    with contextlib.suppress(TokenRejected):
        read = parse_header(_segment(header))
        assert (read.alg, read.kid) == (header["alg"], header.get("kid"))


def _rsa_token(alg: str, length: int = 256) -> bytes:
    signing_input = _segment({"alg": alg}) + b".e30"
    return signing_input + b"." + _base64url(KEY.sign(signing_input, alg)[:length])


def _keys_of(*entries: dict[str, object], algorithms: tuple[str, ...] = ("RS256", "RS384", "RS512")):
    return parse_key_set({"keys": list(entries)}, algorithms=algorithms).keys


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_the_key_that_signed_is_found(alg):
    """T29: of several keys under one kid the one that verifies is taken, with each algorithm of the settings."""
    stranger, own = _keys_of(throwaway_key(1).jwk(), KEY.jwk())
    assert verifying_key(parse_compact(_rsa_token(alg)), [stranger, own]) is own


@pytest.mark.parametrize("others", [[{"alg": "RS512"}], [{"alg": "RS512"}, {"alg": "RS384"}]], ids=["one", "two"])
def test_T26_keys_for_other_algorithms_are_passed_over(others):
    """Of several keys under one kid, those that do not allow the algorithm hide none that does."""
    keys = _keys_of(*({**throwaway_key(1).jwk(), **other} for other in others), KEY.jwk())
    assert verifying_key(parse_compact(_rsa_token("RS256")), keys) is keys[-1]


@pytest.mark.parametrize("length", [0, 1, 255])
def test_T35_a_signature_of_none_of_the_keys_is_refused(length):
    """A broken signature is a bad one, with however many keys."""
    jws = parse_compact(_rsa_token("RS256", length))
    with pytest.raises(TokenRejected) as refused:
        verifying_key(jws, _keys_of(throwaway_key(1).jwk(), KEY.jwk()))
    assert refused.value.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("alg", ["RS512", "PS256", "ES256", "HS256", "none"])
def test_T26_an_algorithm_the_key_does_not_allow_is_refused(alg):
    """The key's own alg binds: right key, other algorithm is refused without a look at the signature."""
    keys = _keys_of({**KEY.jwk(), "alg": "RS256"})
    signing_input = _segment({"alg": alg}) + b".e30"
    jws = parse_compact(signing_input + b"." + _base64url(KEY.sign(signing_input)))
    with pytest.raises(TokenRejected) as refused:
        verifying_key(jws, keys)
    assert (refused.value.reason, refused.value.claim) == (Reason.ALGORITHM_NOT_ALLOWED, "alg")


EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_INPUT = _segment({"alg": "ES256"}) + b".e30"
EC_DER = EC_KEY.sign(EC_INPUT, ec.ECDSA(hashes.SHA256()))
EC_RAW = b"".join(number.to_bytes(32) for number in decode_dss_signature(EC_DER))


def _ec_jwk() -> dict[str, object]:
    numbers = EC_KEY.public_key().public_numbers()
    x, y = _base64url(numbers.x.to_bytes(32)).decode(), _base64url(numbers.y.to_bytes(32)).decode()
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def test_T48_a_plain_ecdsa_signature_is_good():
    """With settings for ES256, the concatenated form of RFC 7518 3.4 verifies."""
    (key,) = _keys_of(_ec_jwk(), algorithms=("ES256",))
    assert verifying_key(parse_compact(EC_INPUT + b"." + _base64url(EC_RAW)), [key]) is key


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(EC_DER, id="T48 in DER form"),
        pytest.param(bytes(64), id="T48 r and s are 0"),
        pytest.param(bytes(32) + EC_RAW[32:], id="T48 r is 0"),
        pytest.param(EC_RAW[:32] + bytes(32), id="T48 s is 0"),
        pytest.param(b"\xff" * 64, id="T48 r and s beyond the order"),
        pytest.param(EC_RAW[:63], id="T48 cut short"),
        pytest.param(EC_RAW + b"\x00", id="T48 a byte too many"),
        pytest.param(b"", id="T48 empty"),
    ],
)
def test_T48_other_ecdsa_signatures_are_bad(signature):
    """CVE-2022-21449 and other spellings of a signature are refused."""
    with pytest.raises(TokenRejected) as refused:
        verifying_key(
            parse_compact(EC_INPUT + b"." + _base64url(signature)), _keys_of(_ec_jwk(), algorithms=("ES256",))
        )
    assert refused.value.reason is Reason.BAD_SIGNATURE
