"""Where a browser is sent at the end of a sign-in, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urlsplit

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.refusals import NO_STORE
from azuread_auth.simulation.sign_in.pages import form_post_page

__all__ = ["Callback", "ResponseMode", "redirect", "with_query"]

ResponseMode = Literal["query", "form_post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The end of a sign-in, good or bad."""

    redirect_uri: str
    response_mode: ResponseMode
    parameters: Mapping[str, str] = field(repr=False)

    def response(self) -> HttpResponse:
        """The answer that takes the browser there."""
        if self.response_mode == "form_post":
            return form_post_page(self.redirect_uri, self.parameters)
        return redirect(self.redirect_uri, self.parameters)


def redirect(uri: str, parameters: Mapping[str, str]) -> HttpResponse:
    """The answer that takes a browser elsewhere; the query that the address has stays."""
    headers = {**NO_STORE, "referrer-policy": "no-referrer", "location": with_query(uri, parameters)}
    return HttpResponse(status=302, headers=headers)


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """The address with parameters behind those that it has."""
    parts = urlsplit(uri)
    return parts._replace(query="&".join(filter(None, (parts.query, urlencode(parameters))))).geturl()
