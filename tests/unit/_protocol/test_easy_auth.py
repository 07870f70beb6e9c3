"""Whether this is App Service with its own authentication on, as its environment has it."""

import pytest

from azuread_auth._protocol.easy_auth import check_platform, token_header
from azuread_auth.errors import ConfigurationError

CLIENT = "aaaaaaaa-1111-4111-8111-111111111111"
PLATFORM = {"WEBSITE_SITE_NAME": "shop", "WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": CLIENT}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"WEBSITE_AUTH_ENABLED": "true"}, id="in small letters"),
        pytest.param({"WEBSITE_AUTH_CLIENT_ID": CLIENT.upper()}, id="the client in capitals"),
        pytest.param({"WEBSITE_AUTH_CLIENT_ID": ""}, id="which application is not told"),
    ],
)
def test_platform_that_authenticates(changes: dict[str, str]) -> None:
    """The platform takes the headers out of what comes from outside, and signs in to this application."""
    check_platform(PLATFORM | changes, client_id=CLIENT)


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        pytest.param({}, "not App Service", id="anywhere"),
        pytest.param(PLATFORM | {"WEBSITE_SITE_NAME": ""}, "not App Service", id="authentication of nowhere"),
        pytest.param({"WEBSITE_SITE_NAME": "shop"}, "is off", id="never turned on"),
        pytest.param(PLATFORM | {"WEBSITE_AUTH_ENABLED": "False"}, "is off", id="turned off"),
        pytest.param(PLATFORM | {"WEBSITE_AUTH_ENABLED": "1"}, "is off", id="what the platform never says"),
        pytest.param(PLATFORM | {"WEBSITE_AUTH_CLIENT_ID": "other"}, "another application", id="another application"),
    ],
)
def test_T17_platform_that_does_not_is_refused(environ: dict[str, str], text: str) -> None:
    """T17: where anybody could set the headers, they are not read; the error repeats no value."""
    with pytest.raises(ConfigurationError, match=text) as refusal:
        check_platform(environ, client_id=CLIENT)
    assert CLIENT not in str(refusal.value)


@pytest.mark.parametrize("token", [True, False, "", "id-token", "X-MS-CLIENT-PRINCIPAL", 1, [], None])
def test_other_choices_are_refused(token: object) -> None:
    """There are two tokens, and none of them is a plain yes."""
    with pytest.raises(ConfigurationError, match='"id_token" or "access_token"'):
        token_header(token)


def test_each_token_has_its_header() -> None:
    """In lower case, as ASGI has headers."""
    assert token_header("id_token") == "x-ms-token-aad-id-token"
    assert token_header("access_token") == "x-ms-token-aad-access-token"


@pytest.mark.parametrize("missing", ["WEBSITE_AUTH_CLIENT_ID", "WEBSITE_AUTH_ENABLED"])
def test_T17_variables_that_are_not_set(missing: str) -> None:
    """Older platforms do not name the application; without the switch there is no authentication."""
    environ = {name: value for name, value in PLATFORM.items() if name != missing}
    if missing == "WEBSITE_AUTH_CLIENT_ID":
        check_platform(environ, client_id=CLIENT)
        return
    with pytest.raises(ConfigurationError, match="is not True"):
        check_platform(environ, client_id=CLIENT)
