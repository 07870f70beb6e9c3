"""What a managed identity's host answers is a token for the identity that was asked for, or one of four errors.

The first byte chooses the host, the second the status, the third whether an identity was chosen; then come the
challenge and the body, with a line feed between.
"""

import math

from azuread_auth._protocol.http import HttpResponse
from azuread_auth._protocol.managed_identity import Host, Selector
from azuread_auth._protocol.managed_identity_answer import challenged_key_file, expiry_in, issued_token, raise_for
from azuread_auth._protocol.managed_identity_hosts import APP_SERVICE, ARC, CLOUD_SHELL, IMDS, SERVICE_FABRIC
from azuread_auth.errors import CredentialUnavailable, ProviderUnavailable, TokenRequestFailed

CANARY = "Zq7~Canary"  # what the seeds have for a secret
NOW = 1_800_000_000.0
HOSTS = [
    Host(kind=kind, endpoint="http://localhost/token") for kind in (IMDS, APP_SERVICE, ARC, SERVICE_FABRIC, CLOUD_SHELL)
]
STATUSES = (200, 400, 401, 403, 404, 429, 500)
SELECTORS = (Selector(), Selector(client_id="6e74172b-be56-4843-9ff4-e66a39bb12e3"))
ERRORS = (CredentialUnavailable, ProviderUnavailable, TokenRequestFailed)


def one_input(data: bytes) -> None:
    choice = data[:3].ljust(3, b"\0")
    host, status, selector = (
        each[number % len(each)] for each, number in zip((HOSTS, STATUSES, SELECTORS), choice, strict=True)
    )
    challenge, _, body = data[3:].partition(b"\n")
    response = HttpResponse(status=status, headers={"www-authenticate": challenge.decode("latin-1")}, body=body)
    _judge_expiry(challenge.decode("latin-1"))
    if host.kind.challenges:
        _judge_challenge(host, response)
    try:
        if status != 200:
            raise_for(host, selector, response, now=NOW)
        token = issued_token(host, selector, response, scopes=("https://vault.azure.net",), received_at=NOW)
    except ERRORS as error:
        _assert_silent(error)
        return
    assert token.access_token.reveal().isascii(), "a token was accepted that no header can carry"
    assert NOW <= token.refresh_at <= token.expires_at <= NOW + 100_000, "a token lives too long, or too short"
    assert token.refresh_token is None, "a host gave what it does not have"
    assert CANARY not in repr(token), "a token is shown"


def _judge_challenge(host: Host, response: HttpResponse) -> None:
    try:
        file = challenged_key_file(host, response, now=NOW)
    except ERRORS as error:
        _assert_silent(error)
        return
    assert response.status == 401, "what is no challenge was taken for one"
    assert file in response.headers["www-authenticate"], "a file came from nowhere"


def _judge_expiry(text: str) -> None:
    expiry = expiry_in(text)
    assert expiry is None or (math.isfinite(expiry) and expiry > -1e11), "a date is none"


def _assert_silent(error: Exception) -> None:
    shown = f"{error} {error!r}"
    assert CANARY not in shown, "an error tells what is in the answer"
    assert shown.isascii(), "an error has in it what the answer says"
    assert str(error).isprintable(), "an error can begin a line of its own in a log"
