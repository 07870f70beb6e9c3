"""What Microsoft Graph answers is a list of groups, with more of them at the same place, or ProviderUnavailable.

The first byte chooses the status.
"""

import re
from urllib.parse import urlsplit

from azuread_auth._protocol.graph import MemberGroupsQuestion, group_page
from azuread_auth._protocol.http import HttpResponse
from azuread_auth.errors import ProviderUnavailable

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
QUESTION = MemberGroupsQuestion(origin="https://graph.microsoft.com", path="me", is_user=True)
STATUSES = (200, 400, 403, 404, 429, 503)
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def one_input(data: bytes) -> None:
    status = STATUSES[data[0] % len(STATUSES)] if data else 200
    try:
        page = group_page(HttpResponse(status=status, body=data[1:]), QUESTION, now=NOW)
    except ProviderUnavailable as error:
        _assert_quiet(error)
        return
    assert status == 200, "an error was taken for an answer"
    assert all(GUID.fullmatch(group) for group in page.groups), "what is no group was taken for one"
    if page.next_url is not None:
        parts = urlsplit(page.next_url)
        assert (parts.scheme, parts.netloc) == ("https", "graph.microsoft.com"), "the answer leads elsewhere"
        assert parts.path.startswith("/v1.0/"), "the answer leads to another API"
        assert page.next_url.isascii(), "an address has two readings"
        assert page.next_url.isprintable(), "an address has two readings"
        assert not {"\\", " ", "#"} & set(page.next_url), "an address has two readings"


def _assert_quiet(error: Exception) -> None:
    shown = f"{error} {error!r}"
    assert CANARY not in shown, "an error tells what is in the answer"
    assert shown.isascii(), "an error has in it what the answer says"
    assert str(error).isprintable(), "an error can begin a line of its own in a log"
