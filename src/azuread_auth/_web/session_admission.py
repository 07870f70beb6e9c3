"""Judges sessions by the rules in force: who signed in gets no more by that than by a token of the same user."""

import logging
from typing import Final, Protocol

from azuread_auth._web.session_record import SessionRecord
from azuread_auth.ports import Event, Observer
from azuread_auth.rejection import RejectionReason

__all__ = ["SessionAdmission", "UserRules"]

_MOST_REPORTED: Final = 1000


class UserRules(Protocol):
    """Who is welcome now."""

    def welcome_seconds(self, tenant_id: str, *, is_guest: bool) -> float:
        """For how long the user is known to be welcome, without waiting; 0 or less where `refusal` has to be asked."""
        ...

    async def refusal(self, tenant_id: str, *, is_guest: bool) -> RejectionReason | None:
        """Why the user is not welcome; None for who is. Raises ProviderUnavailable where that cannot be said."""
        ...


class SessionAdmission:
    """Tells which sessions count. The operator learns of each that does not once: its browser may ask on and on."""

    def __init__(self, rules: UserRules, observer: Observer) -> None:
        self._rules = rules
        self._observer = observer
        # Only added to and cleared by single operations, so that threads need no lock.
        self._reported: set[tuple[bytes, RejectionReason]] = set()

    def welcome_seconds(self, record: SessionRecord) -> float:
        """For how long the session is known to count, without waiting; 0 or less where `admits` has to be asked."""
        return self._rules.welcome_seconds(record.tenant_id, is_guest=record.is_guest)

    async def admits(self, record: SessionRecord) -> bool:
        """Whether the session counts. Raises ProviderUnavailable where the application's own rule cannot say."""
        reason = await self._rules.refusal(record.tenant_id, is_guest=record.is_guest)
        if reason is not None:
            self._report(record, reason)
        return reason is None

    def _report(self, record: SessionRecord, reason: RejectionReason) -> None:
        key = record.session_id, reason
        if key in self._reported:
            return
        if len(self._reported) >= _MOST_REPORTED:
            self._reported.clear()
        self._reported.add(key)
        fields = {"reason": reason.value, "tenant_id": record.tenant_id, "object_id": record.object_id}
        message = f"a session counts as nobody's: {reason.value}; {reason.remedy}"
        self._observer.record(Event("session.refused", logging.WARNING, message, fields))
