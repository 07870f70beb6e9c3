"""What a managed identity's host answers, and what that means."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn

from azuread_auth._protocol.http import Document, HttpResponse, json_object
from azuread_auth._protocol.managed_identity import Host, Selector
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth._protocol.token_response import ReceivedToken, received_token, seconds_in
from azuread_auth.errors import CredentialUnavailable, ProviderUnavailable, Throttled, TokenRequestFailed

__all__ = ["challenged_key_file", "expiry_in", "issued_token", "raise_for"]

_DATE: Final = re.compile(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})"
    r"(?: (?P<half>AM|PM))? \+00:00",
    re.ASCII,
)
_ERROR: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_AADSTS: Final = re.compile(r"AADSTS(\d{5,8})\b", re.ASCII)
# How each host says so: nothing but their texts tells it from other bad requests.
_NO_IDENTITY: Final = re.compile(rb"identity not found|managed identity found|ManagedIdentityNotFound", re.IGNORECASE)
_KEPT: Final = ("access_token", "token_type")
_MOST_READ: Final = 10_000
_LONG_LIFE_SECONDS: Final = 7200.0
_KEY_FILE: Final = re.compile(r'\s*basic\s+realm=(?:"([^"]+)"|([^",]+))\s*', re.IGNORECASE)


def issued_token(
    host: Host, selector: Selector, response: HttpResponse, *, scopes: tuple[str, ...], received_at: float
) -> ReceivedToken:
    """The token in a 200 answer that came at `received_at`, in seconds since the epoch.

    Raises CredentialUnavailable for an answer that no such host gives, ProviderUnavailable for one without a usable
    token.
    """
    # The answer is named nowhere here: what a frame holds is shown by some reports of errors.
    return received_token(
        _members(_document(host, selector, response, received_at), received_at),
        requested_scopes=scopes,
        received_at=received_at,
    )


def _document(host: Host, selector: Selector, response: HttpResponse, now: float) -> Mapping[str, object]:
    name = host.kind.name
    try:
        document = json_object(response, what=name, now=now)
    except ProviderUnavailable:
        message = f"no managed identity here: what answers in place of {name} is something else; expected JSON"
        raise CredentialUnavailable(message) from None  # what was read, and not understood, is in the cause
    if host.kind.challenges:
        _check_echo(document, selector, name)
    return document


def _members(document: Mapping[str, object], received_at: float) -> Document:
    members = Document({each: document[each] for each in _KEPT if each in document})
    life = _life(document, received_at)
    if life is not None:
        members["expires_in"] = life
        if life >= _LONG_LIFE_SECONDS:
            members["refresh_in"] = life / 2  # the host itself keeps a token that long before it asks for a new one
    return members


def _check_echo(document: Mapping[str, object], selector: Selector, name: str) -> None:
    """An agent that does not know user-assigned identities gives the token of its own."""
    if selector.chosen is None:
        return
    member, value = selector.chosen
    echo = document.get("msi_res_id" if member == "resource_id" else member)
    if not isinstance(echo, str) or echo.lower() != value.lower():
        message = f"{name} gave a token and does not say that it is of the identity that {member} names; update it"
        raise CredentialUnavailable(message)


def _life(document: Mapping[str, object], received_at: float) -> float | None:
    """The shorter one where there are two: a host's own cache may give `expires_in` as it was at the time of issue."""
    until = expiry_in(document.get("expires_on"))
    lives = [seconds_in(document.get("expires_in")), None if until is None else max(until - received_at, 0.0)]
    return min((life for life in lives if life is not None), default=None)


def expiry_in(value: object) -> float | None:
    """Seconds since the epoch, as a number, as its text, or as a date in one of two forms; None for anything else."""
    seconds = seconds_in(value)
    if seconds is not None or not isinstance(value, str):
        return seconds
    match = _DATE.fullmatch(value.strip())
    if match is None:
        return None
    hour = int(match["hour"])
    if match["half"] is not None:
        hour = hour % 12 + (12 if match["half"] == "PM" else 0)
    day = (int(match["year"]), int(match["month"]), int(match["day"]))
    try:
        return datetime(*day, hour, int(match["minute"]), int(match["second"]), tzinfo=UTC).timestamp()
    except ValueError:  # the thirtieth of February
        return None


def challenged_key_file(host: Host, response: HttpResponse, *, now: float) -> str:
    """The name of the file whose content the agent of Azure Arc wants to see; not to be opened before it is checked.

    Raises as `raise_for` does for an answer that is no challenge, CredentialUnavailable for one without a name.
    """
    if response.status != 401:
        if response.status == 200:
            message = f"{host.kind.name} gave a token unasked for proof; expected a challenge, so it is not believed"
            raise CredentialUnavailable(message)
        raise_for(host, Selector(), response, now=now)
    match = _KEY_FILE.fullmatch(response.headers.get("www-authenticate", ""))
    if match is None:
        message = f"{host.kind.name} asks for proof without naming a file to read; update it"
        raise CredentialUnavailable(message)
    return (match[1] or match[2]).strip()


def raise_for(host: Host, selector: Selector, response: HttpResponse, *, now: float) -> NoReturn:
    """Raise what an answer other than 200 means: see `AppTokenSource`. Nothing of its text gets into the error."""
    name, status = host.kind.name, response.status
    # The text is named nowhere here: what a frame holds is shown by some reports of errors.
    if _NO_IDENTITY.search(response.body, 0, _MOST_READ):
        message = f"{name} knows no such managed identity ({selector}); {_remedy(selector)}"
        raise CredentialUnavailable(message)
    if status == 403 and response.body.find(b"unreachable", 0, _MOST_READ) >= 0:
        message = f"no managed identity here: {name} is unreachable, as something in between says"
        raise CredentialUnavailable(message)
    retry_after = retry_after_seconds(response.headers, now=now)
    error, aadsts = _reason(response.body[:_MOST_READ], status)
    if status == 429:
        message = f"{name} has had too many requests"
        raise Throttled(message, error=error, aadsts=aadsts, retry_after=retry_after)
    if status in {404, 408, 410} or status >= 500:
        message = f"{name} answered {status}, time and again; if it stays so, check that the API of the scope exists"
        raise ProviderUnavailable(message, retry_after=retry_after)
    message = f"{name} answered {status} and gives no token; check the scope and the identity's permissions"
    raise TokenRequestFailed(message, error=error, aadsts=aadsts)


def _remedy(selector: Selector) -> str:
    if selector.chosen is None:
        return "turn on the system-assigned identity, or name a user-assigned one"
    return "assign the user-assigned identity to this resource, or correct what names it"


def _reason(body: bytes, status: int) -> tuple[str, int | None]:
    """The error's code where the answer has one, and Entra's number."""
    try:
        error = parse_object(body).get("error")
    except (ValueError, RecursionError):
        error = None
    if isinstance(error, dict):
        error = error.get("code")
    number = _AADSTS.search(body.decode(errors="replace"))
    is_code = isinstance(error, str) and _ERROR.fullmatch(error) is not None
    return (str(error) if is_code else f"http_{status}"), (int(number[1]) if number else None)
