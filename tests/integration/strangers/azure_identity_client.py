"""azure-identity: `disable_instance_discovery=True`, the authority from AZURE_AUTHORITY_HOST, the rest as it comes.

InteractiveBrowserCredential opens what the variable BROWSER names: here obliging_browser.py.
"""

from azure.identity import (
    ClientSecretCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
    InteractiveBrowserCredential,
    OnBehalfOfCredential,
)
from person import BILLS, CLIENT, DEFAULT, OWN, READ, SECRET, TENANT, approve, report

options = {"tenant_id": TENANT, "client_id": CLIENT, "disable_instance_discovery": True}
browser = InteractiveBrowserCredential(**options)
device = DeviceCodeCredential(**options, prompt_callback=lambda page, user_code, _: approve(page, user_code))
signed_in = browser.get_token(OWN).token

report(
    {
        "secret": (
            "ClientSecretCredential",
            lambda: ClientSecretCredential(client_secret=SECRET, **options).get_token(DEFAULT).token,
        ),
        "certificate": (
            "EnvironmentCredential",
            lambda: EnvironmentCredential(disable_instance_discovery=True).get_token(DEFAULT).token,
        ),
        "code": ("InteractiveBrowserCredential", lambda: signed_in),
        "refresh": ("InteractiveBrowserCredential", lambda: browser.get_token(BILLS).token),
        "device": ("DeviceCodeCredential", lambda: device.get_token(READ).token),
        "obo": (
            "OnBehalfOfCredential",
            lambda: (
                OnBehalfOfCredential(client_secret=SECRET, user_assertion=signed_in, **options).get_token(READ).token
            ),
        ),
    }
)
