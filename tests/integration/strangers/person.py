"""The person in front of the browser, for programs that sign somebody in; and how such a program reports."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import requests

HOST, TENANT = os.environ["AZURE_AUTHORITY_HOST"], os.environ["AZURE_TENANT_ID"]
CLIENT, SECRET = os.environ["AZURE_CLIENT_ID"], os.environ["STRANGER_CLIENT_SECRET"]
CERTIFICATE = os.environ["AZURE_CLIENT_CERTIFICATE_PATH"]
OWN = f"api://{CLIENT}/user_impersonation"
DEFAULT = "api://orders/.default"
READ, BILLS = "api://orders/Orders.Read", "api://bills/Bills.Read"
REDIRECT = "http://localhost/auth/callback"

Calls = Mapping[str, tuple[str, Callable[[], str]]]


def sign_in(url: str) -> dict[str, str]:
    """What the application is called back with when Adele has signed in. Raises ValueError for a URL without PKCE."""
    if "code_challenge_method=S256" not in url:
        message = "the authorization request has no code challenge"
        raise ValueError(message)
    location = requests.get(f"{url}&simulated_user=adele", allow_redirects=False, timeout=10).headers["location"]
    return dict(parse_qsl(urlsplit(location).query))


def approve(page: str, user_code: str) -> None:
    """Adele enters the code that a device shows."""
    form = {"user_code": user_code, "user": "adele", "decision": "approve"}
    requests.post(page, data=form, timeout=10).raise_for_status()


def report(calls: Calls) -> None:
    """Print the call and the access token of each grant, as JSON."""
    json.dump({grant: {"call": call, "token": ask()} for grant, (call, ask) in calls.items()}, sys.stdout)
