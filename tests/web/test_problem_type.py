"""What `render_problem` is given can be named by those who write one."""

from azuread_auth import asgi, wsgi
from azuread_auth.ports import HttpRequest, HttpResponse


def test_types_of_public_parameters_are_public() -> None:
    """The type of a refusal, and those of requests and answers, stand where the parameters do."""
    assert asgi.Problem is wsgi.Problem
    assert asgi.Problem(status=401, title="Unauthorized", detail="no").status == 401
    assert HttpRequest(url="https://example.com").method == "GET"
    assert HttpResponse(status=204).body == b""
