"""The form that the provider lets the browser send (OAuth 2.0 Form Post Response Mode)."""

from typing import Final

__all__ = ["FORM_TOO_LARGE", "MAX_FORM_BYTES"]

MAX_FORM_BYTES: Final = 65_536
FORM_TOO_LARGE: Final = "the answer to the sign-in is too large; start the sign-in again"
