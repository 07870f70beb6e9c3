"""The routes that end sessions: logout, the page after it, and the provider's front-channel call."""

import inspect
import logging
from typing import Final
from urllib.parse import urlencode

from azuread_auth._protocol.authorization import single_parameters
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.origins import is_same_site_request, origin_of
from azuread_auth._web.pages.frame import FORM_PAGE_HEADERS
from azuread_auth._web.pages.signed_out import confirm_logout_page, signed_out_page
from azuread_auth._web.replies import WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import LoginFailed, ProviderUnavailable, StoreUnavailable
from azuread_auth.ports import Event
from azuread_auth.principal import Principal

__all__ = ["Logout"]

_FROM_HERE: Final = frozenset({"same-origin", "none"})
_MAX_ID: Final = 512


class Logout:
    """Ends the session of this browser, and at the provider, or those that the provider names."""

    def __init__(self, context: LoginContext) -> None:
        self._context = context

    async def reply(self, request: WebRequest, place: Place) -> WebReply:
        """Sign out: by POST from a page of ours, or by GET that a person began here; others are asked first."""
        context = self._context
        if request.method not in ("GET", "POST"):
            return context.replies.not_allowed("GET", "POST")
        if request.purpose is not None or not self._is_meant(request, place):
            page = confirm_logout_page(
                place.path(context.web_login.logout_path), stay_path=place.path(context.web_login.after_login)
            )
            return context.replies.page(page, FORM_PAGE_HEADERS)
        principal, cookies = await context.sessions.end(request.cookies, now=context.now())
        if principal is not None:
            fields = {"tenant_id": principal.tenant_id, "object_id": principal.object_id}
            context.engine.observer.record(Event("logout.completed", logging.INFO, "a user signed out", fields))
            await self._forget(principal)
        # Without a session too: after an hour away it is over here, and the provider's is not.
        redirect = context.replies.redirect(await self._at_provider(principal, place), cookies)
        return context.replies.emptying_memory(redirect)

    def signed_out(self, request: WebRequest, place: Place) -> WebReply:
        """The page that says so, or the application's own."""
        context = self._context
        if request.method not in ("GET", "HEAD"):
            return context.replies.not_allowed("GET", "HEAD")
        if context.web_login.after_logout is not None:
            reply = context.replies.redirect(self._after(place))
        else:
            reply = context.replies.page(signed_out_page(place.path(context.web_login.login_path)))
        # Not for a picture or a frame that any site may have of this address. The page with the button is in memory
        # since the browser went to the provider, and not before: the logout route's own answer is too early for it.
        return context.replies.emptying_memory(reply) if request.is_top_level else reply

    async def front_channel(self, request: WebRequest) -> WebReply:
        """End the sessions that the provider names, whether there are any or not: always the same page.

        Only where there were some is the browser told to forget pages: anybody may frame this.
        """
        context = self._context
        if request.method != "GET":
            return context.replies.not_allowed("GET")
        try:
            asked = single_parameters(request.query)
        except LoginFailed:
            return context.replies.framed()
        issuer, sid = asked.get("iss", ""), asked.get("sid", "")
        if 0 < len(issuer) <= _MAX_ID and 0 < len(sid) <= _MAX_ID:
            try:
                if await context.sessions.end_by_sid(issuer, sid):
                    return context.replies.emptying_memory(context.replies.framed())
            except StoreUnavailable as error:
                message = f"sessions could not be ended for the provider: {error}"
                context.engine.observer.record(Event("logout.failed", logging.WARNING, message, {"error": error.code}))
        return context.replies.framed()

    def _is_meant(self, request: WebRequest, place: Place) -> bool:
        if request.method == "GET":
            # A picture on a page of ours, whose address somebody else wrote, is no navigation.
            return request.fetch_site in _FROM_HERE and request.fetch_mode in (None, "navigate")
        return is_same_site_request(
            request.method,
            origin=request.origin,
            sec_fetch_site=request.fetch_site,
            own_origins={origin_of(place.base_url)},
            trusted_origins=self._context.web_login.trusted_origins,
        )

    async def _forget(self, principal: Principal) -> None:
        context = self._context
        await context.engine.tokens.forget_user(principal)
        on_logout = context.web_login.on_logout
        if on_logout is None:
            return
        try:
            answer = on_logout(principal)
            if inspect.isawaitable(answer):
                await answer
        # Whatever goes wrong in it must not keep anybody signed in.
        except Exception as error:  # noqa: BLE001
            name = type(error).__name__
            message = f"on_logout failed with {name}; the user is signed out all the same"
            context.engine.observer.record(Event("logout.failed", logging.ERROR, message, {"error": name}))

    async def _at_provider(self, principal: Principal | None, place: Place) -> str:
        """Where the provider's own session is ended; here alone where it has no such place or cannot be asked."""
        context = self._context
        try:
            endpoint = (await context.engine.tokens.metadata()).end_session_endpoint
        except ProviderUnavailable:
            endpoint = None
        if endpoint is None:
            return self._after(place)
        hint = principal.claims.get("login_hint") if principal is not None else None
        parameters = {
            "post_logout_redirect_uri": place.url(context.web_login.signed_out_path),
            "client_id": context.engine.settings.client_id,
            **({"logout_hint": hint} if isinstance(hint, str) else {}),
        }
        separator = "&" if "?" in endpoint else "?"  # B2C names its policy there
        return f"{endpoint}{separator}{urlencode(parameters)}"

    def _after(self, place: Place) -> str:
        after = self._context.web_login.after_logout
        if after is None:
            return place.path(self._context.web_login.signed_out_path)
        return place.path(after) if after.startswith("/") else after
