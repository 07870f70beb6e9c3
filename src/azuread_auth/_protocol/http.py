"""HTTP as values: what is to be sent and what came back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth.errors import ProviderUnavailable

__all__ = ["Document", "HttpRequest", "HttpResponse", "json_document", "json_object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. The exchange ends within `timeout_seconds`; a body over `max_response_bytes` is an error."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Some are secret, as those of managed identities."""
    body: bytes = field(default=b"", repr=False)
    timeout_seconds: float = 10.0
    max_response_bytes: int = 1_048_576
    is_direct: bool = False
    """Never through a proxy, whatever the environment says: for hosts that answer this machine alone."""
    pinned_certificate_sha1: str | None = None
    """The hexadecimal SHA-1 of the one certificate that may answer, in place of the certificate authorities'; it is
    looked at before anything is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """One answer; header names are lower case. Redirects are answers like any other, never followed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Some are secret, as the place that a redirect names."""
    body: bytes = field(default=b"", repr=False)


class Document(dict[str, object]):
    """A JSON object that came from outside. There may be secrets in it: what shows it shows its size."""

    def __repr__(self) -> str:
        return f"<Document of {len(self)} members>"


def json_object(response: HttpResponse, *, what: str, now: float) -> Document:
    """The body of a 200 answer as a JSON object; `what` names the document in errors.

    Raises ProviderUnavailable for any other status, for a body that is not JSON and for JSON that is not an object.
    """
    if response.status != 200:
        message = f"{what}: the provider answered {response.status}, expected 200"
        raise ProviderUnavailable(message, retry_after=retry_after_seconds(response.headers, now=now))
    return json_document(response, what=what)


def json_document(response: HttpResponse, *, what: str) -> Document:
    """The body of an answer as a JSON object, whatever its status. Raises ProviderUnavailable where it is none."""
    found = _parsed(response.body)
    if isinstance(found, str):
        message = f"{what}: the answer {found}"
        raise ProviderUnavailable(message)
    return found


def _parsed(body: bytes) -> Document | str:
    """The object, or what is wrong with the body: whoever raises has nothing of it in his frame."""
    try:
        document: object = json.loads(body.decode(), object_hook=Document)
    # RecursionError: a document nested too deeply; ValueError: not UTF-8, not JSON, or a number of too many digits.
    except (ValueError, RecursionError):
        # That error and its frames hold the whole body, which may have tokens in it: it ends here.
        return "is not JSON; a captive portal or proxy may have answered in the provider's place"
    return document if isinstance(document, Document) else "is not a JSON object"
