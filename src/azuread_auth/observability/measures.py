"""What an event, or a count, adds to which metric."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azuread_auth.observability.labels import BoundedLabels, rejection_label, token_error_label
from azuread_auth.ports import Event

__all__ = ["COUNTERS", "CounterDescription", "Measure", "Measures"]


@dataclass(frozen=True, slots=True)
class CounterDescription:
    """A metric that only grows."""

    name: str
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One place to count in: a metric, and the attributes by which it is told apart."""

    metric: str
    attributes: tuple[tuple[str, str], ...]


_VALIDATIONS: Final = "azuread_auth.validations"
_KEY_REFRESHES: Final = "azuread_auth.key_refreshes"
_TOKEN_REQUESTS: Final = "azuread_auth.token_requests"  # noqa: S105 - the name of a metric
_TOKEN_CACHE: Final = "azuread_auth.token_cache"  # noqa: S105 - the name of a metric
_STORE_FAILURES: Final = "azuread_auth.store_failures"
_EVENTS: Final = "azuread_auth.events"

COUNTERS: Final = (
    CounterDescription(_VALIDATIONS, "{validation}", "Incoming tokens that were judged, by outcome."),
    CounterDescription(_KEY_REFRESHES, "{refresh}", "Attempts to fetch the provider's signing keys, by outcome."),
    CounterDescription(_TOKEN_REQUESTS, "{request}", "Requests for tokens, by flow and outcome."),
    CounterDescription(_TOKEN_CACHE, "{lookup}", "Where outbound tokens came from, by flow."),
    CounterDescription(_STORE_FAILURES, "{failure}", "Stores that did not answer, and entries that were unreadable."),
    CounterDescription(_EVENTS, "{event}", "Everything that is logged, by the event's name."),
)

# A user's sign-in is not looked up in a cache first.
_UNCACHED_FLOWS: Final = frozenset({"authorization_code", "device_code"})
_CACHE_PREFIX: Final = "token_cache."


class Measures:
    """Turns events and counts into measures, of which there can only be so many."""

    def __init__(self) -> None:
        self._flows = BoundedLabels()
        self._names = BoundedLabels()
        self._results = BoundedLabels()
        self._of: dict[str, Callable[[Event], list[Measure]]] = {
            "token.rejected": lambda event: [_validation(rejection_label(event.fields.get("reason")))],
            "keys.loaded": lambda _: [_key_refresh("loaded")],
            "keys.unavailable": lambda _: [_key_refresh("failed")],
            "store.unavailable": lambda _: [_store_failure("unavailable")],
            "store.unreadable": lambda _: [_store_failure("unreadable")],
            "token.acquired": self._acquired,
            "token.request_failed": self._failed,
        }

    def of_event(self, event: Event) -> list[Measure]:
        """Each of these grows by one."""
        by_name = Measure(_EVENTS, (("event", self._names.of(event.name)),))
        special = self._of.get(event.name)
        return [by_name] if special is None else [by_name, *special(event)]

    def of_count(self, kind: str, result: str) -> Measure | None:
        """Where a total belongs; None when nobody asks for it."""
        if kind == "validation":
            return _validation(self._results.of(result))
        if kind == "token_cache":
            return Measure(_TOKEN_CACHE, (("result", self._results.of(result)),))
        if kind.startswith(_CACHE_PREFIX):
            return self._lookup(kind.removeprefix(_CACHE_PREFIX), self._results.of(result))
        return None

    def _acquired(self, event: Event) -> list[Measure]:
        flow = event.fields.get("flow")
        if event.fields.get("source") == "store":
            return [] if event.fields.get("background") else [self._lookup(flow, "store")]
        return [self._request(flow, "ok"), *self._misses(event)]

    def _failed(self, event: Event) -> list[Measure]:
        outcome = token_error_label(event.fields.get("error"))
        return [self._request(event.fields.get("flow"), outcome), *self._misses(event)]

    def _misses(self, event: Event) -> list[Measure]:
        flow = event.fields.get("flow")
        is_lookup = not event.fields.get("background") and flow not in _UNCACHED_FLOWS
        return [self._lookup(flow, "miss")] if is_lookup else []

    def _request(self, flow: object, outcome: str) -> Measure:
        return Measure(_TOKEN_REQUESTS, (("flow", self._flows.of(flow)), ("outcome", outcome)))

    def _lookup(self, flow: object, result: str) -> Measure:
        return Measure(_TOKEN_CACHE, (("flow", self._flows.of(flow)), ("result", result)))


def _validation(outcome: str) -> Measure:
    return Measure(_VALIDATIONS, (("outcome", outcome),))


def _key_refresh(outcome: str) -> Measure:
    return Measure(_KEY_REFRESHES, (("outcome", outcome),))


def _store_failure(kind: str) -> Measure:
    return Measure(_STORE_FAILURES, (("kind", kind),))
