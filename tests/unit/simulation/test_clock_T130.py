"""The tenant's clock, which a test moves, and the applications', which it does not."""

import time

import pytest

from azuread_auth import AzureAdClient, ConfigurationError, TokenRejected
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.behaviour import Behaviour
from tests.unit.simulation.conftest import Caller


def test_T130_clock_is_the_tenants_alone():
    """The validator goes by its own: what is fresh for the tenant is not valid yet for an application, and so on."""
    tenant = SimulatedTenant()
    with AzureAdClient(tenant.settings()) as azure:
        good = tenant.mint_token()
        tenant.advance(7200)
        assert azure.validate_token(good)  # for the tenant it has expired
        with pytest.raises(TokenRejected, match="not_yet_valid"):
            azure.validate_token(tenant.mint_token())
        tenant.advance(-4 * 7200)
        with pytest.raises(TokenRejected, match="expired"):
            azure.validate_token(tenant.mint_token())
        tenant.clock.reset()
        assert azure.validate_token(tenant.mint_token())


def test_T130_settings_carry_no_clock():
    """There is nothing in them by which an application could go by the tenant's."""
    tenant = SimulatedTenant(now=lambda: 0.0)
    settings = tenant.settings()
    names = [name for name in dir(settings) if not name.startswith("_")]
    assert not [name for name in names if "clock" in name and name != "clock_skew_seconds"]
    assert not [name for name in names if name in ("now", "time", "monotonic", "runtime")]
    with AzureAdClient(settings) as azure, pytest.raises(TokenRejected, match="expired"):
        azure.validate_token(tenant.mint_token())


def test_codes_and_refresh_tokens_expire_by_it(caller, verdict):
    """Nobody has to wait."""
    tenant = caller.tenant
    code = tenant.sign_in(caller.authorization_url())["code"]
    assert tenant.advance(601) == caller.now + 601
    assert verdict(caller.redeem(code)) == ("invalid_grant", 70008)
    tokens = caller.redeem(tenant.sign_in(caller.authorization_url())["code"])
    device = caller.device()
    tenant.advance(90 * 86_400)
    assert verdict(caller.refresh(tokens["refresh_token"])) == ("invalid_grant", 700082)
    assert verdict(caller.poll(device)) == ("expired_token", 70019)
    assert tenant.requests[-1].at == tenant.clock()


def test_clock_is_set_and_goes_on():
    """From a time of one's own, or by the base clock again."""
    moments = iter([100.0, 105.0, 107.0])
    tenant = SimulatedTenant(now=lambda: next(moments))
    assert tenant.clock.set(5000) == 5000
    assert tenant.clock() == 5005
    tenant.clock.reset()
    assert tenant.clock() == 107
    assert abs(SimulatedTenant().clock() - time.time()) < 5


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), "5", True, None])
def test_only_numbers_move_it(seconds):
    """Others are named."""
    tenant = SimulatedTenant()
    before = tenant.clock()
    with pytest.raises(ConfigurationError, match="seconds="):
        tenant.advance(seconds)
    with pytest.raises(ConfigurationError, match="now="):
        tenant.clock.set(seconds)
    assert tenant.clock() - before < 5


@pytest.mark.parametrize("now", [-1, 1e12])
def test_it_stays_where_there_are_dates(now):
    """Neither before the epoch nor after the calendar."""
    tenant = SimulatedTenant(now=lambda: 1000.0)
    with pytest.raises(ConfigurationError, match="too far away"):
        tenant.clock.set(now)
    with pytest.raises(ConfigurationError, match="too far away"):
        tenant.advance(now - 1000)
    assert tenant.clock() == 1000


def test_reset_brings_the_beginning_back(caller, verdict):
    """Everything that happened is forgotten; keys stay."""
    tenant = caller.tenant
    key = tenant.mint_token().partition(".")[0]
    tokens = caller.redeem(tenant.sign_in(caller.authorization_url())["code"])
    app = tenant.register_app(secret="s")
    tenant.advance(1000)
    tenant.require_mfa()
    tenant.require_consent("User.Read")
    tenant.fail("token", status=500)
    tenant.behaviour.token_lifetime_seconds = 5
    tenant.set_front_channel_logout("https://app.test/out")
    number = tenant.requests[-1].number
    tenant.reset()
    assert tenant.clock() == caller.now
    assert tenant.behaviour == Behaviour()
    assert (tenant.requests, tenant.request_count()) == ((), 0)
    assert caller.on_behalf_of(tenant.mint_token(), scope="User.Read")["expires_in"] == 3599
    assert tenant.requests_since(number) == tenant.requests
    assert verdict(caller.refresh(tokens["refresh_token"])) == ("invalid_grant", 70000)
    assert verdict(caller.for_app(client_id=app.client_id, client_secret="s")) == ("unauthorized_client", 700016)
    assert tenant.sign_in(caller.authorization_url(prompt="none"))["error"] == "login_required"
    assert tenant.mint_token().partition(".")[0] == key


def test_reset_knows_the_consent_of_the_beginning(tmp_path):
    """What a directory file says counts again."""
    path = tmp_path / "directory.toml"
    path.write_text(
        '[[tenants]]\ndomain = "a.test"\n[[users]]\nname = "u"\nneeds_consent = true\nconsented = ["shop"]\n'
        '[[apps]]\nname = "shop"\nclient_id = "5c8e1a3f-6b7d-4c9e-a1f2-3d4e5f6a7b8c"\n'
        'redirect_uris = ["http://localhost/auth/callback"]\n'
    )
    other = Caller()
    other.tenant = SimulatedTenant.from_file(path)
    other.tenant.reset()
    asked = other.authorization_url(scope="openid User.Read", client_id="5c8e1a3f-6b7d-4c9e-a1f2-3d4e5f6a7b8c")
    other.tenant.sign_in(asked)
    assert "code" in other.tenant.sign_in(f"{asked}&prompt=none")
