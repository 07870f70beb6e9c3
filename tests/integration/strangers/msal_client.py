"""MSAL for Python: `instance_discovery=False`, and the rest as it comes."""

from pathlib import Path

import msal
from person import (
    BILLS,
    CERTIFICATE,
    CLIENT,
    DEFAULT,
    HOST,
    OWN,
    READ,
    REDIRECT,
    SECRET,
    TENANT,
    approve,
    report,
    sign_in,
)

tenant = {"authority": f"{HOST}/{TENANT}", "instance_discovery": False}
pem = Path(CERTIFICATE).read_text(encoding="utf-8")
certificate = {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE") :]}
app = msal.ConfidentialClientApplication(CLIENT, client_credential=SECRET, **tenant)
proved_by_certificate = msal.ConfidentialClientApplication(CLIENT, client_credential=certificate, **tenant)
public = msal.PublicClientApplication(CLIENT, **tenant)


def token(answer):
    """The access token of an answer, or what was wrong."""
    assert "access_token" in answer, answer
    return answer["access_token"]


def by_code():
    """A token for this application itself, for whoever signs in."""
    flow = app.initiate_auth_code_flow([OWN], redirect_uri=REDIRECT)
    return token(app.acquire_token_by_auth_code_flow(flow, sign_in(flow["auth_uri"])))


def by_device():
    """A token for whoever enters the code."""
    flow = public.initiate_device_flow([READ])
    approve(flow["verification_uri"], flow["user_code"])
    return token(public.acquire_token_by_device_flow(flow))


signed_in = by_code()
report(
    {
        "secret": ("acquire_token_for_client", lambda: token(app.acquire_token_for_client([DEFAULT]))),
        "certificate": (
            "acquire_token_for_client",
            lambda: token(proved_by_certificate.acquire_token_for_client([DEFAULT])),
        ),
        "code": ("acquire_token_by_auth_code_flow", lambda: signed_in),
        "refresh": (
            "acquire_token_silent",
            lambda: token(app.acquire_token_silent([BILLS], account=app.get_accounts()[0])),
        ),
        "device": ("acquire_token_by_device_flow", by_device),
        "obo": ("acquire_token_on_behalf_of", lambda: token(app.acquire_token_on_behalf_of(signed_in, [READ]))),
    }
)
