"""What a tenant remembers of codes and tokens is bounded."""

import pytest

from azuread_auth.simulation.claims_request import RequestedClaims
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCode, AuthorizationCodes
from azuread_auth.simulation.grants.device_codes import DeviceCode, DeviceCodes
from azuread_auth.simulation.grants.refresh_tokens import RefreshGrant, RefreshTokens
from azuread_auth.simulation.grants.replays import SeenAssertions
from azuread_auth.simulation.users import DEFAULT_USERS

ADELE = DEFAULT_USERS["adele"]


def a_code():
    """A code, as a sign-in makes it."""
    return AuthorizationCode(
        user=ADELE,
        client_id="c",
        tenant_id="t",
        redirect_uri="r",
        scope="s",
        claims=RequestedClaims(),
        has_mfa=False,
        sid="s",
        nonce="canary-nonce",
        code_challenge="canary-challenge",
    )


def test_oldest_codes_are_forgotten():
    """A new code beyond the most takes the place of the oldest, and nothing secret is printed."""
    codes = AuthorizationCodes(most=2)
    issued = [codes.issue(a_code(), now=0) for _ in range(3)]
    assert [codes.peek(text) is not None for text in issued] == [False, True, True]
    assert "canary" not in repr(a_code())


def test_oldest_refresh_tokens_are_forgotten():
    """The same goes for refresh tokens."""
    tokens = RefreshTokens(most=2)
    grant = RefreshGrant(user=ADELE, client_id="c", tenant_id="t", is_confidential=True, has_mfa=False, sid=None)
    issued = [tokens.issue(grant, now=0) for _ in range(3)]
    assert [tokens.peek(text) is not None for text in issued] == [False, True, True]


def test_oldest_devices_are_forgotten():
    """The same goes for devices."""
    devices = DeviceCodes(most=2)
    place = SimulatedAuthority(origin="https://login.azuread-auth.test", path="common", issuer_tenant="t")
    made = [DeviceCode(client_id="c", authority=place, scope="s", expires_at=1, interval_seconds=1) for _ in range(3)]
    for device in made:
        devices.add(device)
    assert [devices.peek(device.device_code) for device in made] == [None, made[1], made[2]]
    assert made[0].device_code not in repr(made[0])


@pytest.mark.parametrize(("now", "is_new"), [(1, False), (3, True)])
def test_expired_assertions_are_forgotten(now, is_new):
    """The ids of assertions are kept until they expire, when there are many."""
    seen = SeenAssertions(most=1)
    for jti in ("one", "two"):
        assert seen.is_first_use("client", jti, expires_at=2, now=0)
    assert seen.is_first_use("client", "one", expires_at=9, now=now) is is_new
