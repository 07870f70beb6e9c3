"""The checklist as commands that a shell takes apart as they are meant."""

import json
import subprocess

import pytest

from azuread_auth.cli.registration.commands import commands
from azuread_auth.cli.registration.manifest import Item

CLIENT = "33333333-3333-4333-8333-333333333333"
GRAPH_ID = "00000003-0000-0000-c000-000000000000"
OTHER = "22222222-2222-4222-8222-222222222222"
GRAPH = "https://graph.microsoft.us"
# Stands for the Azure CLI: looks an id up, or writes down what it was given, an argument on each line.
AZ = """
az() {
  case "$*" in
    *"sp show"*) for last; do :; done; echo "[$5|$last]" ;;
    *) for each; do printf '%s\\n' "$each"; done ;;
  esac
}
"""
UPDATE = ["ad", "app", "update", "--id", CLIENT]


def item(setting, value):
    """One of the application's own."""
    return Item(client_id=CLIENT, setting=setting, value=value, why="")


def arguments(*items):
    """What the Azure CLI is given, by a shell; one list for each command."""
    found = []
    for command in commands(items, graph=GRAPH):
        done = subprocess.run(["/bin/sh", "-c", AZ + command], check=True, capture_output=True, text=True, env={})
        assert done.stderr == ""
        found.append(done.stdout.splitlines())
    return found


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("identifierUris", ["api://a'b", "https://x/$HOME"], ["--identifier-uris", "api://a'b", "https://x/$HOME"]),
        (
            "web.redirectUris",
            ["https://<host>/a", "http://b/`c`"],
            ["--web-redirect-uris", "https://<host>/a", "http://b/`c`"],
        ),
        ("web.implicitGrantSettings.enableIdTokenIssuance", True, ["--enable-id-token-issuance", "true"]),
        ("appRoles", [{"value": "a'\"b"}], ["--app-roles", '[{"value":"a\'\\"b"}]']),
        ("optionalClaims", {"idToken": []}, ["--optional-claims", '{"idToken":[]}']),
    ],
)
def test_updates(setting, value, expected):
    """What `az ad app update` has an argument for."""
    assert arguments(item(setting, value)) == [[*UPDATE, *expected]]


@pytest.mark.parametrize(
    ("setting", "value", "body"),
    [
        ("signInAudience", "AzureADMyOrg", {"signInAudience": "AzureADMyOrg"}),
        ("api.requestedAccessTokenVersion", 2, {"api": {"requestedAccessTokenVersion": 2}}),
        ("api.oauth2PermissionScopes", [{"value": "x'y"}], {"api": {"oauth2PermissionScopes": [{"value": "x'y"}]}}),
        ("spa.redirectUris", ["https://a/b"], {"spa": {"redirectUris": ["https://a/b"]}}),
        ("web.logoutUrl", "https://a/b", {"web": {"logoutUrl": "https://a/b"}}),
        ("groupMembershipClaims", "ApplicationGroup", {"groupMembershipClaims": "ApplicationGroup"}),
    ],
)
def test_patches(setting, value, body):
    """What it has none for is put in through Microsoft Graph, in the cloud of the settings."""
    (given,) = arguments(item(setting, value))
    url = f"{GRAPH}/v1.0/applications(appId='{CLIENT}')"
    assert given[:-1] == [
        "rest",
        "--method",
        "PATCH",
        "--url",
        url,
        "--headers",
        "Content-Type=application/json",
        "--body",
    ]
    assert json.loads(given[-1]) == body


def test_audience_and_version_go_together():
    """Personal accounts are let in only where tokens have version 2: one request has both, before all else."""
    both = [item("signInAudience", "AzureADandPersonalMicrosoftAccount"), item("api.requestedAccessTokenVersion", 2)]
    first, second = arguments(item("identifierUris", ["api://a"]), *both)
    assert json.loads(first[-1]) == {
        "signInAudience": "AzureADandPersonalMicrosoftAccount",
        "api": {"requestedAccessTokenVersion": 2},
    }
    assert second == [*UPDATE, "--identifier-uris", "api://a"]


@pytest.mark.parametrize(
    ("resource", "api", "looked_up"),
    [
        pytest.param("https://graph.microsoft.com", GRAPH_ID, GRAPH_ID, id="Microsoft Graph, in each cloud"),
        pytest.param(OTHER, OTHER, OTHER, id="by its client id"),
        pytest.param("api://o'rders", "[api://o'rders|appId]", "api://o'rders", id="by its App ID URI"),
    ],
)
def test_permissions_are_looked_up(resource, api, looked_up):
    """The ids of scopes, and where it has to be that of the API, are the directory's to tell."""
    names = ["Mail.Read", "it's", 'a"$b']
    given = arguments(item("requiredResourceAccess", {"resource": resource, "delegated": names}))
    queries = [f"oauth2PermissionScopes[?value=='{name}'].id" for name in ("Mail.Read", "it\\'s", 'a"$b')]
    expected = ["ad", "app", "permission", "add", "--id", CLIENT, "--api", api, "--api-permissions"]
    assert given == [[*expected, f"[{looked_up}|{query}]=Scope"] for query in queries]


def test_federated_credentials():
    """One command for each."""
    value = {"name": "n", "issuer": "https://i/", "subject": "<subject>", "audiences": ["a"]}
    (given,) = arguments(item("federatedIdentityCredentials", [value]))
    assert given[:-1] == ["ad", "app", "federated-credential", "create", "--id", CLIENT, "--parameters"]
    assert json.loads(given[-1]) == value


def test_consent_of_an_administrator():
    """That of this tenant can be given by a command, that of others cannot."""
    items = [item("admin consent", "of this tenant"), item("admin consent", "of each other tenant")]
    assert arguments(*items) == [["ad", "app", "permission", "admin-consent", "--id", CLIENT]]


@pytest.mark.parametrize("setting", ["passwordCredentials", "keyCredentials"])
def test_credentials_have_no_command(setting):
    """A secret is not for a shell's history."""
    assert commands((item(setting, "a client secret"),), graph=GRAPH) == ()
