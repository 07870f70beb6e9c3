"""Whose tokens settings can welcome."""

from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import (
    ANY_TENANT,
    AnyTenant,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


def is_customer(tenant_id: str) -> bool:
    """The rule of an application that has one customer."""
    return tenant_id == OTHER_TENANT


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        pytest.param(ANY_TENANT, ANY_TENANT, id="any tenant, said aloud"),
        pytest.param({OTHER_TENANT.upper()}, frozenset({OTHER_TENANT}), id="set of GUIDs"),
        pytest.param([OTHER_TENANT, OTHER_TENANT], frozenset({OTHER_TENANT}), id="list of GUIDs"),
        pytest.param(is_customer, is_customer, id="callable"),
    ],
)
def test_tenant_rules_that_are_accepted(rule: object, kept: object) -> None:
    """A tenant rule is a collection of GUIDs, ANY_TENANT or a callable."""
    assert settings(tenant_id="common", tenants=rule).tenants == kept
    assert settings(tenant_id="common", tenants=iter([OTHER_TENANT])).tenants == frozenset({OTHER_TENANT})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"tenant_id": "common"}, "tenants is missing; tenant_id stands for many", id="T59 common alone"),
        pytest.param({"tenant_id": "organizations"}, "tenants is missing; tenant_id", id="T59 organizations alone"),
        pytest.param(
            {"tenant_id": "consumers", "tenants": ANY_TENANT}, "tenants contradicts tenant_id: personal", id="consumers"
        ),
        pytest.param(
            {"tenant_id": "organizations", "tenants": [PERSONAL_TENANT]},
            "tenants has the tenant of personal accounts, which tenant_id excludes",
            id="T59 personal accounts under organizations",
        ),
        pytest.param({"tenants": []}, "tenants is empty, so that nobody could come in", id="T59 empty"),
        pytest.param({"tenants": OTHER_TENANT}, "tenants is not a collection", id="T59 one text"),
        pytest.param({"tenants": "any"}, "tenants is not a collection", id="T59 the environment's word in code"),
        pytest.param({"tenants": ["contoso.com"]}, "tenants has an item that is not a GUID", id="T59 a domain"),
        pytest.param({"tenants": ["*"]}, "tenants has an item that is not a GUID", id="T59 a wildcard"),
        pytest.param({"tenants": [OTHER_TENANT, 7]}, "tenants has an item that is empty, no text", id="a number"),
        pytest.param({"tenants": True}, "tenants is not a collection", id="T59 a boolean"),
        pytest.param({"tenants": AnyTenant}, "tenants has an item that is", id="T59 the enum in place of its member"),
        pytest.param({"tenants": str}, "tenants is not a collection", id="T59 a class"),
    ],
)
def test_T59_tenant_rules_that_are_refused(wrong: dict[str, Any], message: str) -> None:
    """Many tenants need a rule that says which; a rule that cannot work is refused."""
    assert refusal(**wrong).startswith(message)


@pytest.mark.parametrize(
    ("clients", "message"),
    [
        pytest.param([], "allowed_clients is empty, so that nobody could come in", id="empty"),
        pytest.param(CLIENT, "allowed_clients is not a collection", id="one text"),
        pytest.param(["orders"], "allowed_clients has an item that is not a GUID", id="a name"),
        pytest.param([""], "allowed_clients has an item that is empty", id="an empty one"),
        pytest.param(7, "allowed_clients is not a collection", id="a number"),
    ],
)
def test_allowed_clients_that_are_refused(clients: object, message: str) -> None:
    """Client applications are named by GUID, and a list of none would shut everybody out."""
    assert refusal(allowed_clients=clients).startswith(message)


def test_allowed_clients_are_a_set_in_lower_case() -> None:
    """The case of a GUID means nothing."""
    assert settings(allowed_clients=[CLIENT.upper(), CLIENT]).allowed_clients == frozenset({CLIENT})


@pytest.mark.parametrize(
    "audiences",
    [
        pytest.param([""], id="T55 empty audience"),
        pytest.param(["api://a", "  "], id="T55 blank audience"),
        pytest.param(["api://a b"], id="T55 space within"),
        pytest.param(["api://a\n"], id="T55 newline"),
        pytest.param([None], id="T55 None"),
        pytest.param([b"api://a"], id="T55 bytes"),
        pytest.param("api://a", id="T55 one text, whose letters would be audiences"),
        pytest.param(b"api://a", id="T55 bytes in place of a collection"),
        pytest.param(None, id="T55 None in place of a collection"),
    ],
)
def test_T55_audiences_that_are_refused(audiences: object) -> None:
    """An audience is a text that can stand in aud; an empty one would match a token that is for nobody."""
    assert refusal(audiences=audiences).startswith("audiences ")


def test_audiences_keep_their_order_once_each() -> None:
    """Audiences are kept as a tuple without repetition."""
    assert settings(audiences=["api://b", "api://a", "api://b"]).audiences == ("api://b", "api://a")


@pytest.mark.parametrize(
    "algorithms", [["RS256"], ("PS256", "PS384"), {"ES256"}, ["ES256", "ES384", "ES512"], ["RS512", "RS256"]]
)
def test_algorithms_that_are_accepted(algorithms: object) -> None:
    """Any of one asymmetric family is good."""
    assert set(settings(algorithms=algorithms).algorithms) == set(algorithms)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("algorithms", "message"),
    [
        pytest.param(["HS256"], "algorithms has one that is not accepted", id="T25 shared secret"),
        pytest.param(["RS256", "HS256"], "algorithms has one that is not accepted", id="T25 shared secret beside RSA"),
        pytest.param(["none"], "algorithms has one that is not accepted", id="T25 none"),
        pytest.param(["RS256", "none"], "algorithms has one that is not accepted", id="T25 none beside RSA"),
        pytest.param(["rs256"], "algorithms has one that is not accepted", id="T25 lower case"),
        pytest.param(["EdDSA"], "algorithms has one that is not accepted", id="T25 one that Entra does not have"),
        pytest.param(["RS256", "PS256"], "algorithms mixes families", id="T25 RS and PS"),
        pytest.param(["RS256", "ES256"], "algorithms mixes families", id="T25 RS and ES"),
        pytest.param(["PS256", "ES256"], "algorithms mixes families", id="T25 PS and ES"),
        pytest.param([], "algorithms is empty, so that no token could be good", id="T25 empty"),
        pytest.param("RS256", "algorithms is not a collection", id="T25 one text"),
        pytest.param(None, "algorithms is not a collection", id="T25 None"),
    ],
)
def test_T25_algorithms_that_are_refused(algorithms: object, message: str) -> None:
    """Only asymmetric algorithms exist, and only of one family at a time."""
    assert refusal(algorithms=algorithms).startswith(message)


@pytest.mark.parametrize("prefix", ["api:// x", " ", "/", 7, ["api://a"]])
def test_scope_prefixes_that_are_refused(prefix: object) -> None:
    """A prefix is a text without spaces that something can stand behind."""
    assert refusal(scope_prefix=prefix).startswith("scope_prefix is not a prefix of scopes")


def test_client_capabilities_are_known_ones() -> None:
    """CP1, in any case, is the one capability there is."""
    assert settings(client_capabilities=["cp1", "CP1"]).client_capabilities == ("CP1",)
    assert refusal(client_capabilities=["CP2"]).startswith("client_capabilities has one that is not known")
    assert refusal(client_capabilities="CP1").startswith("client_capabilities is not a collection")
