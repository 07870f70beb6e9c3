"""When a managed identity's host is asked again.

Source: Microsoft, "How to use managed identities on a virtual machine to acquire an access token", on retries.
"""

from typing import Final

from azuread_auth._protocol.managed_identity_hosts import HostKind
from azuread_auth._protocol.retry import back_off_seconds

__all__ = ["PROBE_SECONDS", "wait_before_retry"]

PROBE_SECONDS: Final = 2.0
"""How long a host that may not be there is given for its first answer."""

_MOST_WAITED_FOR: Final = 30.0  # a host that asks for more is left to the next call
# An instance that is being set up or moved answers 410 for up to 70 seconds.
_GONE_SECONDS: Final = 10.0
_GONE_RETRIES: Final = 7
_IMDS_RETRIES: Final = 4  # after 2, 6, 14 and 30 seconds
_RETRIES: Final = 3
_PROBES: Final = 2
_STATUSES: Final = frozenset({404, 408, 429, 500, 503, 504})


def wait_before_retry(
    kind: HostKind,
    status: int | None,
    *,
    failures: int,
    has_answered: bool,
    retry_after: float,
    chance: float,
) -> float | None:
    """So many seconds until the host is asked again, None when it is not.

    `status` is None where there was no answer; `failures` counts those of this call, from 1; `has_answered`: whether
    the host ever did; `retry_after` is what it asked for, in seconds; `chance` is a random number from 0 to 1.
    """
    if retry_after > _MOST_WAITED_FOR:
        return None
    wait = (
        _imds_wait(status, failures, has_answered, chance) if kind.is_probed else _wait(kind, status, failures, chance)
    )
    return None if wait is None else max(wait, retry_after)


def _imds_wait(status: int | None, failures: int, has_answered: bool, chance: float) -> float | None:  # noqa: FBT001
    if status == 410:
        return _GONE_SECONDS if failures <= _GONE_RETRIES else None
    if status is None and not has_answered:
        return 1 + chance / 4 if failures < _PROBES else None
    is_passing = status is None or status in {404, 408, 429} or status >= 500
    if not is_passing or failures > _IMDS_RETRIES:
        return None
    return back_off_seconds(failures, at_least=2.0, at_most=16.0, chance=chance)


def _wait(kind: HostKind, status: int | None, failures: int, chance: float) -> float | None:
    is_passing = status is None or status in _STATUSES
    if status == 404 and not kind.retries_missing:
        is_passing = False
    return 1 + chance / 4 if is_passing and failures <= _RETRIES else None
