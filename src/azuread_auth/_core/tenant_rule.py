"""Asks the application whether a tenant is welcome, and remembers the answer for a while."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from azuread_auth._core.single_flight import SingleFlight
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import Event, Observer, Runtime

__all__ = ["TenantRule"]

_YES_SECONDS: Final = 300.0
_NO_SECONDS: Final = 30.0
_MAX_TENANTS: Final = 10_000
_RETRY_SECONDS: Final = 5.0

TenantPredicate = Callable[[str], bool | Awaitable[bool]]


class TenantRule:
    """The application's callable with its answers: yes is kept 5 minutes, no 30 seconds."""

    __slots__ = ("_answers", "_flight", "_is_welcome", "_observer", "_runtime")

    def __init__(self, is_welcome: TenantPredicate, *, runtime: Runtime, observer: Observer) -> None:
        self._is_welcome = is_welcome
        self._runtime = runtime
        self._observer = observer
        self._flight = SingleFlight(runtime)
        # Only replaced and read by single operations on a plain dict, so that threads need no lock.
        self._answers: dict[str, tuple[bool | None, float]] = {}
        """By tenant: yes, no or None where the callable failed, and until when that is kept."""

    def seconds_left(self, tenant_id: str) -> float:
        """How long a known yes still holds; 0 or less when the answer is no, or has to be asked for."""
        is_welcome, until = self._answers.get(tenant_id, (False, 0.0))
        return until - self._runtime.monotonic() if is_welcome else 0.0

    async def admits(self, tenant_id: str) -> bool:
        """Whether the tenant is welcome. Raises ProviderUnavailable when the callable fails: nobody can tell then."""
        is_welcome, until = self._answers.get(tenant_id, (None, float("-inf")))
        left = until - self._runtime.monotonic()
        if left <= 0:
            return await self._flight.run(tenant_id, lambda: self._ask(tenant_id))
        if is_welcome is None:
            message = "the tenants callable raised an error a moment ago; it is asked again soon"
            raise ProviderUnavailable(message, retry_after=left)
        return is_welcome

    async def _ask(self, tenant_id: str) -> bool:
        try:
            answer = self._is_welcome(tenant_id)
            is_welcome = _as_bool(await answer if inspect.isawaitable(answer) else answer)
        # It is the application's code: whatever goes wrong there must neither admit nor refuse the tenant.
        except Exception as error:
            name = type(error).__name__
            message = f"the tenants callable raised {name}, so nobody of a tenant can be admitted; mend the callable"
            self._observer.record(Event("tenants.failed", logging.ERROR, message, {"error": name}))
            self._keep(tenant_id, None, _RETRY_SECONDS)
            raise ProviderUnavailable(message, retry_after=_RETRY_SECONDS) from error
        self._keep(tenant_id, is_welcome, _YES_SECONDS if is_welcome else _NO_SECONDS)
        return is_welcome

    def _keep(self, tenant_id: str, is_welcome: bool | None, seconds: float) -> None:  # noqa: FBT001 - the answer
        if len(self._answers) >= _MAX_TENANTS:
            self._answers.clear()
        self._answers[tenant_id] = (is_welcome, self._runtime.monotonic() + seconds)


def _as_bool(answer: object) -> bool:
    """The answer itself. The text "no" and a row of a table are true to Python: nobody gets in by a slip like that."""
    if not isinstance(answer, bool):
        message = "expected True or False"
        raise TypeError(message)
    return answer
