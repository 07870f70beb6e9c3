"""What an event or a count adds to which metric."""

import logging

import pytest

from azuread_auth.observability.measures import COUNTERS, Measure, Measures
from azuread_auth.ports import Event


def counted(name: str, **fields: str | int) -> set[tuple[str, ...]]:
    """What one event adds to, beside the count of events."""
    by_name, *measures = Measures().of_event(Event(name, logging.INFO, "happened", fields))
    assert by_name == Measure("azuread_auth.events", (("event", name),))
    return {(each.metric.removeprefix("azuread_auth."), *(value for _, value in each.attributes)) for each in measures}


@pytest.mark.parametrize(
    ("name", "fields", "measures"),
    [
        ("token.rejected", {"reason": "expired"}, {("validations", "expired")}),
        ("token.rejected", {}, {("validations", "other")}),
        ("keys.loaded", {}, {("key_refreshes", "loaded")}),
        ("keys.unavailable", {}, {("key_refreshes", "failed")}),
        ("store.unavailable", {}, {("store_failures", "unavailable")}),
        ("store.unreadable", {}, {("store_failures", "unreadable")}),
        pytest.param(
            "token.acquired",
            {"flow": "on_behalf_of", "source": "provider"},
            {("token_requests", "on_behalf_of", "ok"), ("token_cache", "on_behalf_of", "miss")},
            id="a token from the provider was not in the cache",
        ),
        pytest.param(
            "token.acquired",
            {"flow": "on_behalf_of", "source": "store"},
            {("token_cache", "on_behalf_of", "store")},
            id="a token from the store was not requested",
        ),
        pytest.param(
            "token.acquired",
            {"flow": "client_credentials", "source": "provider", "background": 1},
            {("token_requests", "client_credentials", "ok")},
            id="nobody waited for a token that is refreshed early",
        ),
        pytest.param(
            "token.acquired",
            {"flow": "device_code", "source": "provider"},
            {("token_requests", "device_code", "ok")},
            id="a user's sign-in is not looked up",
        ),
        pytest.param(
            "token.request_failed",
            {"flow": "on_behalf_of", "error": "invalid_grant"},
            {("token_requests", "on_behalf_of", "invalid_grant"), ("token_cache", "on_behalf_of", "miss")},
            id="a failed request was a miss",
        ),
        pytest.param(
            "token.request_failed",
            {"flow": "two words", "error": "whatever", "background": 1},
            {("token_requests", "other", "other")},
            id="unknown values are not repeated",
        ),
        ("token.refresh_failed", {"flow": "on_behalf_of", "error": "http_503"}, set()),
        ("request.refused", {"reason": "permission_denied", "path": "/secret"}, set()),
        ("credential.reloaded", {"path": "/secret"}, set()),
    ],
)
def test_event_is_counted(name, fields, measures):
    """Each event counts by its name, and some also by what they say."""
    assert counted(name, **fields) == measures


@pytest.mark.parametrize(
    ("kind", "result", "measure"),
    [
        ("validation", "accepted", Measure("azuread_auth.validations", (("outcome", "accepted"),))),
        ("validation", "two words", Measure("azuread_auth.validations", (("outcome", "other"),))),
        (
            "token_cache.on_behalf_of",
            "hit",
            Measure("azuread_auth.token_cache", (("flow", "on_behalf_of"), ("result", "hit"))),
        ),
        ("token_cache", "hit", Measure("azuread_auth.token_cache", (("result", "hit"),))),
        ("something.else", "hit", None),
    ],
)
def test_count_has_its_metric(kind, result, measure):
    """Counts join the metric of the events they are too frequent to be."""
    assert Measures().of_count(kind, result) == measure


def test_measures_are_of_described_metrics():
    """Whatever is counted belongs to a metric that exists."""
    names = {counter.name for counter in COUNTERS}
    assert len(names) == len(COUNTERS)
    events = [
        ("token.rejected", {}),
        ("keys.loaded", {}),
        ("store.unavailable", {}),
        ("token.acquired", {"source": "store"}),
        ("token.acquired", {"source": "provider"}),
    ]
    measures = [each for name, fields in events for each in Measures().of_event(Event(name, 0, "", fields))]
    assert {each.metric for each in measures} == names


def test_new_names_do_not_grow_without_end():
    """However many names of events and flows come, the metrics stay small."""
    measures = Measures()
    seen = {
        each
        for number in range(1000)
        for each in measures.of_event(Event(f"e{number}", 0, "", {}))
        + measures.of_event(Event("token.acquired", 0, "", {"flow": f"f{number}", "source": "store"}))
    }
    assert len(seen) <= 2 * 65 + 1
