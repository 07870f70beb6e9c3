"""The pages before and after a sign-out."""

from azuread_auth._web.pages.frame import button, link, page, paragraph

__all__ = ["confirm_logout_page", "signed_out_page"]

_ASK = "Another page has sent you here. You stay signed in unless you choose to sign out."
_DONE = "You are signed out of this application. On a computer that others use, close all windows of the browser too."


def confirm_logout_page(logout_path: str, *, stay_path: str | None = None) -> str:
    """Asks who was sent here by another site; it needs FORM_PAGE_HEADERS."""
    return page("Sign out?", paragraph(_ASK), button(logout_path, "Sign out"), link(stay_path, "Stay signed in"))


def signed_out_page(login_path: str | None = None) -> str:
    """That it is done, and the way back."""
    return page("Signed out", paragraph(_DONE), link(login_path, "Sign in again"))
