"""Protected resource metadata: the document and where it lies."""

import json

import pytest

from azuread_auth._protocol.resource_metadata import ResourceDocument, metadata_paths, metadata_url

BARE = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        pytest.param("https://api.example.com", f"https://api.example.com{BARE}", id="host alone"),
        pytest.param("https://api.example.com/", f"https://api.example.com{BARE}", id="slash after the host"),
        pytest.param("https://api.example.com/mcp", f"https://api.example.com{BARE}/mcp", id="path"),
        pytest.param("https://api.example.com/mcp/", f"https://api.example.com{BARE}/mcp/", id="slash after a path"),
        pytest.param("https://api.example.com/a/b", f"https://api.example.com{BARE}/a/b", id="longer path"),
        pytest.param("http://127.0.0.1:8000/mcp", f"http://127.0.0.1:8000{BARE}/mcp", id="port"),
    ],
)
def test_document_lies_between_host_and_path(resource, url):
    """RFC 9728 3.1: the well-known part is inserted after the host, whose own slash goes away."""
    assert metadata_url(resource) == url


@pytest.mark.parametrize(
    ("resource", "named", "paths"),
    [
        pytest.param("https://a.example", f"https://a.example{BARE}", {BARE}, id="host alone"),
        pytest.param("https://a.example/mcp", f"https://a.example{BARE}/mcp", {BARE, f"{BARE}/mcp"}, id="path"),
        pytest.param(
            "https://a.example/app/mcp",
            f"https://a.example/app{BARE}",
            {BARE, f"{BARE}/app/mcp", f"/app{BARE}"},
            id="under the prefix of an ingress",
        ),
        pytest.param(
            "https://a.example/mcp", "https://b.example/meta", {BARE, f"{BARE}/mcp"}, id="served by somebody else"
        ),
    ],
)
def test_paths_of_the_document(resource, named, paths):
    """The bare path, that of the resource, and one that challenges name, if it is well-known."""
    assert metadata_paths(resource, named) == paths


def test_document_has_what_clients_read():
    """RFC 9728 2: parameters by their registered names, as lists where they are lists."""
    document = ResourceDocument(
        resource="https://a.example/mcp",
        authorization_servers=("https://login.example/v2.0",),
        scopes=("api://a/Orders.Read",),
        name="Orders",
    )
    assert json.loads(document.as_json()) == {
        "resource": "https://a.example/mcp",
        "authorization_servers": ["https://login.example/v2.0"],
        "scopes_supported": ["api://a/Orders.Read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Orders",
    }


def test_what_has_no_value_is_left_out():
    """RFC 9728 3.2: no empty lists, no null."""
    document = ResourceDocument(resource="https://a.example", authorization_servers=(), scopes=())
    assert set(json.loads(document.as_json())) == {"resource", "bearer_methods_supported"}
