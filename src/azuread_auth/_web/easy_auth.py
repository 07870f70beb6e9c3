"""Who calls, by a token that App Service's own authentication passes on: judged by us, as if the caller had sent it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from azuread_auth._core.engine import Engine
from azuread_auth._protocol.digest import digest_of
from azuread_auth._protocol.easy_auth import EasyAuthToken, check_platform, token_header
from azuread_auth._web.cookies import CookieNames, app_digest, cookie_values, set_cookie
from azuread_auth._web.next_path import safe_next
from azuread_auth._web.origins import is_same_site_request
from azuread_auth._web.refusals import CrossSiteRequest
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import AzureAdError, TokenRejected
from azuread_auth.principal import Principal
from azuread_auth.rejection import RejectionReason

__all__ = ["EasyAuth"]

_LOGIN: Final = "/.auth/login/aad"
_PURPOSE: Final = "renewal"
_WINDOW_SECONDS: Final = 60
_MOST: Final = 5
_COUNTS: Final = frozenset(map(str, range(1, _MOST + 1)))
_NOTHING: Final = (("content-type", "text/plain"), ("content-length", "0"), ("cache-control", "no-store"))


class EasyAuth:
    """Reads one header, and believes nothing in it that is not signed for this application.

    `X-MS-CLIENT-PRINCIPAL` and its like are not signed, and never looked at.
    """

    def __init__(self, token: EasyAuthToken, engine: Engine) -> None:
        self.header: str = token_header(token)
        """The one that is read, in lower case."""
        self._token: EasyAuthToken = token
        self._validator = engine.validator
        self._id_tokens = engine.id_tokens()
        self._cookie = CookieNames(app_digest(engine.settings.client_id, ()), is_secure=True).name(_PURPOSE)

    @classmethod
    def on_this_platform(cls, token: EasyAuthToken, engine: Engine) -> "EasyAuth":
        """Raises ConfigurationError unless this is App Service with its authentication on, for this application."""
        token_header(token)
        check_platform(engine.environ, client_id=engine.settings.client_id)
        return cls(token, engine)

    def for_engine(self, engine: Engine) -> "EasyAuth":
        """The same over another engine, on the platform that was looked at."""
        return EasyAuth(self._token, engine)

    async def caller(self, request: WebRequest) -> Principal | None:
        """The caller; None where the platform passes no token on.

        Raises TokenRejected for a token that is not good, ProviderUnavailable, and CrossSiteRequest where another
        site's page sends, with the platform's cookie, what only this application's may.
        """
        token = _only(request.platform_token)
        if token is None:
            return None
        if self._token == "id_token":  # noqa: S105 - a kind of token
            principal = await self._id_tokens.caller(token)
        else:
            digest = digest_of(token)
            validator = self._validator
            checked = validator.recall_digest(digest) or await validator.validate(token, digest)
            principal = Principal(checked, token, digest=digest)
        token = None  # what reports errors may show the locals of every frame
        if not _is_own(request):
            raise CrossSiteRequest(can_be_trusted=False)
        return principal

    def renewal(self, request: WebRequest, error: AzureAdError) -> WebReply | None:
        """Send a page to get a new token in place of one that has expired: the platform's session outlives it.

        None for any other error: a token that is missing or bad would come again. None also after some times within a
        minute: where the platform passes on what it has kept, or clocks differ, that would be a circle.
        """
        is_expired = isinstance(error, TokenRejected) and error.reason is RejectionReason.EXPIRED
        if not is_expired or not request.is_page or request.method != "GET":
            return None
        count = self._renewals(request)
        if count >= _MOST:
            return None
        location = f"{_LOGIN}?{urlencode({'post_login_redirect_uri': safe_next(request.whole_address) or '/'})}"
        # Nobody gains by another number than this: it is all that the cookie says, so it is not sealed.
        cookie = set_cookie(self._cookie, str(count + 1), max_age=_WINDOW_SECONDS, same_site="Lax", is_secure=True)
        return WebReply(303, (("location", location), ("set-cookie", cookie), *_NOTHING), b"")

    def _renewals(self, request: WebRequest) -> int:
        """How often this browser was sent just now."""
        values = cookie_values(request.cookies, self._cookie)
        return max((int(value) for value in values if value in _COUNTS), default=0)


def _only(values: Sequence[bytes]) -> bytes | None:
    """The value of the header, which the platform sends once."""
    if len(values) > 1:
        raise TokenRejected(RejectionReason.MALFORMED)
    return values[0] or None if values else None


def _is_own(request: WebRequest) -> bool:
    """Whether it may have been sent with the cookie that the platform knows the browser by.

    No address is configured, so it is the browser's own word that counts, else that Origin is the Host asked for.
    """
    host = request.host[0].decode("latin-1") if len(request.host) == 1 else ""
    return is_same_site_request(
        request.method,
        origin=None if request.fetch_site is not None else request.origin,
        sec_fetch_site=request.fetch_site,
        own_origins={f"https://{host}"},
        is_websocket=request.is_websocket,
    )
