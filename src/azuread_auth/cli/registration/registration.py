"""The registration that an application needs, put together."""

from dataclasses import dataclass

from azuread_auth.cli.registration.commands import commands
from azuread_auth.cli.registration.facts import RegistrationFacts
from azuread_auth.cli.registration.manifest import Item, checklist
from azuread_auth.cli.registration.unknown import unknown

__all__ = ["Registration", "registration_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The checklist, the same as commands, and what is not in it."""

    client_id: str
    items: tuple[Item, ...]
    commands: tuple[str, ...]
    unknown: tuple[str, ...]


def registration_for(facts: RegistrationFacts, *, graph: str) -> Registration:
    """`graph` is the address of Microsoft Graph in the settings' cloud."""
    items = checklist(facts)
    return Registration(
        client_id=facts.settings.client_id,
        items=items,
        commands=commands(items, graph=graph),
        unknown=unknown(facts),
    )
