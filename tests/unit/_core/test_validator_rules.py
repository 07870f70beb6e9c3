"""What the validator counts, names, and settles for: the boundaries of what it remembers."""

from hashlib import sha256

import pytest

from azuread_auth._protocol.jws import JoseHeader
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from tests.unit._core.conftest import Scene


def _refusal(scene: Scene, token: str) -> tuple[Reason, str | None]:
    with pytest.raises(TokenRejected) as refused:
        scene.accept(token)
    return refused.value.reason, refused.value.claim


def test_each_acceptance_is_counted_once(warm):
    """Judged, looked at again, or recalled: each request that is let in counts."""
    token = warm.tenant.mint_token()
    for expected in (1, 2, 3, 4):
        warm.accept(token)
        assert warm.engine.validator.accepted == expected
    warm.core.clock.advance(61)
    warm.accept(token)
    assert warm.engine.validator.accepted == 5
    warm.accept_new(claims={"x": "y"})
    assert warm.engine.validator.accepted == 6


def test_T26_T59_a_refusal_names_what_it_is_about(core):
    """An algorithm that the settings do not list, and a tenant that the application turns away."""
    scene = Scene(core, algorithms=("RS512",))
    assert _refusal(scene, scene.tenant.mint_token()) == (Reason.ALGORITHM_NOT_ALLOWED, "alg")
    scene = Scene(core, tenants=lambda _tenant: False)
    assert _refusal(scene, scene.tenant.mint_token()) == (Reason.WRONG_TENANT, "tid")


def test_T51_what_was_looked_at_is_settled_for_a_minute(warm):
    """R33: nothing but the key can end it sooner, and no look is good for longer."""
    token = warm.tenant.mint_token(expires_in=1800).encode()
    warm.accept(token.decode())
    warm.accept(token.decode())
    known = warm.engine.validator._cache.find(sha256(token).digest())
    assert known is not None
    now = warm.core.clock.now()
    assert (known.since, known.until) == (now, now + 60)


@pytest.mark.parametrize(("expires_in", "remembered"), [(0, 0), (1, 1)], ids=["expires now", "in a second"])
def test_T41_only_what_has_time_left_is_remembered(warm, expires_in, remembered):
    """A token at its very end is tolerated, and judged each time."""
    warm.accept(warm.tenant.mint_token(expires_in=expires_in))
    assert len(warm.engine.validator._cache) == remembered


def test_R33_a_known_header_is_not_read_again(warm):
    """What was once read under a good signature is taken from memory, by its whole text."""
    token = warm.tenant.mint_token()
    warm.accept(token)
    segment = token.partition(".")[0].encode()
    warm.engine.validator._headers[segment] = JoseHeader("none", None)
    assert _refusal(warm, warm.tenant.mint_token(claims={"x": "y"})) == (Reason.ALGORITHM_NOT_ALLOWED, "alg")


def test_T30_T31_T42_what_cannot_be_verified_names_what_is_missing(warm):
    """A key that nobody publishes, no key at all, and a payload that is none."""
    assert _refusal(warm, warm.tenant.mint_token(fault="unknown-kid")) == (Reason.KEY_UNKNOWN, "kid")
    assert _refusal(warm, warm.tenant.mint_token(fault="missing-kid")) == (Reason.KEY_ID_MISSING, "kid")
    assert _refusal(warm, warm.tenant.mint_token(fault="list-payload")) == (Reason.MALFORMED, "payload")
