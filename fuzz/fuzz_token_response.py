"""Bytes in place of a token endpoint's answer are a token that can be sent on, or an error that tells nothing of it.

The first byte chooses: an answer 200, or an error of some status.
"""

import math

from azuread_auth._protocol.http import Document, HttpResponse, json_document
from azuread_auth._protocol.token_errors import is_grant_dead, read_error, token_error
from azuread_auth._protocol.token_record import refresh_token_bytes, refresh_token_in, token_bytes, token_in
from azuread_auth._protocol.token_response import ReceivedToken, received_token
from azuread_auth.errors import InteractionRequired, ProviderUnavailable, TokenRequestFailed

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
SCOPES = ("User.Read",)
STATUSES = (200, 400, 401, 429, 500, 503)
FLOWS = ("on_behalf_of", "client_credentials", "authorization_code")


def one_input(data: bytes) -> None:
    status = STATUSES[data[0] % len(STATUSES)] if data else 200
    try:
        document = json_document(HttpResponse(status=status, body=data[1:]), what="the token endpoint")
        if status == 200:
            _assert_usable(received_token(document, requested_scopes=SCOPES, received_at=NOW))
            return
    except ProviderUnavailable as error:
        _assert_quiet(error)
        return
    for flow in FLOWS:
        _assert_silent(document, status, flow)


def _assert_usable(token: ReceivedToken) -> None:
    for secret in (token.access_token, token.refresh_token, token.id_token):
        text = "x" if secret is None else secret.reveal()
        assert text.isascii(), "a token was accepted that no header can carry"
        assert text.isprintable(), "a token was accepted that would end the header"
        assert text, "no token was accepted for one"
        assert " " not in text, "a token was accepted that is two words"
    assert math.isfinite(token.expires_at), "a token was accepted that never ends"
    assert NOW <= token.refresh_at <= token.expires_at <= NOW + 100_000, "a token lives too long, or too short"
    assert CANARY not in repr(token).replace(repr(token.scopes), ""), "a token is shown"
    kept = token_in(token_bytes(token))
    assert kept is not None, "what was written cannot be read"
    assert kept.access_token == token.access_token, "another token was read than was written"
    assert (kept.expires_at, kept.refresh_at, kept.scopes) == (token.expires_at, token.refresh_at, token.scopes), (
        "what was read is not what is written"
    )
    if token.refresh_token is not None:
        again = refresh_token_in(refresh_token_bytes(token.refresh_token))
        assert again == token.refresh_token, "another refresh token was read than was written"


def _assert_silent(document: Document, status: int, flow: str) -> None:
    answer = read_error(document, status=status, retry_after=1.0)
    error = token_error(answer, flow=flow, scopes=SCOPES)
    assert isinstance(error, TokenRequestFailed | ProviderUnavailable), "an error of another kind"
    shown = f"{error} {error!r} {answer!r}"
    assert CANARY not in shown, "an error tells what is in the answer"
    assert shown.isascii(), "an error has in it what the answer says"
    assert str(error).isprintable(), "an error can begin a line of its own in a log"
    assert len(shown) < 2_000, "an error is as long as the answer"
    if isinstance(error, InteractionRequired):
        is_grant_dead(error)
        assert error.claims is None or len(error.claims) <= 8_192, "an error asks for more than a header can carry"


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the answer"
