"""Settings become an authority and a policy; the use cases are wired to ports."""

import logging

import pytest

from azuread_auth._core.engine import authority_of, claim_policy_of
from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.settings import (
    ANY_TENANT,
    AUTHORITY_CHINA,
    AUTHORITY_PUBLIC,
    AUTHORITY_US_GOVERNMENT,
    AzureAdSettings,
)
from tests.unit._core.conftest import Scene

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def _settings(**given: object) -> AzureAdSettings:
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given})  # type: ignore[arg-type]


def _anybody(_tenant_id: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("given", "origin", "path", "admits_personal"),
    [
        pytest.param({}, AUTHORITY_PUBLIC, TENANT, True, id="one tenant"),
        pytest.param({"tenant_id": "contoso.com"}, AUTHORITY_PUBLIC, "contoso.com", True, id="one tenant by domain"),
        pytest.param({"authority_host": AUTHORITY_US_GOVERNMENT}, AUTHORITY_US_GOVERNMENT, TENANT, True, id="US Gov"),
        pytest.param({"authority_host": AUTHORITY_CHINA}, AUTHORITY_CHINA, TENANT, True, id="China"),
        pytest.param({"tenants": ANY_TENANT}, AUTHORITY_PUBLIC, "organizations", False, id="T59 any, from one tenant"),
        pytest.param({"tenants": {OTHER}}, AUTHORITY_PUBLIC, "organizations", False, id="T59 a list, from one tenant"),
        pytest.param({"tenants": _anybody}, AUTHORITY_PUBLIC, "organizations", False, id="T59 a callable"),
        pytest.param(
            {"tenant_id": "organizations", "tenants": ANY_TENANT},
            AUTHORITY_PUBLIC,
            "organizations",
            False,
            id="T59 orgs",
        ),
        pytest.param({"tenant_id": "common", "tenants": ANY_TENANT}, AUTHORITY_PUBLIC, "common", True, id="T59 common"),
        pytest.param({"tenants": {OTHER, PERSONAL}}, AUTHORITY_PUBLIC, "common", True, id="T59 a list with personal"),
        pytest.param({"tenant_id": "consumers"}, AUTHORITY_PUBLIC, "consumers", True, id="T59 consumers"),
    ],
)
def test_T59_whose_keys_tokens_are_judged_by(given, origin, path, admits_personal):
    """T59: several tenants are judged by tenant-independent metadata; personal accounts only where they are named."""
    settings = _settings(**given)
    authority = authority_of(settings)
    assert (authority.kind, authority.origin, authority.path) == (AuthorityKind.ENTRA, origin, path)
    assert claim_policy_of(settings).admits_personal_accounts is admits_personal


def test_whole_authorities():
    """An authority given by its address names its directory; B2C's names a policy too."""
    url = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_SignIn"
    settings = _settings(tenant_id=None, authority_url=url)
    assert authority_of(settings).kind is AuthorityKind.B2C
    assert claim_policy_of(settings).b2c_policy == "B2C_1_SignIn"
    external = _settings(authority_url="https://contoso.ciamlogin.com")
    assert (authority_of(external).kind, authority_of(external).tenant) == (AuthorityKind.EXTERNAL_ID, TENANT)
    assert claim_policy_of(external).b2c_policy is None


def test_the_policy_is_what_the_settings_say():
    """T55, T70: audiences, clients and tenants come from the settings and from nowhere else."""
    settings = _settings(
        audiences=("api://orders",),
        tenants={OTHER.upper()},
        allowed_clients=[OTHER.upper()],
        allow_guests=False,
        accept_tokens_without_permissions=True,
        clock_skew_seconds=5,
    )
    policy = claim_policy_of(settings)
    assert policy.audiences == {CLIENT, f"api://{CLIENT}", "api://orders"}
    assert (policy.tenants, policy.allowed_clients) == ({OTHER}, {OTHER})
    assert (policy.allow_guests, policy.accept_tokens_without_permissions, policy.clock_skew_seconds) == (
        False,
        True,
        5,
    )
    assert policy.scope_prefixes == {CLIENT, f"api://{CLIENT}", "api://orders"}
    default = claim_policy_of(_settings())
    assert (default.tenants, default.allowed_clients, default.allow_guests) == (None, None, True)


def test_scopes_as_clients_request_them(scene):
    """Short names get the API's prefix, whole ones stay."""
    prefix = f"api://{scene.tenant.client_id}"
    assert scene.engine.full_scopes(("Files.Read", "api://other/X")) == (f"{prefix}/Files.Read", "api://other/X")


def test_a_token_becomes_a_principal_with_the_token(scene):
    """The principal holds the token for calls on the user's behalf, whether it was seen before or not."""
    token = scene.tenant.mint_token()
    for _ in range(2):
        principal = scene.accept(token)
        assert principal.token is not None
        assert principal.token.reveal() == token


def test_a_refusal_is_told_to_the_operator(scene):
    """T21: the reason code and what to do go to the log; no value of the token does."""
    token = scene.tenant.mint_token(fault="wrong-audience")
    assert scene.refuse(token) is Reason.WRONG_AUDIENCE
    (event,) = scene.core.named("token.rejected")
    assert (event.level, event.fields) == (logging.WARNING, {"reason": "wrong_audience", "claim": "aud"})
    assert not any(part in event.message for part in token.split("."))
    scene.refuse("nonsense")
    assert scene.core.named("token.rejected")[1].fields == {"reason": "malformed", "claim": ""}


@pytest.mark.parametrize("token", ["", "\ud800", "\u00e9.\u00e9.\u00e9", "a.b.c", "\x00", "." * 300_000])
def test_what_is_no_token_is_refused(scene, token):
    """T10, T34: whatever text a caller passes, there is a reason and no other error."""
    with pytest.raises(TokenRejected):
        scene.core.run(lambda: scene.engine.validate_token(token))
    assert scene.fetches == (0, 0)


def test_warm_up(scene):
    """R01: fetches what the first token would need, or says that it cannot."""
    scene.tenant.go_down()
    with pytest.raises(ProviderUnavailable):
        scene.core.run(scene.engine.warm_up)
    scene.tenant.come_up()
    scene.core.clock.advance(1)
    scene.core.run(scene.engine.warm_up)
    fetches = scene.fetches
    scene.accept_new()
    assert scene.fetches == fetches


def test_a_refused_token_can_be_good_elsewhere(core):
    """T59: a list of tenants admits its own and refuses the rest."""
    scene = Scene(core, tenants={OTHER})
    assert scene.accept_new(tenant_id=OTHER).tenant_id == OTHER
    assert scene.refuse(scene.tenant.mint_token()) is Reason.WRONG_TENANT
