"""What settings are as a value, and that none of their forms shows a secret."""

import copy
import dataclasses
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import TransportAnswer
from azuread_auth.secret import Secret
from azuread_auth.settings import (
    ANY_TENANT,
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
KEY = bytes(range(32))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


class NoNetwork:
    def answer(self, request: HttpRequest) -> TransportAnswer:
        return TransportAnswer(response=None)


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


def test_the_fields_are_the_documented_ones_with_their_defaults() -> None:
    """Every documented setting exists, in order, keyword-only, with the documented default."""
    defaults = {field.name: field.default for field in dataclasses.fields(AzureAdSettings)}
    assert list(defaults.items()) == [
        ("tenant_id", None),
        ("client_id", ""),
        ("credential", None),
        ("authority_host", "https://login.microsoftonline.com"),
        ("authority_url", None),
        ("audiences", ()),
        ("tenants", None),
        ("allowed_clients", None),
        ("allow_guests", True),
        ("accept_tokens_without_permissions", False),
        ("algorithms", ("RS256", "RS384", "RS512")),
        ("clock_skew_seconds", 60),
        ("scope_prefix", None),
        ("client_capabilities", ()),
        ("cache_enabled", True),
        ("redis_url", None),
        ("encryption_keys", ()),
        ("ca_bundle", None),
        ("allow_loopback_http", False),
        ("timeout_seconds", 10.0),
        ("simulation", None),
        ("transport", None),
    ]
    assert all(field.kw_only for field in dataclasses.fields(AzureAdSettings))


def test_settings_are_frozen_and_compare_by_value() -> None:
    """Two settings with the same values are equal and hash alike; none can be changed."""
    one = settings(tenants=[OTHER_TENANT.upper()], audiences=["api://a"], credential=ClientSecret("s"))
    two = settings(tenants={OTHER_TENANT}, audiences=("api://a",), credential=ClientSecret("s"))
    assert one == two
    assert hash(one) == hash(two)
    assert one != settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.client_id = OTHER_TENANT  # type: ignore[misc]


def test_what_was_accepted_is_accepted_again() -> None:
    """Replacing one setting keeps all the others as they were, whatever form they were given in."""
    first = settings(
        tenants={OTHER_TENANT},
        redis_url="redis://cache:6379/0",
        encryption_keys=[KEY, KEY_TEXT],
        ca_bundle="ca.pem",
        client_capabilities=["cp1"],
        allowed_clients=[CLIENT],
    )
    assert dataclasses.replace(first, timeout_seconds=10.0) == first


def test_the_transport_is_neither_shown_nor_compared() -> None:
    """A transport is how to reach a simulated tenant, not part of what settings say."""
    transport = NoNetwork()
    assert settings(transport=transport) == settings()
    assert "transport" not in repr(settings(transport=transport))
    assert settings(transport=transport).transport is transport


def test_computed_sets() -> None:
    """The accepted audiences and scope prefixes follow from client id, audiences and scope prefix."""
    result = settings(audiences=["https://orders.contoso.com"], scope_prefix="api://orders/")
    assert result.accepted_audiences == {CLIENT, f"api://{CLIENT}", "https://orders.contoso.com"}
    assert result.scope_prefix == "api://orders"
    assert result.scope_prefixes == result.accepted_audiences | {"api://orders"}
    assert not result.is_multi_tenant
    assert settings(tenants=ANY_TENANT).is_multi_tenant


@pytest.mark.parametrize("left_out", [None, ""])
def test_the_scope_prefix_is_that_of_the_client_id_by_default(left_out: str | None) -> None:
    """Short scope names are advertised under api://{client_id} unless another prefix is given."""
    assert settings(scope_prefix=left_out, client_id=CLIENT.upper()).scope_prefix == f"api://{CLIENT}"


def test_nothing_is_read_or_opened_at_construction() -> None:
    """Files that are not there and servers that do not exist are no error until they are needed."""
    result = settings(ca_bundle="/nowhere/ca.pem", redis_url="redis://nowhere.invalid/0", encryption_keys=[KEY])
    assert result.ca_bundle == Path("/nowhere/ca.pem")


def test_any_tenant_is_one_and_the_same_in_every_copy() -> None:
    """ANY_TENANT can be compared by identity after copying and pickling, and reads well in logs."""
    assert copy.copy(ANY_TENANT) is ANY_TENANT
    assert copy.deepcopy(ANY_TENANT) is ANY_TENANT
    assert pickle.loads(pickle.dumps(ANY_TENANT)) is ANY_TENANT
    assert repr(ANY_TENANT) == "ANY_TENANT"
    assert "tenants=ANY_TENANT" in repr(settings(tenants=ANY_TENANT))


def test_T112_no_form_of_settings_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Client secret, Redis password and encryption keys are masked in repr, str, format, asdict, fields and logs."""
    shown = settings(
        credential=ClientSecret("canary-secret"),
        redis_url="redis://:canary-password@cache/0",
        encryption_keys=[b"canary-key-canary-key-canary-key"],
    )
    logging.getLogger("test").warning("settings: %s %r", shown, shown)
    fields = [getattr(shown, field.name) for field in dataclasses.fields(shown)]
    everywhere = [repr(shown), str(shown), f"{shown}", repr(dataclasses.asdict(shown)), repr(fields), caplog.text]
    assert not any("canary" in text for text in everywhere)
    assert isinstance(shown.redis_url, Secret)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(shown)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"redis_url": "redis://:canary@cache:port/0"}, id="T112 password in a malformed Redis address"),
        pytest.param({"redis_url": "https://:canary@cache"}, id="T112 password in an address of another scheme"),
        pytest.param({"redis_url": "redis://:canary@cache"}, id="T112 password in an address without keys"),
        pytest.param({"encryption_keys": ["canary"]}, id="T112 key of a wrong length"),
        pytest.param({"client_id": "canary"}, id="T112 secret put where the client id belongs"),
        pytest.param({"tenant_id": "canary canary"}, id="T112 secret put where the tenant belongs"),
        pytest.param({"authority_url": "https://u:canary@login.contoso.com/t"}, id="T112 password in the authority"),
        pytest.param({"credential": "canary"}, id="T112 bare text as credential"),
    ],
)
def test_T112_a_refusal_tells_no_value(wrong: dict[str, object]) -> None:
    """Neither the message nor the chain of a refusal repeats what was given."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**wrong)
    told = "".join(traceback.format_exception_only(refused.value))
    assert "canary" not in told
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_refusal_survives_the_way_back_from_another_process() -> None:
    """The error can be pickled, so that a process pool reports it in place of breaking."""
    with pytest.raises(ConfigurationError) as refused:
        settings(client_id="orders")
    returned = pickle.loads(pickle.dumps(refused.value))
    assert type(returned) is ConfigurationError
    assert str(returned) == str(refused.value)


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt keyword is an error, not a setting without effect."""
    with pytest.raises(TypeError, match="tenats"):
        settings(tenats=ANY_TENANT)
