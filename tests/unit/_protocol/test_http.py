"""Answers of a provider, read as JSON objects or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.http import Document, HttpRequest, HttpResponse, json_document, json_object
from azuread_auth.errors import ProviderUnavailable

PAGE = b"<!doctype html><title>Sign in to the Wi-Fi</title>"


def _read(body: bytes, status: int = 200, **headers: str) -> dict[str, object]:
    response = HttpResponse(status=status, headers=headers, body=body)
    return json_object(response, what="key set", now=0.0)


def test_an_object_is_read():
    """A 200 with a JSON object is what it says."""
    assert _read(b'{"keys": []}') == {"keys": []}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        pytest.param(200, PAGE, "not JSON; a captive portal", id="T62 R04 HTML"),
        pytest.param(200, b"", "not JSON", id="R04 empty"),
        pytest.param(200, b'{"keys": [', "not JSON", id="R04 cut short"),
        pytest.param(200, b"\xff\xfe{\x00}\x00", "not JSON", id="R04 UTF-16"),
        pytest.param(200, b"[" * 500_000, "not JSON", id="R04 nested without end"),
        pytest.param(200, b'{"a":' + b"9" * 5000 + b"}", "not JSON", id="R04 5000 digits"),
        pytest.param(200, b"[]", "not a JSON object", id="R04 a list"),
        pytest.param(200, b"null", "not a JSON object", id="R04 null"),
        pytest.param(204, b"{}", "answered 204, expected 200", id="R04 no content"),
        pytest.param(302, b"{}", "answered 302, expected 200", id="T115 a redirect"),
        pytest.param(307, b"{}", "answered 307, expected 200", id="T115 another redirect"),
        pytest.param(404, b"{}", "answered 404, expected 200", id="R04 not found"),
        pytest.param(503, b"{}", "answered 503, expected 200", id="R05 unavailable"),
    ],
)
def test_anything_else_is_an_outage(status, body, told):
    """R04, T62, T115: what is no JSON object is none, and none of it is shown."""
    with pytest.raises(ProviderUnavailable, match=told) as refused:
        _read(body, status)
    assert str(refused.value).startswith("key set: the answer is not" if status == 200 else "key set: the provider")
    assert "Wi-Fi" not in str(refused.value)
    assert refused.value.retry_after == 0


def test_R05_the_wait_that_is_asked_for_is_told():
    """A 429 says when to come back."""
    with pytest.raises(ProviderUnavailable) as refused:
        _read(b"", 429, **{"retry-after": "17"})
    assert refused.value.retry_after == 17
    with pytest.raises(ProviderUnavailable) as refused:
        _read(b"", 429, **{"retry-after": "Thu, 01 Jan 1970 00:00:19 GMT"})
    assert refused.value.retry_after == 19


def test_T112_bodies_do_not_show():
    """The representation of a request or answer holds no body."""
    assert "secret" not in repr(HttpRequest(url="https://a", body=b"secret"))
    assert "secret" not in repr(HttpResponse(status=200, body=b"secret"))


@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_a_document_is_read_whatever_its_status(status):
    """Errors of the token endpoint are documents as well."""
    response = HttpResponse(status=status, body=b'{"error": "invalid_grant"}')
    assert json_document(response, what="token endpoint") == {"error": "invalid_grant"}


def test_T112_a_document_shows_its_size_alone():
    """What reports errors shows the values of names; a document's are not shown, also not those within it."""
    document = _read(b'{"access_token": "canary", "more": {"refresh_token": "canary"}, "list": [{"a": "canary"}]}')
    assert isinstance(document, Document)
    for shown in (document, document["more"], document["list"], [document], {"document": document}):
        for text in (repr(shown), str(shown), f"{shown}"):
            assert "canary" not in text
    assert repr(document) == "<Document of 3 members>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"access_token": "canary', id="cut short"),
        pytest.param(b'{"access_token": "canary\xff"}', id="no text"),
        pytest.param(b'"canary"', id="no object"),
    ],
)
def test_T112_an_error_keeps_nothing_of_the_body(body):
    """The JSON parser's own error has the whole document in it, and its frames too: it goes no further."""
    with pytest.raises(ProviderUnavailable) as refused:
        json_document(HttpResponse(status=200, body=body), what="token endpoint")
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None


@given(st.binary())
def test_arbitrary_bodies_raise_nothing_but_unavailability(body):
    """R04: whatever comes back."""
    try:
        document = _read(body)
    except ProviderUnavailable:
        return
    assert document == json.loads(body)
