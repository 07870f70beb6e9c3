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

    def as_json(self) -> bytes:
        """The document, as `application/problem+json`."""
        members = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return json.dumps(members).encode()
