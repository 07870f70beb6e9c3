"""Flags, seconds and paths."""

import math
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import (
    AzureAdSettings,
)

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"


def settings(**given_settings: Any) -> AzureAdSettings:
    """Good settings, but for what is given."""
    return AzureAdSettings(**{"tenant_id": TENANT, "client_id": CLIENT, **given_settings})


def refusal(**given_settings: Any) -> str:
    """The message with which such settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        settings(**given_settings)
    return str(refused.value)


@pytest.mark.parametrize("seconds", [0, 60, 0.5, 600])
def test_T41_clock_skews_that_are_accepted(seconds: float) -> None:
    """Clocks may differ by 0 to 600 seconds."""
    assert settings(clock_skew_seconds=seconds).clock_skew_seconds == seconds


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(601, id="T41 more than ten minutes"),
        pytest.param(600.001, id="T41 a little more than ten minutes"),
        pytest.param(-1, id="T41 negative"),
        pytest.param(math.inf, id="T41 infinite"),
        pytest.param(math.nan, id="T41 not a number"),
        pytest.param(True, id="T41 boolean"),
        pytest.param("60", id="T41 text"),
        pytest.param(None, id="T41 None"),
    ],
)
def test_T41_clock_skews_that_are_refused(seconds: object) -> None:
    """A tolerance beyond ten minutes, or none that can be counted with, is refused."""
    assert refusal(clock_skew_seconds=seconds).startswith("clock_skew_seconds is out of range; expected seconds from 0")


@pytest.mark.parametrize("seconds", [0, -1, 120.5, math.inf, math.nan, True, "10", None])
def test_timeouts_that_are_refused(seconds: object) -> None:
    """A request must be able to end, and to end soon."""
    assert refusal(timeout_seconds=seconds).startswith("timeout_seconds is out of range; expected seconds above 0")


@pytest.mark.parametrize("seconds", [0.1, 10, 120])
def test_timeouts_that_are_accepted(seconds: float) -> None:
    """Up to two minutes for one request."""
    assert settings(timeout_seconds=seconds).timeout_seconds == seconds


@pytest.mark.parametrize(
    "name", ["allow_guests", "accept_tokens_without_permissions", "cache_enabled", "allow_loopback_http"]
)
@pytest.mark.parametrize("value", ["false", "", 0, 1, None])
def test_flags_are_booleans(name: str, value: object) -> None:
    """What only counts as true or false is refused: the text "false" counts as true."""
    assert refusal(**{name: value}) == f"{name} is not a boolean; expected True or False"


@pytest.mark.parametrize("value", ["", b"ca.pem", "a\0b", 7, False])
def test_the_ca_bundle_is_a_path(value: object) -> None:
    """Certificate checks cannot be turned off: False is not a path."""
    assert refusal(ca_bundle=value).startswith("ca_bundle is not a path")


@pytest.mark.parametrize("value", ["ca.pem", Path("ca.pem")])
def test_ca_bundles_that_are_accepted(value: str | Path) -> None:
    """Text and Path name the same file."""
    assert settings(ca_bundle=value).ca_bundle == Path("ca.pem")
