"""Events and counts, added up."""

import gc
import os
import sys
import threading

import pytest

from azuread_auth.observability.tally import Tally
from azuread_auth.ports import Event

LOADED = (("outcome", "loaded"),)
ACCEPTED = (("outcome", "accepted"),)
EXPIRED = (("outcome", "expired"),)


class Source:
    """A client's counts."""

    def __init__(self, **counts: int) -> None:
        self.by_outcome = counts

    def counts(self) -> dict[tuple[str, str], int]:
        return {("validation", outcome): count for outcome, count in self.by_outcome.items()}


def loaded() -> Event:
    """Keys were fetched."""
    return Event("keys.loaded", 20, "loaded", {})


def expired() -> Event:
    """A token was refused."""
    return Event("token.rejected", 30, "rejected", {"reason": "expired"})


def test_events_add_up():
    """Each metric has its own total, by attributes."""
    tally = Tally()
    for event in (loaded(), loaded(), expired()):
        tally.add(event)
    assert tally.totals("azuread_auth.key_refreshes") == {LOADED: 2}
    assert tally.totals("azuread_auth.validations") == {EXPIRED: 1}
    assert tally.totals("azuread_auth.store_failures") == {}


def test_counts_of_all_sources_join_the_events():
    """Several clients report as one, and each reading is current."""
    tally = Tally()
    first, second = Source(accepted=5), Source(accepted=7)
    tally.watch(first)
    tally.watch(second)
    tally.add(expired())
    assert tally.totals("azuread_auth.validations") == {EXPIRED: 1, ACCEPTED: 12}
    first.by_outcome["accepted"] = 6
    assert tally.totals("azuread_auth.validations") == {EXPIRED: 1, ACCEPTED: 13}


def test_counts_that_nobody_asks_for_are_left_out():
    """A source may count more than there are metrics for."""

    class Talkative:
        def counts(self):
            return {("weather", "sunny"): 3}

    source = Talkative()
    tally = Tally()
    tally.watch(source)
    assert tally.totals("azuread_auth.validations") == {}


def test_a_client_thrown_away_is_let_go_and_stays_counted():
    """A metric that only grows does not fall, and the tally keeps no client alive."""
    tally = Tally()
    tally.watch(Source(accepted=1))  # gone before anybody read it
    source = Source(accepted=5)
    tally.watch(source)
    assert tally.totals("azuread_auth.validations") == {ACCEPTED: 5}
    del source
    gc.collect()
    assert [tally.totals("azuread_auth.validations") for _ in range(3)] == [{ACCEPTED: 5}] * 3
    assert tally._sources == []


def test_threads_lose_no_event():
    """Events that threads report at the same time are all counted."""
    tally = Tally()
    begin = threading.Event()

    def add() -> None:
        begin.wait()
        for _ in range(500):
            tally.add(loaded())

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    interval = sys.getswitchinterval()
    # Not before all have begun: that coverage sees them is set up in several steps, which a switch would break.
    sys.setswitchinterval(1e-6)
    try:
        begin.set()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert tally.totals("azuread_auth.key_refreshes") == {LOADED: 4000}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # 3.12: other tests' threads may still end
def test_R14_a_forked_process_counts_anew_and_does_not_wait():
    """A lock held at the fork does not stay locked in the child, and the parent's events are not counted twice."""
    tally = Tally()
    tally.add(loaded())
    with tally._counted().lock:
        child = os.fork()
        if child == 0:
            tally.add(loaded())
            os._exit(0 if tally.totals("azuread_auth.key_refreshes") == {LOADED: 1} else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
