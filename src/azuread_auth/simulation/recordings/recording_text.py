"""A recording as JSON: in order and indented, so that changes are small and can be read."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from azuread_auth.simulation.recordings.recorded_exchange import (
    RecordedAnswer,
    RecordedDevice,
    RecordedError,
    RecordedToken,
    RequestKey,
)

__all__ = ["FORMAT", "recording_bytes"]

FORMAT: Final = 1


def recording_bytes(exchanges: Mapping[RequestKey, Sequence[RecordedAnswer]]) -> bytes:
    """The content of the file."""
    listed = [
        {"request": _request(key), "answers": [_answer(answer) for answer in exchanges[key]]}
        for key in sorted(exchanges)
    ]
    document = {"format": FORMAT, "exchanges": listed}
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode()


def _request(key: RequestKey) -> dict[str, object]:
    return _present(
        flow=key.flow,
        scopes=list(key.scopes),
        tenant=key.tenant,
        client=key.client,
        user=key.user or None,
        claims=list(key.claims) or None,
    )


def _answer(answer: RecordedAnswer) -> dict[str, object]:
    return _present(
        status=answer.status,
        token=None if answer.token is None else _token(answer.token),
        device=None if answer.device is None else _device(answer.device),
        error=None if answer.error is None else _error(answer.error),
        expires_in=answer.expires_in,
        refresh_in=answer.refresh_in,
        scopes=None if answer.scopes is None else list(answer.scopes),
    )


def _token(token: RecordedToken) -> dict[str, object]:
    if not token.is_jwt:
        return {"is_jwt": False}
    return _present(claims=dict(token.claims), kept=dict(token.kept), lifetime=token.lifetime)


def _device(device: RecordedDevice) -> dict[str, object]:
    return _present(expires_in=device.expires_in, interval=device.interval)


def _error(error: RecordedError) -> dict[str, object]:
    return _present(
        error=error.error,
        suberror=error.suberror,
        codes=list(error.codes) or None,
        challenge=error.challenge,
        retry_after=error.retry_after,
    )


def _present(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
