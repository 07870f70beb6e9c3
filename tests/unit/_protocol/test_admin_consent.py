"""The address at which an administrator consents for a whole tenant."""

from urllib.parse import parse_qs, urlsplit

import pytest

from azuread_auth._protocol.admin_consent import admin_consent_address
from azuread_auth._protocol.authority import authority_for_tenant

CLIENT = "33333333-3333-4333-8333-333333333333"
REDIRECT = "https://app.example.com/consent?a=1&b"
BASE = {"client_id": [CLIENT], "redirect_uri": [REDIRECT]}


@pytest.mark.parametrize(
    ("wishes", "path", "asked"),
    [
        pytest.param({}, "/contoso.com/adminconsent", BASE, id="all that the registration asks for"),
        pytest.param({"state": "s&1"}, "/contoso.com/adminconsent", BASE | {"state": ["s&1"]}, id="with a state"),
        pytest.param(
            {"scopes": ("api://x/A.B", "User.Read")},
            "/contoso.com/v2.0/adminconsent",
            BASE | {"scope": ["api://x/A.B User.Read"]},
            id="to scopes alone",
        ),
    ],
)
def test_address(wishes: dict[str, object], path: str, asked: dict[str, list[str]]) -> None:
    """Scopes are asked for where version 2 has it; nothing that is put in becomes another parameter."""
    authority = authority_for_tenant("https://login.microsoftonline.com", "contoso.com")
    address = urlsplit(admin_consent_address(authority, client_id=CLIENT, redirect_uri=REDIRECT, **wishes))  # type: ignore[arg-type]
    assert (address.hostname, address.path, parse_qs(address.query)) == ("login.microsoftonline.com", path, asked)
