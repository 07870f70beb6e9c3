"""Bytes in place of a device code answer are one that a terminal can show, or ProviderUnavailable."""

from urllib.parse import urlsplit

from azuread_auth._protocol.device_code import read_device_authorization
from azuread_auth._protocol.http import HttpResponse, json_document
from azuread_auth.errors import ProviderUnavailable

CANARY = "Zq7~Canary"  # what the seeds have for a secret


def one_input(data: bytes) -> None:
    try:
        document = json_document(HttpResponse(status=200, body=data), what="the device code answer")
        found = read_device_authorization(document)
    except ProviderUnavailable as error:
        _assert_quiet(error)
        return
    for text in (found.user_code, found.verification_uri, found.message):
        assert text, "an answer was accepted that lacks something"
        assert text.isprintable(), "a terminal is told more than it should show"
        assert len(text) <= 3_000, "a terminal is told more than it can show"
    assert urlsplit(found.verification_uri).scheme in {"https", "http"}, "the user is sent to what is no web page"
    assert urlsplit(found.verification_uri).hostname, "the user is sent nowhere"
    assert 0 <= found.expires_in <= 3_600, "the user has too much time"
    assert 0 <= found.interval <= 60, "the answer is waited for too long"
    assert CANARY not in repr(found).replace(repr(found.verification_uri), ""), "the code is shown"


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the answer"
