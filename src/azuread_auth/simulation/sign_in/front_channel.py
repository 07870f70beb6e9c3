"""What a browser calls to sign out of every application of its session (OpenID Connect Front-Channel Logout 3)."""

from azuread_auth.simulation.apps import AppRegistry
from azuread_auth.simulation.sign_in.callback import with_query
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSession

__all__ = ["front_channel_urls"]


def front_channel_urls(session: ProviderSession, apps: AppRegistry) -> tuple[str, ...]:
    """The registered URLs of the applications, with the session and the issuer of their ID tokens."""
    found = ((apps.find(client_id), issuer) for client_id, issuer in session.issuers.items())
    return tuple(
        with_query(app.front_channel_logout_uri, {"sid": session.sid, "iss": issuer})
        for app, issuer in found
        if app is not None and app.front_channel_logout_uri is not None
    )
