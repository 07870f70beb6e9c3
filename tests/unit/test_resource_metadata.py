"""ResourceMetadata: what it accepts, keeps and refuses."""

import pytest

from azuread_auth import ConfigurationError, ResourceMetadata
from azuread_auth._settings.plain import texts

MCP = "https://mcp.example.com/mcp"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(MCP, MCP, id="plain"),
        pytest.param("HTTPS://MCP.Example.com/Mcp", "https://mcp.example.com/Mcp", id="host in lower case"),
        pytest.param("https://mcp.example.com:443/mcp", MCP, id="port of the scheme"),
        pytest.param(f"{MCP}/", f"{MCP}/", id="slash at the end, which clients compare"),
        pytest.param("https://mcp.example.com/", "https://mcp.example.com/", id="slash after the host"),
        pytest.param("https://mcp.example.com", "https://mcp.example.com", id="host alone"),
        pytest.param("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp", id="http on this machine"),
        pytest.param("http://localhost:8000", "http://localhost:8000", id="localhost"),
    ],
)
def test_address_is_kept_as_clients_use_it(given, kept):
    """In its plain form, because clients compare it with the address they call."""
    assert ResourceMetadata(resource=given).resource == kept


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"resource": ""}, "resource is not an address", id="nothing"),
        pytest.param({"resource": None}, "resource is not an address", id="none"),
        pytest.param({"resource": "api://orders"}, "resource is not an address", id="App ID URI"),
        pytest.param({"resource": "/mcp"}, "resource is not an address", id="path alone"),
        pytest.param({"resource": f"{MCP}#tools"}, "without query, fragment or user", id="fragment"),
        pytest.param({"resource": f"{MCP}?a=b"}, "without query, fragment or user", id="query"),
        pytest.param({"resource": "https://a:b@mcp.example.com"}, "without query", id="user"),
        pytest.param({"resource": "http://mcp.example.com"}, "resource is http off this machine", id="http"),
        pytest.param({"metadata_url": "http://mcp.example.com"}, "metadata_url is http off", id="document over http"),
        pytest.param({"metadata_url": "/meta"}, "metadata_url is not an address", id="document at a path alone"),
        pytest.param({"scopes": "Orders.Read"}, "scopes is not a collection", id="one text as scopes"),
        pytest.param({"scopes": ["Orders Read"]}, "scopes has an item", id="scope with a space"),
        pytest.param({"scopes": ["offline_access"]}, "scopes has a scope of OpenID Connect", id="scope of OpenID"),
        pytest.param({"name": "two\nlines"}, "name is not a name", id="name of two lines"),
        pytest.param({"name": "x" * 201}, "name is not a name", id="endless name"),
        pytest.param({"name": 7}, "name is not a name", id="number as name"),
        pytest.param({"authorization_servers": ["login"]}, "authorization_servers is not an address", id="no issuer"),
        pytest.param({"authorization_servers": MCP}, "is not a collection", id="one text as issuers"),
    ],
)
def test_wrong_value_is_refused(change, told):
    """With the name of the setting and what to do."""
    with pytest.raises(ConfigurationError, match=told):
        ResourceMetadata(**({"resource": MCP} | change))


def test_what_may_be_left_out():
    """Empty is absent, scopes and issuers come once each, and values cannot be changed."""
    metadata = ResourceMetadata(resource=MCP, name="", metadata_url="", scopes=["A", "A", "B"])
    assert (metadata.name, metadata.metadata_url, metadata.authorization_servers) == (None, None, ())
    assert metadata.scopes == texts(["A", "B"], "scopes")
    assert metadata == ResourceMetadata(resource=MCP, scopes=("A", "B"))
    assert hash(metadata) == hash(ResourceMetadata(resource=MCP, scopes=("A", "B")))
    with pytest.raises(AttributeError):
        metadata.name = "another"


def test_challenges_name_the_given_address():
    """Else the one that RFC 9728 3.1 has."""
    assert ResourceMetadata(resource=MCP).document_url == (
        "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    )
    assert ResourceMetadata(resource=MCP, metadata_url="https://a.example/b").document_url == "https://a.example/b"
