"""This package's client, told where the tenant is by the environment alone."""

from person import BILLS, DEFAULT, OWN, READ, REDIRECT, SECRET, approve, report, sign_in

from azuread_auth import AzureAdClient
from azuread_auth.credentials import ClientSecret
from azuread_auth.settings import AzureAdSettings

proved_by_certificate = AzureAdClient(AzureAdSettings.from_env())
client = AzureAdClient(AzureAdSettings.from_env(credential=ClientSecret(SECRET)))


def by_code():
    """A token for this application itself, for whoever signs in."""
    request = client.start_authorization(redirect_uri=REDIRECT, scopes=[OWN])
    return client.acquire_token_by_authorization_code(request, sign_in(request.url))


def by_device():
    """A token for whoever enters the code."""
    device = client.start_device_code(READ)
    approve(device.verification_uri, device.user_code)
    return client.acquire_token_by_device_code(device)


signed_in = by_code()
report(
    {
        "secret": ("acquire_token_for_app", lambda: client.acquire_token_for_app(DEFAULT).reveal()),
        "certificate": ("acquire_token_for_app", lambda: proved_by_certificate.acquire_token_for_app(DEFAULT).reveal()),
        "code": ("acquire_token_by_authorization_code", signed_in.reveal),
        "refresh": (
            "acquire_token_for_user",
            lambda: client.acquire_token_for_user(signed_in.principal, BILLS).reveal(),
        ),
        "device": ("acquire_token_by_device_code", lambda: by_device().reveal()),
        "obo": (
            "acquire_token_on_behalf_of",
            lambda: client.acquire_token_on_behalf_of(client.validate_token(signed_in.reveal()), READ).reveal(),
        ),
    }
)
