"""The checklist as commands of the Azure CLI, quoted for a POSIX shell. There are ids and names in them, no secret."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from azuread_auth._protocol.guid import as_guid
from azuread_auth.cli.registration.manifest import Item

__all__ = ["commands"]

_UPDATES: Final[Mapping[str, str]] = {
    "identifierUris": "--identifier-uris",
    "web.redirectUris": "--web-redirect-uris",
    "web.implicitGrantSettings.enableIdTokenIssuance": "--enable-id-token-issuance",
    "appRoles": "--app-roles",
    "optionalClaims": "--optional-claims",
}
_PATCHES: Final = frozenset(
    {
        "signInAudience",
        "api.requestedAccessTokenVersion",
        "api.oauth2PermissionScopes",
        "spa.redirectUris",
        "web.logoutUrl",
        "groupMembershipClaims",
    }
)
# Entra lets personal accounts in only where tokens have version 2, so that neither can be put in before the other.
_TOGETHER: Final = ("signInAudience", "api.requestedAccessTokenVersion")
_WORDS: Final = frozenset({"identifierUris", "web.redirectUris"})
_JSON: Final = "Content-Type=application/json"
_LOOKED_AT: Final = frozenset('"$`\\!\n')
_GRAPH: Final = "https://graph.microsoft.com"
_GRAPH_ID: Final = "00000003-0000-0000-c000-000000000000"  # in each cloud (Microsoft, "First-party applications")


def commands(items: tuple[Item, ...], *, graph: str) -> tuple[str, ...]:
    """One or more for each item that there is a command for. `graph` is the address of Microsoft Graph in the cloud."""
    together = [item for item in items if item.setting in _TOGETHER]
    others = (item for item in items if item.setting not in _TOGETHER)
    first = [_patch(together, graph)] if together else []
    return (*first, *(command for item in others for command in _commands(item, graph)))


def _commands(item: Item, graph: str) -> Iterator[str]:
    if item.setting in _UPDATES:
        yield _joined("az", "ad", "app", "update", "--id", item.client_id, _UPDATES[item.setting], *_arguments(item))
    elif item.setting in _PATCHES:
        yield _patch([item], graph)
    else:
        others = _OTHERS.get(item.setting)
        yield from others(item) if others is not None else ()


def _joined(*words: str) -> str:
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """In double quotes where that reads better: a text with single ones, and nothing that a shell looks at in it."""
    return f'"{word}"' if "'" in word and not _LOOKED_AT.intersection(word) else shlex.quote(word)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _arguments(item: Item) -> list[str]:
    # Any: as JSON has it, and each setting has one form.
    value: Any = item.value
    if item.setting in _WORDS:
        return list(value)
    return [value] if isinstance(value, str) else [_compact(value)]


def _patch(items: Sequence[Item], graph: str) -> str:
    """For what `az ad app update` has no argument for; members that are not named stay as they are.

    The items are of one registration, and each has a first name of its own.
    """
    body: dict[str, object] = {}
    for item in items:
        first, *names = item.setting.split(".")
        value = item.value
        for name in reversed(names):
            value = {name: value}
        body[first] = value
    url = f"{graph}/v1.0/applications(appId='{items[0].client_id}')"
    return _joined("az", "rest", "--method", "PATCH", "--url", url, "--headers", _JSON, "--body", _compact(body))


def _federated(item: Item) -> Iterator[str]:
    value: Any = item.value  # as above
    for credential in value:
        parameters = _compact(credential)
        yield _joined(
            *("az", "ad", "app", "federated-credential", "create", "--id", item.client_id),
            *("--parameters", parameters),
        )


def _permission(item: Item) -> Iterator[str]:
    """The ids of an API's scopes are looked up by their names."""
    value: Any = item.value  # as above
    resource: str = _GRAPH_ID if value["resource"] == _GRAPH else value["resource"]
    show = ("az", "ad", "sp", "show", "--id", resource, "--output", "tsv", "--query")
    api = resource if as_guid(resource) else f'"$({_joined(*show, "appId")})"'
    for name in value["delegated"]:
        query = f"oauth2PermissionScopes[?value=={_literal(name)}].id"
        permission = f'"$({_joined(*show, query)})=Scope"'
        add = _joined("az", "ad", "app", "permission", "add", "--id", item.client_id)
        yield f"{add} --api {api} --api-permissions {permission}"


def _literal(text: str) -> str:
    """A raw string of JMESPath."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _consent(item: Item) -> Iterator[str]:
    if item.value == "of this tenant":
        yield _joined("az", "ad", "app", "permission", "admin-consent", "--id", item.client_id)


_OTHERS: Final[Mapping[str, Callable[[Item], Iterator[str]]]] = {
    "federatedIdentityCredentials": _federated,
    "requiredResourceAccess": _permission,
    "admin consent": _consent,
}
