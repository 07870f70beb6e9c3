"""Answers of a provider, read as JSON objects or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.http import HttpRequest, HttpResponse, json_object
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
    assert str(refused.value).startswith("key set: ")
    assert "Wi-Fi" not in str(refused.value)
    assert refused.value.retry_after == 0


def test_R05_the_wait_that_is_asked_for_is_told():
    """A 429 says when to come back."""
    with pytest.raises(ProviderUnavailable) as refused:
        _read(b"", 429, **{"retry-after": "17"})
    assert refused.value.retry_after == 17


def test_T112_bodies_do_not_show():
    """The representation of a request or answer holds no body."""
    assert "secret" not in repr(HttpRequest(url="https://a", body=b"secret"))
    assert "secret" not in repr(HttpResponse(status=200, body=b"secret"))


@given(st.binary())
def test_arbitrary_bodies_raise_nothing_but_unavailability(body):
    """R04: whatever comes back."""
    try:
        document = _read(body)
    except ProviderUnavailable:
        return
    assert document == json.loads(body)
