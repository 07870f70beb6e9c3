"""What the sign-in routes of one application share."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from azuread_auth._core.engine import Engine
from azuread_auth._web.login_replies import LoginReplies
from azuread_auth._web.next_path import safe_next
from azuread_auth._web.origins import BaseUrls
from azuread_auth._web.pending_logins import PendingLogins
from azuread_auth._web.sessions import Sessions
from azuread_auth._web.sign_in_count import SignInCount
from azuread_auth.web_login import WebLogin

__all__ = ["LoginContext", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """The address under which the browser reached the application, as configured; no header but Host chose it."""

    base_url: str

    @property
    def prefix(self) -> str:
        """The path before the application's own, without a slash at the end."""
        return urlsplit(self.base_url).path.rstrip("/")

    def path(self, path: str) -> str:
        """A path of the application as the browser sees it."""
        return f"{self.prefix}{path}"

    def next_path(self, value: str | None) -> str | None:
        """Where to after a sign-in: the value if it is a path of this application and of none beside it, else None."""
        address = safe_next(value)
        if address is None:
            return None
        path = re.split("[?]", address, maxsplit=1)[0]
        return address if f"{path}/".startswith(f"{self.prefix}/") else None

    def url(self, path: str) -> str:
        """The whole address of a path of the application."""
        return f"{self.base_url.rstrip('/')}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginContext:
    """Settings and parts."""

    web_login: WebLogin
    engine: Engine
    bases: BaseUrls
    sessions: Sessions
    pending: PendingLogins
    replies: LoginReplies
    count: SignInCount

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.engine.runtime.now()
