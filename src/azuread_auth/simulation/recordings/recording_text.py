"""A recording as JSON: in order and indented, so that changes are small and can be read."""

import json
from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Final

from azuread_auth.simulation.recordings.recorded_exchange import (
    RecordedAnswer,
    RecordedDevice,
    RecordedError,
    RecordedToken,
    RequestKey,
)

__all__ = ["FORMAT", "RecordingText", "recording_bytes"]

FORMAT: Final = 1
_NEXT_EXCHANGE: Final = ",\n    "
_NEXT_ANSWER: Final = ",\n        "


class RecordingText:
    """The content of a file to which answers are added; each is put into words once."""

    def __init__(self) -> None:
        self._answers: dict[RequestKey, list[str]] = {}
        self._requests: list[tuple[RequestKey, str]] = []

    def add(self, key: RequestKey, answer: RecordedAnswer) -> None:
        """Add an answer to those of its request."""
        if key not in self._answers:
            self._answers[key] = []
            insort(self._requests, (key, _text(_request(key), 6)))
        self._answers[key].append(_text(_answer(answer), 8))

    def content(self) -> bytes:
        """The whole file."""
        exchanges = (self._exchange(key, request) for key, request in self._requests)
        listed = f"[\n    {_NEXT_EXCHANGE.join(exchanges)}\n  ]" if self._requests else "[]"
        return f'{{\n  "exchanges": {listed},\n  "format": {FORMAT}\n}}\n'.encode()

    def _exchange(self, key: RequestKey, request: str) -> str:
        answers = _NEXT_ANSWER.join(self._answers[key])
        return f'{{\n      "answers": [\n        {answers}\n      ],\n      "request": {request}\n    }}'


def recording_bytes(exchanges: Mapping[RequestKey, Sequence[RecordedAnswer]]) -> bytes:
    """The content of the file with all of these."""
    text = RecordingText()
    for key, answers in exchanges.items():
        for answer in answers:
            text.add(key, answer)
    return text.content()


def _text(members: Mapping[str, object], indent: int) -> str:
    """As JSON that begins in this column."""
    text = json.dumps(members, indent=2, sort_keys=True, ensure_ascii=True)
    return text.replace("\n", "\n" + " " * indent)


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
