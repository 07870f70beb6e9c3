"""What reports of errors find of an answer."""

from traceback import TracebackException

import pytest

from azuread_auth._protocol.http import HttpResponse, json_document, json_object
from azuread_auth.errors import ProviderUnavailable


def test_T112_headers_of_an_answer_do_not_show() -> None:
    """The place that a redirect names may hold a code or a token."""
    response = HttpResponse(status=307, headers={"location": "https://a.example/?code=canary"})
    assert "canary" not in repr(response)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b'["canary"]', 200, id="a list"),
        pytest.param(b'"canary"', 200, id="a text"),
        pytest.param(b'{"access_token": "canary', 200, id="cut short"),
        pytest.param(b'{"access_token": "canary"}', 500, id="another status"),
    ],
)
def test_T112_no_local_of_the_frames_has_the_body(body: bytes, status: int) -> None:
    """A report with the locals of all frames shows nothing of what the provider answered."""
    response = HttpResponse(status=status, headers={"location": "canary"}, body=body)
    with pytest.raises(ProviderUnavailable) as refused:
        json_object(response, what="token endpoint", now=0.0)
    error = refused.value
    # The first frame is this test's, which has the body as parameter.
    assert error.__traceback__ is not None
    report = TracebackException(type(error), error, error.__traceback__.tb_next, capture_locals=True)
    assert "canary" not in "".join(report.format())


def test_an_object_among_others_is_no_object() -> None:
    """A list of objects is none."""
    with pytest.raises(ProviderUnavailable, match="is not a JSON object"):
        json_document(HttpResponse(status=200, body=b'[{"a": 1}]'), what="token endpoint")
