"""A refusal as a problem document (RFC 9457)."""

import json
from dataclasses import dataclass

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a refused caller may know. `render_problem` of the middleware turns it into the house style."""

    status: int
    title: str
    detail: str
    sign_in_url: str | None = None
    """Where a browser can sign in for it; None where that is no help."""
    other_account_url: str | None = None
    """Where a person whose account lacks something can sign in with another; for pages, and in no document."""

    def as_json(self) -> bytes:
        """The document, as `application/problem+json`."""
        members = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        if self.sign_in_url is not None:
            members["sign_in_url"] = self.sign_in_url
        return json.dumps(members).encode()
