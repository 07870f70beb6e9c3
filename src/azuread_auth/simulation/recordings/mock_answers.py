"""Answers of a replay, as they would come over the wire."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from azuread_auth._protocol.http import Document, HttpResponse
from azuread_auth.ports import Runtime
from azuread_auth.simulation.recordings.labels import SIMULATED_HOST, fake_guid
from azuread_auth.simulation.recordings.mock_tokens import mock_token
from azuread_auth.simulation.recordings.recorded_exchange import (
    RecordedAnswer,
    RecordedChallenge,
    RecordedDevice,
    RecordedError,
)
from azuread_auth.simulation.recordings.token_form import AskedToken

__all__ = ["mock_document", "mock_response"]

_HEADERS: Final = {"cache-control": "no-store", "content-type": "application/json; charset=utf-8", "pragma": "no-cache"}
_DEVICE_SECONDS: Final = 900
_DEFAULT_SECONDS: Final = 3599


def mock_response(answer: RecordedAnswer, asked: AskedToken, *, runtime: Runtime) -> HttpResponse:
    """The answer of a token or device code endpoint; its status is a number."""
    status = answer.status if isinstance(answer.status, int) else 503
    headers = dict(_HEADERS)
    if answer.error is not None:
        if answer.error.retry_after is not None:
            headers["retry-after"] = str(answer.error.retry_after)
        document = _error_document(answer.error, asked, runtime)
    elif answer.device is not None:
        document = _device_document(answer.device, runtime)
    else:
        document = mock_document(answer, asked, runtime=runtime)
    return HttpResponse(status=status, headers=headers, body=json.dumps(document).encode())


def mock_document(answer: RecordedAnswer, asked: AskedToken, *, runtime: Runtime) -> Document:
    """The members of an answer with a token; there is none in it where there was none.

    Never with a refresh token: one that a real sign-in has brought stays what it is.
    """
    document = Document(token_type="Bearer")  # noqa: S106 - the scheme's name
    if answer.token is not None:
        document["access_token"] = mock_token(answer.token, asked, lifetime=answer.expires_in, runtime=runtime)
    document["expires_in"] = _DEFAULT_SECONDS if answer.expires_in is None else answer.expires_in
    if answer.refresh_in is not None:
        document["refresh_in"] = answer.refresh_in
    if answer.scopes is not None:
        granted = [scope for scope, name in asked.names.items() if name in answer.scopes]
        document["scope"] = " ".join(granted)
    return document


def _device_document(device: RecordedDevice, runtime: Runtime) -> Document:
    user_code, page = f"SIMULATED-{runtime.random_bytes(3).hex().upper()}", f"https://{SIMULATED_HOST}/device"
    return Document(
        device_code=f"simulated-{runtime.random_bytes(32).hex()}",
        user_code=user_code,
        verification_uri=page,
        expires_in=_DEVICE_SECONDS if device.expires_in is None else device.expires_in,
        interval=0,  # nobody is waited for
        message=f"This sign-in is simulated: nothing is at {page}, and the code {user_code} is of no use.",
    )


def _error_document(error: RecordedError, asked: AskedToken, runtime: Runtime) -> Document:
    if error.error is None:
        return Document()
    trace_id = str(uuid.UUID(bytes=runtime.random_bytes(16), version=4))
    code = f"AADSTS{error.codes[0]}: " if error.codes else ""
    document = Document(
        error=error.error,
        error_description=f"{code}Replayed from a recording. Trace ID: {trace_id}",
        error_codes=list(error.codes),
        timestamp=datetime.fromtimestamp(runtime.now(), UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        trace_id=trace_id,
        correlation_id=asked.correlation_id or trace_id,
    )
    if error.suberror is not None:
        document["suberror"] = error.suberror
    if error.challenge is not None:
        document["claims"] = json.dumps(_challenge(error.challenge, now=runtime.now()))
    return document


def _challenge(challenge: RecordedChallenge, *, now: float) -> Mapping[str, object]:
    return {section: {name: _wish(wish, now=now) for name, wish in part.items()} for section, part in challenge.items()}


def _wish(wish: Mapping[str, bool | str | tuple[str, ...]], *, now: float) -> Mapping[str, object]:
    def told(value: bool | str | tuple[str, ...]) -> object:  # noqa: FBT001 - one of the forms that a value has
        if isinstance(value, tuple):
            return [told(item) for item in value]
        if value == "time":
            return str(int(now))
        return fake_guid(value) if isinstance(value, str) and value.startswith("policy-") else value

    return {name: told(value) for name, value in wish.items()}
