"""What a person is told when a sign-in fails: enough to act, nothing of how it was judged."""

from azuread_auth._web.login_context import Place
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth._web.sign_in_address import SignInAddress
from azuread_auth.errors import (
    AzureAdError,
    ClientRejected,
    CredentialUnavailable,
    InteractionRequired,
    LoginFailed,
    ProviderUnavailable,
    StoreUnavailable,
    Throttled,
    TokenRejected,
    TokenRequestFailed,
)
from azuread_auth.web_login import LoginProblem, WebLogin

__all__ = ["problem_for"]

_REDIRECT_MISMATCH = frozenset({50011, 500112, 900971})
_MAX_LINK_CHARACTERS = 2_000
_CONSENT = frozenset({65001, 90094, 650056})
_CANCELLED = 65004


def problem_for(
    error: AzureAdError, *, place: Place, web_login: WebLogin, pending: PendingLogin | None
) -> tuple[LoginProblem, float | None]:
    """The page for an error of the callback, and after how many seconds to try again where that is known."""
    status, title, detail = _words(error)
    aadsts = getattr(error, "aadsts", None)
    redirect_uri = pending.redirect_uri if pending is not None and aadsts in _REDIRECT_MISMATCH else None
    is_consent = aadsts in _CONSENT or (isinstance(error, InteractionRequired) and error.error == "consent_required")
    problem = LoginProblem(
        status=status,
        title=title,
        detail=detail,
        correlation_id=getattr(error, "correlation_id", None),
        retry_url=_retry_url(place.path(web_login.login_path), pending),
        redirect_uri=redirect_uri,
        scopes=pending.scopes if pending is not None and is_consent else (),
    )
    retry_after = error.retry_after if isinstance(error, ProviderUnavailable | Throttled) else None
    return problem, 1.0 if isinstance(error, StoreUnavailable) else retry_after


def _retry_url(login_path: str, pending: PendingLogin | None) -> str:
    if pending is None:
        return login_path
    address = SignInAddress(next=pending.next).location(login_path)
    return address if len(address) <= _MAX_LINK_CHARACTERS else login_path  # pages cut what is longer


def _why(error: LoginFailed) -> str:
    """What `on_login` says, and what is said of the answer's form, is for people; how it was judged is not."""
    if error.aadsts == _CANCELLED:
        return "you cancelled the sign-in, or did not accept what this application asks for"
    if error.error is not None:
        return "the sign-in was cancelled or refused; try again, or ask your administrator"
    if isinstance(error.__cause__, TokenRejected):
        return "this application does not admit the account, or could not trust what the sign-in service says of it"
    return str(error)


def _words(error: AzureAdError) -> tuple[int, str, str]:
    match error:
        case ProviderUnavailable() | Throttled() | StoreUnavailable():
            return 503, "Signing in is not possible at the moment", "the sign-in service cannot be reached; try again"
        case ClientRejected() | CredentialUnavailable():
            return 500, "This application cannot sign you in", "its registration is at fault; tell its operator"
        case InteractionRequired():
            return 403, "You could not be signed in", "the sign-in service wants more than it got; try again"
        case TokenRequestFailed():
            return 400, "You could not be signed in", "the sign-in service did not accept the sign-in; try again"
        case LoginFailed():
            return 400, "You could not be signed in", _why(error)
        case _:
            return 500, "You could not be signed in", "something went wrong; tell the operator of this application"
