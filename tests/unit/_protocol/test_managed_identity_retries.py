"""When a managed identity's host is asked again."""

import pytest

from azuread_auth._protocol.managed_identity_hosts import APP_SERVICE, ARC, IMDS, SERVICE_FABRIC, HostKind
from azuread_auth._protocol.managed_identity_retries import wait_before_retry


def waits(
    kind: HostKind, status: int | None, *, has_answered: bool = True, retry_after: float = 0.0, chance: float = 0.0
) -> list[float]:
    """All waits until the host is given up, when it always does the same."""
    found: list[float] = []
    while len(found) < 20:
        wait = wait_before_retry(
            kind,
            status,
            failures=len(found) + 1,
            has_answered=has_answered,
            retry_after=retry_after,
            chance=chance,
        )
        if wait is None:
            break
        found.append(wait)
    return found


@pytest.mark.parametrize("status", [404, 408, 429, 500, 502, 503, 504, 599, None])
def test_metadata_service_is_asked_for_half_a_minute(status: int | None) -> None:
    """After about 2, 6, 14 and 30 seconds, when it is overloaded, being updated or silent."""
    assert waits(IMDS, status) == [2, 4, 8, 16]


def test_metadata_service_that_is_gone_is_asked_for_70_seconds() -> None:
    """410 says that the machine is being moved."""
    assert waits(IMDS, 410) == [10] * 7


def test_host_that_never_answered_is_asked_twice() -> None:
    """There may be none: nobody waits for half a minute on a developer's machine."""
    assert waits(IMDS, None, has_answered=False) == [1]


@pytest.mark.parametrize("kind", [APP_SERVICE, ARC, SERVICE_FABRIC])
@pytest.mark.parametrize("status", [408, 429, 500, 503, 504, None])
def test_other_hosts_are_asked_three_times_more(kind: HostKind, status: int | None) -> None:
    """A second apart."""
    assert waits(kind, status) == [1, 1, 1]


def test_missing_is_final_on_service_fabric_alone() -> None:
    """There it says that the identity is not known; elsewhere that the host is being updated."""
    assert waits(SERVICE_FABRIC, 404) == []
    assert waits(APP_SERVICE, 404) == [1, 1, 1]


@pytest.mark.parametrize("kind", [IMDS, APP_SERVICE, SERVICE_FABRIC])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 405])
def test_an_answer_is_an_answer(kind: HostKind, status: int) -> None:
    """Good ones and refusals are not asked for again."""
    assert waits(kind, status) == []


def test_host_is_left_alone_as_long_as_it_asks() -> None:
    """Never shorter than our own wait; too long a wait is the next call's."""
    assert waits(APP_SERVICE, 429, retry_after=9) == [9, 9, 9]
    assert waits(IMDS, 429, retry_after=3) == [3, 4, 8, 16]
    assert waits(APP_SERVICE, 429, retry_after=30) == [30, 30, 30]
    assert waits(IMDS, 429, retry_after=31) == []
    assert waits(APP_SERVICE, 503, retry_after=31) == []


def test_waits_are_spread() -> None:
    """So that many machines do not ask at the same time."""
    assert waits(APP_SERVICE, 500, chance=1.0) == [1.25] * 3
    assert waits(IMDS, 500, chance=0.5) == [2.25, 4.5, 9, 18]
    assert waits(IMDS, None, has_answered=False, chance=1.0) == [1.25]
