"""How a dependency refuses a caller: as an exception that both FastAPI and the middleware understand."""

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from azuread_auth._fastapi.answer import can_be_answered, detail_of, headers_of, is_answered_by_fastapi, reply_to
from azuread_auth._web.replies import WebReply
from azuread_auth.errors import AzureAdError, ClaimsChallenge, PermissionDenied
from azuread_auth.requirements import Requirement

__all__ = ["AccessRefused", "StepUpRequired", "refusal", "step_up"]


class AccessRefused(PermissionDenied, HTTPException):
    """A dependency refuses the caller: 401 for an anonymous one, 403 for one who does not meet `requirement`.

    With `login=`, an anonymous person who asks for a page gets 303 to where people sign in; `body` is empty then.
    `status_code`, `detail` and `headers` are what exception handlers expect of an HTTPException; the headers hold the
    challenge, whatever the case they are asked for in. `body` is the problem document (RFC 9457) of the middleware, for
    a handler that wants to answer as it does.
    """

    def __init__(self, cause: AzureAdError, requirement: Requirement, reply: WebReply, *, is_problem: bool) -> None:
        # Not super(): PermissionDenied would hand its message to HTTPException as the status.
        HTTPException.__init__(self, reply.status, detail_of(reply), headers_of(reply, is_problem=is_problem))
        self.requirement = requirement
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


class StepUpRequired(ClaimsChallenge, HTTPException):
    """A dependency asks the caller to sign in again with `claims`: 401 where the client can, else 403.

    `status_code`, `detail`, `headers` and `body` are as in AccessRefused.
    """

    def __init__(self, cause: ClaimsChallenge, reply: WebReply, *, is_problem: bool) -> None:
        HTTPException.__init__(self, reply.status, detail_of(reply), headers_of(reply, is_problem=is_problem))
        self.claims: str = cause.claims
        self.body: bytes = reply.body
        self._message = str(cause)

    def __str__(self) -> str:
        return self._message


def step_up(cause: ClaimsChallenge, connection: HTTPConnection) -> ClaimsChallenge:
    """The exception to raise for a challenge: an answer in the application that has the route, mounted or not."""
    if not can_be_answered(connection):
        return cause
    reply = reply_to(cause, connection)
    return StepUpRequired(cause, reply, is_problem=is_answered_by_fastapi(connection, reply.status, StepUpRequired))


def refusal(cause: AzureAdError, requirement: Requirement, connection: HTTPConnection) -> PermissionDenied:
    """The exception to raise; why is told to the operator's log.

    Where no answer can be given, what is raised is for the middleware, which closes the connection.
    """
    if not can_be_answered(connection):
        return PermissionDenied(requirement)
    reply = reply_to(cause, connection)
    is_problem = is_answered_by_fastapi(connection, reply.status, AccessRefused)
    return AccessRefused(cause, requirement, reply, is_problem=is_problem)
