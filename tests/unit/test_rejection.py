"""Why tokens are refused."""

import pytest

from azuread_auth.rejection import RejectionReason


@pytest.mark.parametrize("reason", RejectionReason)
def test_each_reason_explains_itself(reason):
    """An operator learns what was wrong and what to do, in clauses that fit a log line."""
    for text in (reason.explanation, reason.remedy):
        assert 10 < len(text) < 200
        assert text.isprintable()
        assert not text.endswith(".")
    assert reason.explanation != reason.remedy


def test_codes_are_stable():
    """Dashboards and alerts depend on them: they may be added to, never changed."""
    assert {reason.value for reason in RejectionReason} >= {
        *("token_too_large", "malformed", "encrypted", "wrong_type", "algorithm_not_allowed", "critical_header"),
        *("key_id_missing", "key_unknown", "bad_signature", "invalid_claim", "wrong_issuer", "wrong_tenant"),
        *("key_issuer_mismatch", "key_of_another_cloud", "wrong_policy", "wrong_audience", "expired"),
        *("not_yet_valid", "id_token", "no_permissions", "sender_constrained", "unsupported_caller"),
        *("client_not_allowed", "guest_not_allowed"),
    }
    assert all(reason.value == reason.name.lower() for reason in RejectionReason)


def test_who_is_genuine_and_unwelcome_is_forbidden():
    """T69, T70: 403 for a client or guest that is not wanted; every other reason is 401."""
    assert {reason for reason in RejectionReason if reason.is_forbidden} == {
        RejectionReason.CLIENT_NOT_ALLOWED,
        RejectionReason.GUEST_NOT_ALLOWED,
    }
