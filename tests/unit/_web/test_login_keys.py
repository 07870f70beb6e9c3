"""What seals the cookies of an application belongs to its authority."""

from typing import Any

import pytest

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.login_keys import cookie_names, sealers
from azuread_auth._web.sealing import Sealer
from azuread_auth.client import AzureAdClient
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.web_login import WebLogin
from tests.unit._web.session_browser import NOW

OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
KEY = bytes(range(32))
TENANT = SimulatedTenant()
LOGIN = WebLogin(base_url="https://app.example.com", cookie_keys=[KEY])


def made(login: WebLogin = LOGIN, **settings: Any) -> tuple[Sealer, CookieNames]:
    """The sealer of sessions of an application with these settings, and its cookies' names."""
    with AzureAdClient(TENANT.settings(**settings)) as client:
        names = cookie_names(login, client.engine)
        return sealers(login, client.engine, names)("session"), names


def opens(one: Sealer, other: Sealer) -> bool:
    """Whether the second opens what the first has sealed."""
    return other.open(one.seal(b"data", now=NOW), now=NOW, max_age_seconds=60) == b"data"


MANY = {"tenant_id": "organizations", "tenants": ANY_TENANT}
AUTHORITIES: dict[str, dict[str, Any]] = {
    "its own tenant": {},
    "another tenant": {"tenant_id": OTHER_TENANT},
    "a domain": {"tenant_id": "contoso.example"},
    "many tenants": MANY,
    "another cloud": {"authority_host": "https://login.microsoftonline.us"},
    "External ID": {"authority_url": TENANT.external_id_authority_url},
    "External ID on a host of its own": {"authority_url": "https://login.contoso.example/contoso.onmicrosoft.com"},
    "a policy of B2C": {"authority_url": TENANT.b2c_authority_url("B2C_1_weak")},
    "another policy of B2C": {"authority_url": TENANT.b2c_authority_url("B2C_1A_mfa")},
}


@pytest.mark.parametrize("sealed_under", AUTHORITIES)
@pytest.mark.parametrize("opened_under", AUTHORITIES)
def test_T92_what_one_authority_says_is_nothing_to_another(sealed_under, opened_under):
    """T92: with the same client id, address and keys, nothing that was sealed under one opens under the other."""
    (one, names), (other, others_names) = made(**AUTHORITIES[sealed_under]), made(**AUTHORITIES[opened_under])
    assert opens(one, other) is (sealed_under == opened_under)
    assert names == others_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(MANY, {**MANY, "tenant_id": "common"}, id="personal accounts too"),
        pytest.param(MANY, {"tenants": [OTHER_TENANT]}, id="some of them"),
        pytest.param(MANY, {"tenants": lambda _tenant: True}, id="those that a callable admits"),
        pytest.param({}, {"allow_guests": False}, id="without guests"),
        pytest.param(
            {"authority_url": TENANT.b2c_authority_url("B2C_1_weak")},
            {"authority_url": TENANT.b2c_authority_url("b2c_1_WEAK")},
            id="the same policy",
        ),
    ],
)
def test_rules_of_admission_change_no_key(one, other):
    """Sessions go on then, of those who are still welcome."""
    assert opens(made(**one)[0], made(**other)[0])


def test_T92_purposes_and_applications_stay_apart():
    """T92: whatever the authority."""
    sealer, names = made()
    for login in (
        WebLogin(base_url="https://other.example.com", cookie_keys=[KEY]),
        WebLogin(base_url="https://app.example.com", cookie_keys=[bytes(32)]),
    ):
        assert not opens(sealer, made(login)[0])
    with AzureAdClient(TENANT.settings()) as client:
        assert not opens(sealer, sealers(LOGIN, client.engine, names)("login"))


def test_workers_of_this_machine_share_a_key_where_they_share_a_secret():
    """Without keys: derived from the client secret."""
    local = WebLogin()
    assert opens(made(local)[0], made(local)[0])
