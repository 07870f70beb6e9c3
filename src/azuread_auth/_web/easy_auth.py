"""Who calls, by a token that App Service's own authentication passes on: judged by us, as if the caller had sent it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from azuread_auth._core.engine import Engine
from azuread_auth._protocol.easy_auth import EasyAuthToken, check_platform, token_header
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
            digest = sha256(token).digest()
            validator = self._validator
            checked = validator.recall_digest(digest) or await validator.validate(token, digest)
            principal = Principal(checked, token)
        token = None  # what reports errors may show the locals of every frame
        if not _is_own(request):
            raise CrossSiteRequest(can_be_trusted=False)
        return principal

    def renewal(self, request: WebRequest, error: AzureAdError) -> WebReply | None:
        """Send a page to get a new token in place of one that has expired: the platform's session outlives it.

        None for any other error: a token that is missing or bad would come again.
        """
        is_expired = isinstance(error, TokenRejected) and error.reason is RejectionReason.EXPIRED
        if not is_expired or not request.is_page or request.method != "GET":
            return None
        location = f"{_LOGIN}?{urlencode({'post_login_redirect_uri': safe_next(request.address) or '/'})}"
        return WebReply(303, (("location", location), *_NOTHING), b"")


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
