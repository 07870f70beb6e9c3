"""Why there is no token: in words, as a JSON object, and as an exit code."""

import json
from collections.abc import Mapping
from typing import Final

from azuread_auth.cli.command import ExitCode
from azuread_auth.errors import (
    AzureAdError,
    InteractionRequired,
    LoginFailed,
    ProviderUnavailable,
    Throttled,
    TokenRejected,
    TokenRequestFailed,
)

__all__ = ["exit_code_of", "json_failure", "remedy_for", "text_failure"]

_REMEDIES: Final[Mapping[int, str]] = {
    7000218: (
        "to sign users in without a secret, allow public client flows in the app registration (Authentication); "
        "else set AZURE_CLIENT_SECRET or another credential"
    ),
    700025: "take the credential out of the environment: AZURE_AD_CREDENTIAL=none",
    700016: "check AZURE_CLIENT_ID and AZURE_TENANT_ID, or name another tenant with --tenant",
    90002: "check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST, or name another tenant with --tenant",
    50194: "name a tenant with --tenant: the application is not registered for several",
    65001: "have an administrator grant consent, or consent yourself: azuread-auth token user SCOPE --prompt consent",
    65004: "the user has declined to consent; sign in again and accept, or have an administrator grant consent",
    90094: "have an administrator grant consent: Entra admin center, Enterprise applications, Permissions",
    50105: "have an administrator assign the user to the application: Enterprise applications, Users and groups",
}
_INTERACTION: Final = "sign in with a page: azuread-auth token user SCOPE --prompt login"
_UNREACHABLE: Final = "check network, proxy and AZURE_AUTHORITY_HOST; azuread-auth doctor looks closer"
_WAIT: Final = "wait, then ask again"


def exit_code_of(error: AzureAdError) -> ExitCode:
    """Refused, where somebody has said no; else unusable."""
    is_refusal = isinstance(error, TokenRequestFailed | LoginFailed | TokenRejected)
    return ExitCode.REFUSED if is_refusal else ExitCode.UNUSABLE


def remedy_for(error: AzureAdError) -> str | None:
    """What to do beyond what the message says; None where that says it all."""
    if isinstance(error, ProviderUnavailable):
        return _UNREACHABLE
    if not isinstance(error, TokenRequestFailed):
        return None
    if error.aadsts is not None and error.aadsts in _REMEDIES:
        return _REMEDIES[error.aadsts]
    if isinstance(error, Throttled):
        return _WAIT
    return _INTERACTION if isinstance(error, InteractionRequired) else None


def text_failure(error: AzureAdError) -> str:
    """The message, what to do, and what Microsoft's support asks for."""
    lines = [str(error)]
    remedy = remedy_for(error)
    if remedy is not None:
        lines.append(f"  what to do: {remedy}")
    if isinstance(error, TokenRequestFailed) and error.trace_id is not None:
        lines.append(f"  trace id: {error.trace_id}")
    return "\n".join(lines)


def json_failure(error: AzureAdError) -> str:
    """A JSON object with the member `error`; members that do not apply are null."""
    answer = error if isinstance(error, TokenRequestFailed) else None
    document = {
        "code": error.code,
        "message": str(error),
        "remedy": remedy_for(error),
        "retryable": error.retryable,
        "retry_after": error.retry_after if isinstance(error, Throttled | ProviderUnavailable) else None,
        "oauth_error": answer.error if answer is not None else None,
        "aadsts": answer.aadsts if answer is not None else None,
        "correlation_id": answer.correlation_id if answer is not None else None,
        "trace_id": answer.trace_id if answer is not None else None,
        "has_claims": isinstance(error, InteractionRequired) and error.claims is not None,
    }
    return json.dumps({"error": document}, indent=2)
