"""What is seen in a claims request."""

import pytest

from azuread_auth.credentials.claims import asks_for_more, capabilities_in

CAPABLE = '{"access_token":{"xms_cc":{"values":["CP1"]}}}'


@pytest.mark.parametrize(
    ("claims", "capabilities", "more"),
    [
        pytest.param(None, (), False, id="no request"),
        pytest.param("{}", (), False, id="empty"),
        pytest.param(CAPABLE, ("CP1",), False, id="capabilities alone"),
        pytest.param('{"access_token":{"acrs":{"value":"c1"}}}', (), True, id="challenge"),
        pytest.param('{"access_token":{"nbf":null,"xms_cc":{"values":["CP1"]}}}', ("CP1",), True, id="both"),
        pytest.param('{"id_token":{"acr":null}}', (), True, id="another token"),
        pytest.param('{"access_token":{"xms_cc":{"values":[7,"CP1"]}}}', ("CP1",), False, id="no text among them"),
        pytest.param('{"access_token":{"xms_cc":{"values":"CP1"}}}', (), False, id="no list"),
        pytest.param('{"access_token":{"xms_cc":null}}', (), False, id="no values"),
        pytest.param('{"access_token":[]}', (), True, id="nonsense is not ignored"),
    ],
)
def test_capabilities_are_no_challenge(claims: str | None, capabilities: tuple[str, ...], more: bool) -> None:
    """What the client is able to do is told with each request, and asks for nothing."""
    assert capabilities_in(claims) == capabilities
    assert asks_for_more(claims) == more
