"""What claims mean, in words."""

import pytest

from azuread_auth.cli.inspection.masking import is_personal, masked, shown
from azuread_auth.cli.inspection.meanings import meaning_of, time_from_now
from azuread_auth.simulation import SimulatedTenant

TENANT = SimulatedTenant()
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "in 0 seconds"),
        (1, "in 1 second"),
        (43 * 60 + 59, "in 43 minutes"),
        (-7200, "2 hours ago"),
        (86_400 * 3 + 5, "in 3 days"),
        (-0.5, "0 seconds ago"),
    ],
)
def test_time_is_told_in_its_largest_unit(seconds, text):
    """A span of time is one number and one unit."""
    assert time_from_now(seconds) == text


@pytest.mark.parametrize(
    ("claim", "value", "words"),
    [
        pytest.param("exp", NOW + 2600, ", in 43 minutes", id="time"),
        pytest.param("exp", 1e300, "not a point in time", id="time after the end of all calendars"),
        pytest.param("exp", True, "not a point in time", id="no time"),
        pytest.param("exp", "soon", "not a point in time", id="text for a time"),
        pytest.param("aud", "00000003-0000-0000-c000-000000000000", "Microsoft Graph", id="Graph"),
        pytest.param("aud", TENANT.client_id, "this API", id="this API"),
        pytest.param("aud", [TENANT.client_id], "this API", id="this API in a list"),
        pytest.param("aud", {"x": 1}, "another API", id="an object for an audience"),
        pytest.param("tid", TENANT.tenant_id.upper(), "the configured one", id="own tenant"),
        pytest.param("tid", "another", "the tenant of the caller", id="another tenant"),
        pytest.param("tid", 3, "the tenant of the caller", id="no tenant"),
        pytest.param("iss", "https://login.microsoftonline.com/x/v2.0", "version 2", id="issuer of version 2"),
        pytest.param("iss", ["x"], "who issued it", id="issuer of no version"),
        pytest.param("azpacr", "1", "client secret", id="how the client proved itself"),
        pytest.param("appidacr", "9", "unknown", id="a proof nobody knows"),
        pytest.param("x-custom", "v", "", id="a claim nobody knows"),
    ],
)
def test_claim_is_explained(claim, value, words):
    """A claim's meaning says what its value means for this API."""
    assert words in meaning_of(claim, value, settings=TENANT.settings(), now=NOW)


def test_without_settings_meanings_are_general():
    """Without settings nobody knows whose audience and tenant these are."""
    assert meaning_of("aud", TENANT.client_id, settings=None, now=NOW) == "the API that it is for"
    assert meaning_of("tid", TENANT.tenant_id, settings=None, now=NOW) == "the tenant of the caller"


@pytest.mark.parametrize(
    ("value", "left"), [("Adele", "A***"), (["a", "b"], ["a***", "b***"]), (5, "***"), (True, True), (None, None)]
)
def test_masked_value_gives_nothing_away(value, left):
    """Of a text its first character is left, of the rest what has no content."""
    assert masked(value) == left


def test_what_decisions_rest_on_is_not_masked():
    """Audience, issuer, tenant, client, times and permissions are what people want to see."""
    assert not [
        name for name in ("aud", "iss", "tid", "azp", "appid", "exp", "scp", "roles", "ver") if is_personal(name)
    ]
    assert all(
        map(is_personal, ("name", "email", "upn", "preferred_username", "unique_name", "oid", "sub", "ipaddr", "ip"))
    )


@pytest.mark.parametrize(
    ("value", "text"), [("plain", "plain"), ("Zoë", "Zoë"), ("a\nb", '"a\\nb"'), (["x"], '["x"]'), (1.5, "1.5")]
)
def test_shown_value_is_one_line(value, text):
    """Values are shown on one line, unprintable characters escaped."""
    assert shown(value) == text
