"""Failures that a simulated tenant was told to have: of one kind of request, or of some of them only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.request_details import RequestDetails

__all__ = ["Failure", "Failures", "failure_response"]


@dataclass(slots=True, kw_only=True)
class Failure:
    """What is answered, to which requests, and how often yet."""

    answer: Callable[[HttpRequest], HttpResponse]
    times_left: int | None = None
    user_id: str | None = None
    grant_type: str | None = None
    matches: Callable[[RequestDetails], bool] | None = None

    @property
    def aim(self) -> tuple[object, ...]:
        """To which requests it is answered; all None: to each."""
        return (self.user_id, self.grant_type, self.matches)

    def meets(self, details: RequestDetails) -> bool:
        """Whether a request is one of those."""
        return (
            self.user_id in (None, details.user)
            and self.grant_type in (None, details.grant_type)
            and (self.matches is None or self.matches(details))
        )


class Failures:
    """The failures of each kind of request; its owner guards it with a lock."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[Failure]] = {}

    def add(self, kind: str, failure: Failure) -> None:
        """Fail so, in place of what was to be answered to the same requests before."""
        others = [each for each in self._by_kind.get(kind, []) if each.aim != failure.aim]
        # What is aimed at some comes before what is for all.
        self._by_kind[kind] = sorted([failure, *others], key=lambda each: not any(each.aim))

    def next_for(self, kind: str, details: RequestDetails) -> Failure | None:
        """The failure that the request runs into, counted."""
        failures = self._by_kind.get(kind, [])
        failure = next((each for each in failures if each.meets(details)), None)
        if failure is not None and failure.times_left is not None:
            failure.times_left -= 1
            if failure.times_left <= 0:
                failures.remove(failure)
        return failure


def failure_response(
    *,
    status: int,
    retry_after: float | str | None,
    body: str | bytes | Mapping[str, object] | None,
    headers: Mapping[str, str] | None,
) -> HttpResponse:
    """The answer of an endpoint that fails. A mapping as body becomes JSON; `headers` have the last word."""
    all_headers = {"content-type": "application/json" if isinstance(body, Mapping) else "text/html"}
    if retry_after is not None:
        all_headers["retry-after"] = str(retry_after)
    all_headers |= {name.lower(): value for name, value in (headers or {}).items()}
    if isinstance(body, Mapping):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body or b""
    return HttpResponse(status=status, headers=all_headers, body=data)
