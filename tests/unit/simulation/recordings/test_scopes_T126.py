"""Scopes as recordings name them."""

import random
import string
from typing import Any

import pytest

from azuread_auth.simulation.recordings.labels import Labels
from azuread_auth.simulation.recordings.scopes import is_readable, recorded_scopes

OWN = "22222222-2222-4222-8222-222222222222"
LETTERS = string.ascii_letters + string.digits


def named(*scopes: str) -> list[str]:
    """What a recording calls them."""
    names = recorded_scopes(scopes, client_id=OWN, labels=Labels())
    return [names[scope] for scope in scopes]


def entra_secret(chance: random.Random) -> str:
    """A text of the form of Entra's client secrets."""
    return f"{''.join(chance.choices(LETTERS, k=3))}8Q~{''.join(chance.choices(LETTERS + '_-.~', k=34))}"


@pytest.mark.parametrize(
    "scope",
    [
        "https://graph.microsoft.com/.default",
        "User.Read",
        "api://orders-v2.internal.eu-west-1.prod.contoso.com/Orders.Read",
        "https://very-long-name-of-a-vault.vault.azure.net:443/.default",
        "api://00000003-0000-0000-c000-000000000000/.default",
    ],
)
def test_what_is_readable_stays_so(scope: str) -> None:
    """Names of APIs and hosts, also long ones."""
    assert named(scope) == [scope]


@pytest.mark.parametrize(
    "scope",
    [
        "eyJhbGciOiJub25lIn0.e30.x",
        "xeyJhbGciOiJub25lIn0",
        "abc8Q~x",
        "a.b1.c2d3e4f5g6h7i8j9k0l1m2n3o4p5q6r7~",
        "0123456789ABCDEF.0123456789abcdef.x",
        "adele@contoso.com",
        "{client}",
        "a%20b",
        "x" * 81,
    ],
)
def test_T126_what_may_be_a_secret_has_a_number(scope: str) -> None:
    """T126: tokens, secrets, addresses of people, and names that recordings give themselves."""
    assert named(f"api://{scope}/.default") == ["api://{other-1}/.default"]
    assert not is_readable(scope)


def test_T126_no_secret_of_entra_is_readable() -> None:
    """T126: whatever characters there are in it."""
    chance = random.Random(1)
    secrets = [entra_secret(chance) for _ in range(2000)]
    assert not any(map(is_readable, secrets))
    assert not any(secret in name for secret, name in zip(secrets, named(*secrets), strict=True))


def test_different_parts_have_different_names() -> None:
    """One request is not answered with what another has got; the order of the scopes is no difference."""
    assert named("api://a%20b/x", "api://b%20c/x") == ["api://{other-1}/x", "api://{other-2}/x"]
    assert named("api://b%20c/x", "api://a%20b/x") == ["api://{other-2}/x", "api://{other-1}/x"]
    ids: Any = named(f"api://{OWN}/x", "api://0f1a2b3c-1111-4222-8333-444455556666/x")
    assert ids[0] == "api://{client}/x"
    assert ids[1].startswith("api://{id-")
