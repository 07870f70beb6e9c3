"""A WWW-Authenticate of any characters has claims as a JSON object in one spelling, or none, and never fails."""

import base64
import json

from azuread_auth._protocol.claims_request import claims_text, with_capabilities
from azuread_auth._protocol.received_challenge import claims_in_challenge
from azuread_auth._web.sign_in_address import claims_for_id_token
from azuread_auth.errors import ClaimsChallenge, ConfigurationError

CANARY = "Zq7~Canary"  # what the seeds have for a secret


def one_input(data: bytes) -> None:
    header = data.decode("latin-1")
    found = claims_in_challenge(header)
    if found is not None:
        assert "claims" in header.lower(), "claims came from nowhere"
        assert "insufficient_claims" in header.replace("\\", ""), "claims were taken from another challenge"
        assert "bearer" in header.lower(), "claims were taken from another scheme"
        _assert_one_spelling(found)
    # The same text, as the claims that an application or its user passes on.
    try:
        _assert_one_spelling(claims_text(header) or "{}")
        challenge = ClaimsChallenge(claims=header)
    except ConfigurationError as error:
        _assert_quiet(error)
        return
    assert claims_in_challenge(f'Bearer error="insufficient_claims", claims="{challenge.encoded}"') == claims_text(
        header
    ), "a challenge of ours is not understood"


def _assert_one_spelling(claims: str) -> None:
    assert isinstance(json.loads(claims), dict), "what is no request was taken for one"
    assert claims_text(claims) == claims, "one request has two spellings"
    assert len(claims) <= 8_192, "a request is larger than a header may be"
    assert claims.isascii(), "a request has characters that no header can carry"
    assert claims.isprintable(), "a request has characters that no header can carry"
    able = json.loads(with_capabilities(claims, ("CP1",)) or "")
    assert able["access_token"]["xms_cc"] == {"values": ["CP1"]}, "the request does not say what we are able to do"
    encoded = base64.b64encode(claims.encode()).decode()
    for spelling in (encoded, encoded.rstrip("="), encoded.translate(str.maketrans("+/", "-_"))):
        again = claims_in_challenge(f'Bearer realm="", error="insufficient_claims", claims="{spelling}"')
        assert again == claims, "claims change when they are passed on"
    for_session = claims_for_id_token(claims)
    assert for_session is not None, "a request cannot be made for the ID token"
    assert "id_token" in for_session or "access_token" not in json.loads(claims) or _is_odd(claims), "a wish was lost"


def _is_odd(claims: str) -> bool:
    return not isinstance(json.loads(claims)["access_token"], dict)


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what was asked for"
