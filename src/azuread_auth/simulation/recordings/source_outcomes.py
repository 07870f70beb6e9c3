"""What became of asking a managed identity, the Azure CLI or another library: as an answer, and back."""

from azuread_auth._protocol.http import Document
from azuread_auth._protocol.token_response import ReceivedToken, received_token
from azuread_auth.errors import AzureAdError, CredentialUnavailable, ProviderUnavailable, Throttled, TokenRequestFailed
from azuread_auth.ports import Runtime
from azuread_auth.simulation.recordings.harmless_values import is_error, kept_codes
from azuread_auth.simulation.recordings.mock_answers import mock_document
from azuread_auth.simulation.recordings.recorded_exchange import RecordedAnswer, RecordedError
from azuread_auth.simulation.recordings.scrubbing import whole_seconds
from azuread_auth.simulation.recordings.token_form import AskedToken

__all__ = ["document_of", "failure_as_answer", "token_from_answer"]


def document_of(received: ReceivedToken, *, now: float) -> Document:
    """The token as an answer of the token endpoint would have it."""
    return Document(
        access_token=received.access_token.reveal(),
        expires_in=round(max(received.expires_at - now, 0.0)),
        refresh_in=round(max(received.refresh_at - now, 0.0)),
        scope=" ".join(received.scopes),
    )


def failure_as_answer(error: AzureAdError) -> RecordedAnswer | None:
    """What a failure is in a recording; None for one of the application's own, which it makes again by itself."""
    if isinstance(error, CredentialUnavailable):
        return RecordedAnswer(status="unavailable")
    if isinstance(error, ProviderUnavailable):
        return RecordedAnswer(status="unreachable", error=_waiting(error.retry_after))
    if not isinstance(error, TokenRequestFailed):
        return None
    retry_after = whole_seconds(error.retry_after) if isinstance(error, Throttled) else None
    told = RecordedError(
        error=error.error if is_error(error.error) else "unknown_error",
        codes=kept_codes([error.aadsts]),
        retry_after=retry_after,
    )
    return RecordedAnswer(status=429 if isinstance(error, Throttled) else 400, error=told)


def _waiting(seconds: float) -> RecordedError | None:
    return RecordedError(retry_after=whole_seconds(seconds)) if seconds > 0 else None


def token_from_answer(answer: RecordedAnswer, asked: AskedToken, *, runtime: Runtime) -> ReceivedToken:
    """A new token of the recorded form. Raises what was recorded in its place."""
    if answer.token is not None:
        return received_token(
            mock_document(answer, asked, runtime=runtime),
            requested_scopes=asked.scopes,
            received_at=runtime.now(),
        )
    what = f"replayed: {asked.key.flow.replace('_', ' ')}"
    told = answer.error or RecordedError()
    if answer.status == "unavailable":
        message = f"{what} could not be used when this was recorded"
        raise CredentialUnavailable(message)
    if answer.status == "unreachable":
        message = f"{what} did not answer when this was recorded"
        raise ProviderUnavailable(message, retry_after=float(told.retry_after or 0))
    message, aadsts = f"{what} gave no token when this was recorded", told.codes[0] if told.codes else None
    error = told.error or "unknown_error"
    if answer.status == 429:
        raise Throttled(message, error=error, aadsts=aadsts, retry_after=float(told.retry_after or 0))
    raise TokenRequestFailed(message, error=error, aadsts=aadsts)
