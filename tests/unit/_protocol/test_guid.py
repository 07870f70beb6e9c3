"""GUIDs in their one plain form."""

import pytest

from azuread_auth._protocol.guid import as_guid

GUID = "0f1a2b3c-1111-4222-8333-444455556666"


def test_a_guid_is_taken_to_lower_case():
    """Entra writes lower case; people do not always."""
    assert as_guid(GUID.upper()) == GUID


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="T113 empty"),
        pytest.param(f"{{{GUID}}}", id="T113 braces"),
        pytest.param(GUID.replace("-", ""), id="T113 without hyphens"),
        pytest.param(f"urn:uuid:{GUID}", id="T113 URN"),
        pytest.param(f"{GUID}\n", id="T113 a line feed after"),
        pytest.param(f" {GUID}", id="T113 a blank before"),
        pytest.param(f"{GUID}0", id="T113 a digit too many"),
        pytest.param(GUID.replace("f", "g"), id="T113 a letter beyond f"),
        pytest.param(GUID.replace("1", "\u0661"), id="T113 Arabic digits"),
        pytest.param(f"../{GUID}", id="T113 a path"),
        pytest.param(None, id="T113 None"),
        pytest.param(7, id="T113 a number"),
        pytest.param(GUID.encode(), id="T113 bytes"),
    ],
)
def test_anything_else_is_none(value):
    """T58, T113: nothing else may become part of an address or issuer."""
    assert as_guid(value) is None
