"""Which of Django's sessions came of one sign-in at the provider, and which are one user's.

The lists are kept where the sessions are, as sessions of their own that nobody can be signed in by: so every process
that shares the sessions shares the lists, whatever the engine. Their keys are not to be guessed. A list can miss a
session: where two sign-ins change it at one time, where the application gives the session another key, or keeps it for
longer than the list. So there is also a note of when the sessions of a list were ended: what began before is over.
"""

import json
import math
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.utils.crypto import salted_hmac

from azuread_auth.principal import Account

__all__ = ["SessionIndex", "are_sessions_stored", "session_named"]

_SALT: Final = "azuread_auth.django.session_index"
_SESSIONS: Final = "azuread_sessions"
_KEY_CHARACTERS: Final = 40  # as many as Django's table holds
_MOST: Final = 100
_ATTEMPTS: Final = 3
_ENDED: Final = "azuread_ended_at"
_LIST_SECONDS: Final = 90 * 86_400
_NOTE_SECONDS: Final = 400 * 86_400  # browsers keep no cookie for longer


def are_sessions_stored() -> bool:
    """Whether sessions are kept by the application, and not in the cookie."""
    return not settings.SESSION_ENGINE.endswith("signed_cookies")


def session_named(key: str | None) -> Any:  # noqa: ANN401 - the engine's own class
    """The session of that key, which is read when something of it is asked for."""
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


class SessionIndex:
    """Lists of session keys, oldest first."""

    def of_sign_in(self, issuer: str, sid: str) -> str:
        """The key of the list of one sign-in at the provider (its `iss` and `sid`)."""
        return _key("sid", issuer, sid)

    def of_user(self, account: Account) -> str:
        """The key of the list of one user's sessions."""
        return _key("user", account.tenant_id.lower(), account.object_id.lower())

    def add(self, index: str, session: str) -> None:
        """Note a session. The oldest ends where these are too many: what no list names, nobody could end."""
        present = [each for each in self.listed(index) if each != session]
        for each in present[: -_MOST + 1]:
            session_named(None).delete(each)
        self._write(index, [*present[-_MOST + 1 :], session])

    def remove(self, index: str, session: str) -> None:
        """Forget a session."""
        present = self.listed(index)
        if session in present:
            self._write(index, [each for each in present if each != session])

    def end_sign_in(self, issuer: str, sid: str, now: float) -> bool:
        """End all sessions of one sign-in. Whether there were any.

        Anybody may say that a sign-in is over, so that is noted only of one that there is a list of.
        """
        index = self.of_sign_in(issuer, sid)
        if not self.listed(index):
            return False
        self._end(index, now)
        return True

    def end_user(self, account: Account, now: float) -> None:
        """End all sessions of a user."""
        self._end(self.of_user(account), now)

    def _end(self, index: str, now: float) -> None:
        self._keep(_key("ended", index), _ENDED, now, _NOTE_SECONDS)  # first: what begins meanwhile is over too
        for each in self.listed(index):
            session_named(None).delete(each)
        session_named(None).delete(index)

    def ended_at(self, index: str) -> float:
        """When the sessions of a list were last ended; before all times if they never were."""
        found: object = session_named(_key("ended", index)).get(_ENDED)
        return found if isinstance(found, int | float) else -math.inf

    def listed(self, index: str) -> list[str]:
        """The sessions, also those that have ended by themselves."""
        found: object = session_named(index).get(_SESSIONS)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def _write(self, index: str, sessions: list[str]) -> None:
        self._keep(index, _SESSIONS, sessions, max(_LIST_SECONDS, settings.SESSION_COOKIE_AGE))

    def _keep(self, key: str, name: str, value: object, seconds: int) -> None:
        for _ in range(_ATTEMPTS):
            store = session_named(key)
            store[name] = value  # reads first: a key that is not there is taken from the store then
            store.set_expiry(seconds)
            is_new = store.session_key is None
            if is_new:
                store._session_key = key  # noqa: SLF001 - else the engine makes a key of its own
            try:
                store.save(must_create=is_new)
            except (CreateError, UpdateError):  # another process was quicker
                continue
            return


def _key(*parts: str) -> str:
    # As JSON: whatever is in the parts, others make another text.
    return salted_hmac(_SALT, json.dumps(parts), algorithm="sha256").hexdigest()[:_KEY_CHARACTERS]
