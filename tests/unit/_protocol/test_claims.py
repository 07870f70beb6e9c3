"""What is kept of a good token."""

from azuread_auth._protocol.claims import CheckedClaims

CHECKED = CheckedClaims(
    payload=b'{"email":"adele@contoso.test"}',
    expires_at=1.0,
    tenant_id="t",
    object_id="o",
    client_id=None,
    kind="user",
    is_app_proved=False,
    scopes=frozenset(),
    roles=frozenset(),
    is_guest=False,
    version="2.0",
    scope_prefixes=frozenset(),
)


def test_claims_are_parsed_anew_each_time():
    """Whoever changes what he was given changes nothing for others."""
    first = dict(CHECKED.parse())
    first["email"] = "mallory@evil.test"
    assert CHECKED.parse() == {"email": "adele@contoso.test"}


def test_T112_claims_do_not_show():
    """The representation, which tracebacks with locals print, holds no claim beyond identifiers."""
    assert "adele" not in repr(CHECKED)


def test_T72_kept_claims_are_compared_by_object():
    """Two tokens are never taken for one because their claims agree: identity is the principal's business."""
    twin = CheckedClaims(**{name: getattr(CHECKED, name) for name in CheckedClaims.__slots__})
    assert twin != CHECKED
