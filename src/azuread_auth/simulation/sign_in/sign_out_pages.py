"""The pages on which users of a simulated tenant sign out."""

from collections.abc import Mapping
from html import escape
from typing import Final

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.sign_in.markup import button, form, origin_source, page, paragraphs
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["ANSWER", "confirm_page", "signed_out_page", "signing_out_page"]

ANSWER: Final = "simulated_sign_out"
_LONGEST_SECONDS: Final = 3
_GO_ON: Final = 'addEventListener("load",()=>location.replace(document.getElementById("next").href))'


def confirm_page(parameters: Mapping[str, str], user: SimulatedUser) -> HttpResponse:
    """The question, where nothing in the request shows that it comes from an application of the session."""
    buttons = button(ANSWER, "yes", "Sign out", is_main=True) + button(ANSWER, "no", "Stay signed in")
    text = paragraphs([f"{user.name} ({user.username}) is signed in."])
    return page("Sign out?", text + form("logout", parameters, buttons))


def signed_out_page(sentence: str = "You are signed out. This window can be closed.") -> HttpResponse:
    """The end, where there is no application to go back to."""
    return page("Sign-out", paragraphs([sentence]))


def signing_out_page(urls: tuple[str, ...], target: str | None) -> HttpResponse:
    """Calls the front-channel URLs in frames; once they have loaded, or after some seconds, goes on."""
    frames = "".join(f'<iframe src="{escape(url)}" title="Signing out of an application"></iframe>' for url in urls)
    sources = {origin_source(url) for url in urls}
    if target is None:
        return page(
            "Sign-out", f"{paragraphs(['You are signed out. This window can be closed.'])}{frames}", frames=sources
        )
    link = f'<p><a class="button" id="next" href="{escape(target)}">Continue</a></p>'
    # Without scripts the time alone decides.
    later = f'<meta http-equiv="refresh" content="{_LONGEST_SECONDS};url={escape(target)}">'
    content = paragraphs(["Signing out of every application."]) + link + frames
    return page("Signing out", content, script=_GO_ON, frames=sources, head=later)
