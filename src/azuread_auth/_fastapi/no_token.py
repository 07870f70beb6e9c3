"""How a dependency says that there is no token for the next API: as an answer, not as an error of the application."""

from typing import Final

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from azuread_auth._fastapi.answer import can_be_answered, detail_of, headers_of, is_answered_by_fastapi, reply_to
from azuread_auth._web.replies import WebReply
from azuread_auth.errors import AssertionRefused, AzureAdError, InteractionRequired, ProviderUnavailable, Throttled

__all__ = ["ANSWERABLE", "TokenUnavailable", "no_token"]

ANSWERABLE: Final = (InteractionRequired, AssertionRefused, Throttled, ProviderUnavailable)
"""What the caller may be told. Other errors are the operator's to mend, and escape as they are."""


class TokenUnavailable(AzureAdError, HTTPException):
    """A dependency has no token for the next API: 401 or 403 where the caller can mend it, 503 where waiting can.

    It also is the error that says why, with all its attributes: InteractionRequired, AssertionRefused, Throttled or
    ProviderUnavailable. `status_code`, `detail`, `headers` and `body` are as in AccessRefused.
    """

    def __init__(self, cause: AzureAdError, reply: WebReply, *, is_problem: bool) -> None:
        vars(self).update(vars(cause))
        # Not super(): the errors would hand their message to HTTPException as the status.
        HTTPException.__init__(self, reply.status, detail_of(reply), headers_of(reply, is_problem=is_problem))
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


class _InteractionRequired(TokenUnavailable, InteractionRequired): ...


class _AssertionRefused(TokenUnavailable, AssertionRefused): ...


class _Throttled(TokenUnavailable, Throttled): ...


class _ProviderUnavailable(TokenUnavailable, ProviderUnavailable): ...


_KINDS: Final = (_InteractionRequired, _AssertionRefused, _Throttled, _ProviderUnavailable)


def no_token(cause: AzureAdError, connection: HTTPConnection) -> AzureAdError:
    """The exception to raise for one of ANSWERABLE; where no answer can be given, the cause, for the middleware."""
    if not can_be_answered(connection):
        return cause
    kind = next(kind for kind, base in zip(_KINDS, ANSWERABLE, strict=True) if isinstance(cause, base))
    reply = reply_to(cause, connection)
    return kind(cause, reply, is_problem=is_answered_by_fastapi(connection, reply.status, kind))
