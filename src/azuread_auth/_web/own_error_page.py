"""The application's own page for errors of sign-in, which may have errors too."""

import logging
from collections.abc import Callable

from azuread_auth.ports import Event, Observer
from azuread_auth.web_login import LoginProblem

__all__ = ["OwnErrorPage"]


class OwnErrorPage:
    """Asks the application for its page. Where it makes none, the person gets ours and the operator is told."""

    def __init__(self, error_page: Callable[[LoginProblem], str], observer: Observer) -> None:
        self._error_page = error_page
        self._observer = observer

    def __call__(self, problem: LoginProblem) -> str | None:
        """The page; None where it could not be made."""
        try:
            page: object = self._error_page(problem)
            if isinstance(page, str):
                page.encode()
                return page
            what = f"gave a {type(page).__name__} and no text"
        except Exception as error:  # noqa: BLE001 - the application's own slip, in the place where errors end
            what = f"failed with {type(error).__name__}"
        message = f"error_page {what}; the package's own page was shown for: {problem.title}"
        self._observer.record(Event("login.error_page_failed", logging.ERROR, message, {"status": problem.status}))
        return None
