"""Consent of an administrator for a whole tenant (Microsoft, "Admin consent on the Microsoft identity platform")."""

from urllib.parse import urlencode

from azuread_auth._protocol.authority import Authority

__all__ = ["admin_consent_address"]


def admin_consent_address(
    authority: Authority, *, client_id: str, redirect_uri: str, scopes: tuple[str, ...] = (), state: str | None = None
) -> str:
    """Where an administrator's browser goes to consent.

    To these scopes alone; without any, to everything that the app registration asks for, applications' permissions too.
    """
    parameters = {"client_id": client_id, "redirect_uri": redirect_uri}
    if scopes:
        parameters["scope"] = " ".join(scopes)
    if state is not None:
        parameters["state"] = state
    return f"{authority.admin_consent_url(2 if scopes else 1)}?{urlencode(parameters)}"
