"""What a registration needs, as text for people and as JSON for programs."""

import json
from collections.abc import Iterator

from azuread_auth.cli.registration.manifest import Item
from azuread_auth.cli.registration.registration import Registration

__all__ = ["json_registration", "registration_lines"]


def registration_lines(registration: Registration) -> Iterator[str]:
    """The lines of a page."""
    yield f"App registration {registration.client_id}: what this configuration and code need of it"
    for item in registration.items:
        other = "" if item.client_id == registration.client_id else f" (of the registration {item.client_id})"
        yield f"  [ ] {item.setting}{other}: {_shown(item)}"
        yield f"      {item.why}"
    yield "  What cannot be seen from here"
    yield from (f"    - {each}" for each in registration.unknown)
    yield "  The same as commands; a list replaces the one that is there, so add what it has to keep, with its id"
    yield from (f"    {command}" for command in registration.commands)


def _shown(item: Item) -> str:
    """Lists of objects by their names alone: the commands have all of it."""
    value = item.value
    if isinstance(value, list):
        return ", ".join(_name(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value)


def _name(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    members = entry.get("allowedMemberTypes")
    if members is not None:
        return f"{entry['value']} ({', '.join(members)})"
    return str(entry["value"] if "value" in entry else json.dumps(entry))


def json_registration(registration: Registration) -> dict[str, object]:
    """The object of a JSON report."""
    return {
        "client_id": registration.client_id,
        "items": [
            {"client_id": item.client_id, "setting": item.setting, "value": item.value, "why": item.why}
            for item in registration.items
        ],
        "commands": registration.commands,
        "unknown": registration.unknown,
    }
