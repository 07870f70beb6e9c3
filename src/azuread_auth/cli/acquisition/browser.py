"""Puts the sign-in page before somebody's eyes."""

import threading

from azuread_auth.cli.acquisition.callback import REGISTERED_URI
from azuread_auth.cli.surroundings import Surroundings

__all__ = ["show"]


def show(url: str, surroundings: Surroundings, *, opens_browser: bool) -> None:
    """Open the page where there is a desktop, else print its address."""
    note = f"the app registration needs the redirect URI {REGISTERED_URI} for this"
    if not opens_browser or not surroundings.has_desktop:
        surroundings.warn(f"{_by_hand(url)}\n\n({note})")
        return
    surroundings.warn(f"sign in with the browser window that opens; {note}. Ctrl-C gives up")

    def open_page() -> None:
        if not surroundings.open_browser(url):
            surroundings.warn(f"no browser could be opened; {_by_hand(url)}")

    # Some browsers return only when they are closed.
    threading.Thread(target=open_page, daemon=True).start()


def _by_hand(url: str) -> str:
    return f"open this address in a browser of this machine to sign in, Ctrl-C gives up:\n\n  {url}"
