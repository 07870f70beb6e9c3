"""Settings from environment variables: which are read, which wins, and how a refusal names them."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from azuread_auth._settings.overrides import SettingOverrides
from azuread_auth._settings.simulation_mode import SimulationFile
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret
from azuread_auth.settings import ANY_TENANT, AUTHORITY_CHINA, AUTHORITY_US_GOVERNMENT, AzureAdSettings

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
OTHER = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ENVIRON = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}


def refusal(environ: Mapping[str, str], **overrides: Any) -> str:
    """The message with which these variables, beside tenant and client, are refused."""
    with pytest.raises(ConfigurationError) as refused:
        AzureAdSettings.from_env({**ENVIRON, **environ}, **overrides)
    assert type(refused.value) is ConfigurationError
    return str(refused.value)


def test_tenant_and_client_are_enough() -> None:
    """The names that other Azure tools set make complete settings, the same as code would."""
    assert AzureAdSettings.from_env(ENVIRON) == AzureAdSettings(tenant_id=TENANT, client_id=CLIENT)


def test_the_environment_of_the_process_is_the_default() -> None:
    """Without an environment given, the process's own is read; what code gives is enough by itself."""
    result = AzureAdSettings.from_env(tenant_id=TENANT, client_id=CLIENT, credential=None, simulation=None)
    assert result.client_id == CLIENT


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("AZURE_AD_TENANT_ID", OTHER, "tenant_id", OTHER),
        ("AZURE_AD_CLIENT_ID", OTHER.upper(), "client_id", OTHER),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/", "authority_host", AUTHORITY_US_GOVERNMENT),
        ("AZURE_AD_AUTHORITY_HOST", "login.microsoftonline.us", "authority_host", AUTHORITY_US_GOVERNMENT),
        (
            "AZURE_AD_AUTHORITY_URL",
            "https://contoso.ciamlogin.com/",
            "authority_url",
            "https://contoso.ciamlogin.com",
        ),
        ("AZURE_AD_AUDIENCES", "api://a, api://b", "audiences", ("api://a", "api://b")),
        ("AZURE_AD_TENANTS", f"{TENANT},{OTHER.upper()}", "tenants", frozenset({TENANT, OTHER})),
        ("AZURE_AD_TENANTS", "any", "tenants", ANY_TENANT),
        ("AZURE_AD_TENANTS", " Any ", "tenants", ANY_TENANT),
        ("AZURE_AD_ALLOWED_CLIENTS", OTHER, "allowed_clients", frozenset({OTHER})),
        ("AZURE_AD_ALLOW_GUESTS", "False", "allow_guests", False),
        ("AZURE_AD_ACCEPT_TOKENS_WITHOUT_PERMISSIONS", "1", "accept_tokens_without_permissions", True),
        ("AZURE_AD_ALGORITHMS", "PS256,PS512", "algorithms", ("PS256", "PS512")),
        ("AZURE_AD_CLOCK_SKEW_SECONDS", "0", "clock_skew_seconds", 0),
        ("AZURE_AD_SCOPE_PREFIX", "api://orders/", "scope_prefix", "api://orders"),
        ("AZURE_AD_CLIENT_CAPABILITIES", "cp1", "client_capabilities", ("CP1",)),
        ("AZURE_AD_CACHE_ENABLED", "0", "cache_enabled", False),
        ("AZURE_AD_CA_BUNDLE", "/etc/ssl/private-ca.pem", "ca_bundle", Path("/etc/ssl/private-ca.pem")),
        ("AZURE_AD_ALLOW_LOOPBACK_HTTP", "TRUE", "allow_loopback_http", True),
        ("AZURE_AD_TIMEOUT_SECONDS", "2.5", "timeout_seconds", 2.5),
    ],
)
def test_every_field_has_its_variable(variable: str, text: str, field: str, value: object) -> None:
    """Each variable sets the field it is named after, read as text, list, boolean or number."""
    result = AzureAdSettings.from_env({**ENVIRON, variable: text})
    assert getattr(result, field) == value


def test_the_token_store_has_its_variables() -> None:
    """Redis address and keys come together, keys separated by commas in order."""
    result = AzureAdSettings.from_env(
        {**ENVIRON, "AZURE_AD_REDIS_URL": "rediss://cache:6380", "AZURE_AD_ENCRYPTION_KEYS": f"{KEY_TEXT},{KEY_TEXT}"}
    )
    assert result.redis_url == Secret("rediss://cache:6380")
    assert result.encryption_keys == (Secret(bytes(range(32))),) * 2


@pytest.mark.parametrize("field", ["tenant_id", "client_id"])
def test_own_names_win_over_those_of_other_tools(field: str) -> None:
    """AZURE_AD_… goes before the name that AKS or App Service has set."""
    result = AzureAdSettings.from_env({**ENVIRON, f"AZURE_AD_{field.upper()}": OTHER})
    assert getattr(result, field) == OTHER


def test_an_empty_variable_is_an_absent_one() -> None:
    """Templates leave variables empty: they neither win nor count as a value."""
    names = [f"AZURE_AD_{field.name.upper()}" for field in dataclasses.fields(AzureAdSettings)]
    shared = ["AZURE_AUTHORITY_HOST", "AZURE_CLIENT_SECRET", "AZURE_USE_MANAGED_IDENTITY", "AZURE_AD_SIMULATION_MODE"]
    empty = dict.fromkeys([*names, *shared], "")
    assert AzureAdSettings.from_env({**ENVIRON, **empty}) == AzureAdSettings.from_env(ENVIRON)


def test_variables_of_others_are_left_alone() -> None:
    """Unknown variables, ours to the look or not, are no error: other tools have theirs."""
    others = {"AZURE_AD_DOMAIN": "contoso.com", "AZURE_SUBSCRIPTION_ID": "x", "AZURE_AD_BASE_URL": "x"}
    assert AzureAdSettings.from_env({**ENVIRON, **others}) == AzureAdSettings.from_env(ENVIRON)


def test_code_wins_over_the_environment() -> None:
    """What code gives is taken, and the variable behind it is not even read, however wrong it is."""
    wrong = {
        "AZURE_AD_TENANTS": "everybody",
        "AZURE_AD_TIMEOUT_SECONDS": "soon",
        "AZURE_AD_CREDENTIAL": "guess",
        "AZURE_AD_SIMULATION_MODE": "dream",
    }
    result = AzureAdSettings.from_env(
        {**ENVIRON, **wrong}, tenants=None, timeout_seconds=3, credential=None, simulation=None, client_id=OTHER
    )
    assert result == AzureAdSettings(tenant_id=TENANT, client_id=OTHER, timeout_seconds=3)


def test_overrides_are_the_fields_of_settings() -> None:
    """Type checkers know every setting that code may give beside the environment."""
    fields = [field.name for field in dataclasses.fields(AzureAdSettings)]
    assert list(get_type_hints(SettingOverrides)) == fields


def test_a_cloud_named_by_aks_is_nothing_against_a_whole_authority() -> None:
    """AKS always sets AZURE_AUTHORITY_HOST; it gives way to an authority that was named whole, in either place."""
    url = "https://contoso.ciamlogin.com"
    aks = {**ENVIRON, "AZURE_AUTHORITY_HOST": AUTHORITY_CHINA}
    assert AzureAdSettings.from_env({**aks, "AZURE_AD_AUTHORITY_URL": url}).authority_url == url
    assert AzureAdSettings.from_env(aks, authority_url=url).authority_url == url
    assert AzureAdSettings.from_env(aks, authority_url=None).authority_host == AUTHORITY_CHINA


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param({"AZURE_TENANT_ID": "../../x"}, "AZURE_TENANT_ID is not a tenant", id="T113 tenant"),
        pytest.param({"AZURE_AD_TENANT_ID": "a@evil"}, "AZURE_AD_TENANT_ID is not a tenant", id="T113 own tenant"),
        pytest.param(
            {"AZURE_TENANT_ID": ""}, "tenant_id (AZURE_AD_TENANT_ID or AZURE_TENANT_ID) is missing", id="none"
        ),
        pytest.param({"AZURE_CLIENT_ID": ""}, "client_id (AZURE_AD_CLIENT_ID or AZURE_CLIENT_ID) is missing", id="id"),
        pytest.param({"AZURE_CLIENT_ID": "orders"}, "AZURE_CLIENT_ID is not a GUID", id="client id"),
        pytest.param(
            {"AZURE_AUTHORITY_HOST": "http://login.microsoftonline.com"},
            "AZURE_AUTHORITY_HOST is http off this machine",
            id="T113 T114 AZURE_AUTHORITY_HOST by http",
        ),
        pytest.param(
            {"AZURE_AUTHORITY_HOST": "https://evil.com"},
            "AZURE_AUTHORITY_HOST names a host that is not a login host of a Microsoft cloud; correct it, or give the "
            "whole address of External ID, B2C or a custom domain as authority_url (AZURE_AD_AUTHORITY_URL)",
            id="T113 AZURE_AUTHORITY_HOST unknown",
        ),
        pytest.param(
            {"AZURE_AUTHORITY_HOST": "http://127.0.0.1:8400"},
            "AZURE_AUTHORITY_HOST is http; expected https, or allow_loopback_http (AZURE_AD_ALLOW_LOOPBACK_HTTP) to be",
            id="T114 loopback http without the flag",
        ),
        pytest.param(
            {"AZURE_TENANT_ID": "common"},
            "tenants (AZURE_AD_TENANTS) is missing; AZURE_TENANT_ID stands for many tenants",
            id="T59 common without a rule",
        ),
        pytest.param(
            {"AZURE_AD_AUTHORITY_URL": "https://x.ciamlogin.com", "AZURE_AD_AUTHORITY_HOST": AUTHORITY_CHINA},
            "AZURE_AD_AUTHORITY_URL contradicts AZURE_AD_AUTHORITY_HOST",
            id="two authorities",
        ),
        pytest.param({"AZURE_AD_TENANTS": "any,all"}, "AZURE_AD_TENANTS has an item that is not a GUID", id="any, all"),
        pytest.param({"AZURE_AD_TENANTS": f"{OTHER},"}, "AZURE_AD_TENANTS has an item that is empty", id="last comma"),
        pytest.param({"AZURE_AD_AUDIENCES": ","}, "AZURE_AD_AUDIENCES has an item that is empty", id="T55 a comma"),
        pytest.param({"AZURE_AD_ALGORITHMS": "HS256"}, "AZURE_AD_ALGORITHMS has one that is not", id="T25 HS256"),
        pytest.param({"AZURE_AD_ALGORITHMS": "RS256,PS256"}, "AZURE_AD_ALGORITHMS mixes families", id="T25 mixed"),
        pytest.param({"AZURE_AD_CLOCK_SKEW_SECONDS": "601"}, "AZURE_AD_CLOCK_SKEW_SECONDS is out of", id="T41 above"),
        pytest.param({"AZURE_AD_CLOCK_SKEW_SECONDS": "nan"}, "AZURE_AD_CLOCK_SKEW_SECONDS is out of", id="T41 nan"),
        pytest.param({"AZURE_AD_TIMEOUT_SECONDS": "10s"}, "AZURE_AD_TIMEOUT_SECONDS is not a number", id="unit"),
        pytest.param({"AZURE_AD_ALLOW_GUESTS": "no"}, "AZURE_AD_ALLOW_GUESTS is not a boolean; expected true", id="no"),
        pytest.param({"AZURE_AD_ALLOW_GUESTS": " true"}, "AZURE_AD_ALLOW_GUESTS is not a boolean", id="a space"),
        pytest.param(
            {"AZURE_AD_REDIS_URL": "redis://h"}, "AZURE_AD_REDIS_URL needs encryption_keys (AZURE_AD_", id="r"
        ),
        pytest.param(
            {"AZURE_AD_ENCRYPTION_KEYS": KEY_TEXT},
            "AZURE_AD_ENCRYPTION_KEYS has no use without redis_url (AZURE_AD_REDIS_URL)",
            id="keys without Redis",
        ),
    ],
)
def test_a_refusal_names_the_variable(environ: dict[str, str], message: str) -> None:
    """Whatever is wrong is told by the variable it came from; what is missing by those it could come from."""
    assert refusal(environ).startswith(message)


def test_a_refusal_of_what_code_gave_names_the_setting() -> None:
    """A setting that code gave is told by its own name, beside variables told by theirs."""
    assert refusal({}, timeout_seconds=math.inf).startswith("timeout_seconds is out of range")
    assert refusal({"AZURE_TENANT_ID": "common"}, tenants=None).startswith("tenants is missing; AZURE_TENANT_ID")


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"AZURE_AD_REDIS_URL": "redis://:canary@h:port"}, id="T112 password in a bad address"),
        pytest.param({"AZURE_AD_ENCRYPTION_KEYS": "canary"}, id="T112 bad key"),
        pytest.param({"AZURE_CLIENT_ID": "canary"}, id="T112 secret in the wrong variable"),
        pytest.param({"AZURE_AD_ALLOW_GUESTS": "canary"}, id="T112 secret in place of a boolean"),
        pytest.param({"AZURE_AD_TIMEOUT_SECONDS": "canary"}, id="T112 secret in place of a number"),
        pytest.param({"AZURE_AD_CREDENTIAL": "canary"}, id="T112 secret in place of a choice"),
        pytest.param(
            {"AZURE_CLIENT_SECRET": "canary", "AZURE_FEDERATED_TOKEN_FILE": "/canary"}, id="T112 several credentials"
        ),
    ],
)
def test_T112_a_refusal_tells_no_value(environ: dict[str, str]) -> None:
    """Variables are told by name, never by value."""
    assert "canary" not in refusal(environ)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param({"AZURE_AD_SIMULATION_MODE": "on"}, "AZURE_AD_SIMULATION_MODE is not known; expected", id="mode"),
        pytest.param(
            {"AZURE_AD_SIMULATION_MODE": "replay"}, "AZURE_AD_SIMULATION_FILE is missing", id="replay without a file"
        ),
        pytest.param(
            {"AZURE_AD_SIMULATION_MODE": "replay", "AZURE_AD_SIMULATION_FILE": "a\0b"},
            "AZURE_AD_SIMULATION_FILE is not the path of a file",
            id="no path",
        ),
    ],
)
def test_simulation_modes_that_are_refused(environ: dict[str, str], message: str) -> None:
    """A mode that is not known or not complete stops the start."""
    assert refusal(environ).startswith(message)


@pytest.mark.parametrize(("mode", "known"), [("replay", "replay"), ("Recording", "recording")])
def test_simulation_by_the_environment(mode: str, known: str) -> None:
    """The mode and the file are what the settings have; nothing is opened, and code wins."""
    environ = {**ENVIRON, "AZURE_AD_SIMULATION_MODE": mode, "AZURE_AD_SIMULATION_FILE": "missing.json"}
    result = AzureAdSettings.from_env(environ)
    assert result.simulation == SimulationFile(known, Path("missing.json"))
    assert AzureAdSettings.from_env(environ, simulation=None).simulation is None


@pytest.mark.parametrize("mode", ["", "disabled", "DISABLED"])
def test_simulation_can_be_disabled(mode: str) -> None:
    """A disabled simulation is none, with a file or without."""
    environ = {**ENVIRON, "AZURE_AD_SIMULATION_MODE": mode, "AZURE_AD_SIMULATION_FILE": "cassette.json"}
    assert AzureAdSettings.from_env(environ) == AzureAdSettings.from_env(ENVIRON)


def test_T125_no_variable_switches_a_transport_or_simulation_on() -> None:
    """Neither the transport nor the simulation object can come from the environment."""
    environ = {**ENVIRON, "AZURE_AD_TRANSPORT": "in-process", "AZURE_AD_SIMULATION": "true"}
    with pytest.warns(UserWarning, match="AZURE_AD_SIMULATION is no setting"):
        result = AzureAdSettings.from_env(environ)
    assert result.transport is None
    assert result.simulation is None
