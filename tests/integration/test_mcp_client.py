"""The MCP SDK's own client finds its way to a token, calls tools, and is told what it lacks."""

import json
import logging
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import MCPError

from tests.integration.mcp_servers import DOWNSTREAM, Person, connected, serving, text_of

MODES = ["auto", "legacy"]


@pytest.fixture
def anyio_backend():
    """One is enough: what is tested runs in the server's own thread."""
    return "asyncio"


@pytest.fixture
def site(simulated_tenant):
    """A server that streams, as the SDK does unless told otherwise."""
    with serving(simulated_tenant, scopes=("Orders.Read",)) as site:
        yield site


@pytest.fixture
def json_site(simulated_tenant):
    """One that answers at once."""
    with serving(simulated_tenant, scopes=("Orders.Read",), json_response=True) as site:
        yield site


@pytest.mark.parametrize("mode", MODES)
async def test_client_signs_in_by_itself(site, mode):
    """401, resource metadata, the tenant's metadata, authorization code with PKCE: then tools are listed and called."""
    person = Person(site)
    async with connected(site, person.provider(), mode=mode) as session:
        tools = await session.list_tools()
        answer = await session.call_tool("read_orders", {"customer": "Contoso"})

    assert "read_orders" in {tool.name for tool in tools.tools}
    assert text_of(answer).startswith("orders of Contoso for adele")
    assert not answer.is_error
    (opened,) = person.opened
    asked = {name: value for name, (value,) in parse_qs(urlsplit(opened).query).items()}
    assert opened.startswith(f"{site.tenant.authority_host}/{site.tenant.tenant_id}/oauth2/v2.0/authorize?")
    assert asked["scope"].split()[0] == f"api://{site.tenant.client_id}/Orders.Read"
    assert asked["code_challenge_method"] == "S256"
    assert asked["resource"] == site.url


async def test_parameters_are_the_tool_s_own(site):
    """The decorator and the context do not show in what a tool takes."""
    async with connected(site, site.tenant.headers()) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}

    assert set(tools["read_orders"].input_schema["properties"]) == {"customer"}
    assert set(tools["write_order"].input_schema["properties"]) == {"book"}


@pytest.mark.parametrize("mode", MODES)
async def test_missing_scope_makes_the_client_ask_for_it(json_site, mode):
    """MCP, "Step-Up Authorization Flow": 403 with the scope; the client signs in once more and calls again."""
    person = Person(json_site)
    async with connected(json_site, person.provider(), mode=mode) as session:
        await session.call_tool("read_orders", {"customer": "Contoso"})
        answer = await session.call_tool("write_order", {"book": "Emma"})

    assert (text_of(answer), answer.is_error) == ("ordered Emma", False)
    first, second = (parse_qs(urlsplit(url).query)["scope"][0].split() for url in person.opened)
    prefix = f"api://{json_site.tenant.client_id}"
    assert f"{prefix}/Orders.Write" not in first
    assert {f"{prefix}/Orders.Read", f"{prefix}/Orders.Write"} <= set(second)


async def test_step_up_of_a_server_that_streams(site):
    """Clients of the present protocol get it there, too: the stream begins when there is something to stream."""
    person = Person(site)
    async with connected(site, person.provider()) as session:
        answer = await session.call_tool("write_order", {"book": "Emma"})

    assert text_of(answer) == "ordered Emma"
    assert len(person.opened) == 2


async def test_stream_that_has_begun_ends_with_an_error_of_the_tool(site, caplog):
    """Older clients: the model reads which permission is missing; the log has it once, and no traceback."""
    caplog.set_level(logging.INFO)
    headers = site.tenant.headers(scopes=["Orders.Read"])
    async with connected(site, headers, mode="legacy") as session:
        answer = await session.call_tool("write_order", {"book": "Emma"})

    assert answer.is_error
    assert text_of(answer).endswith(f"api://{site.tenant.client_id}/Orders.Write")
    refused = [record for record in caplog.records if "request refused" in record.message]
    assert [record.levelname for record in refused] == ["WARNING"]
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("tool", ["write_order", "write_inside"])
async def test_client_that_cannot_ask_for_more_is_told(json_site, tool):
    """With a fixed token the refusal arrives as an error with the permission in it."""
    headers = json_site.tenant.headers(scopes=["Orders.Read"])
    async with connected(json_site, headers) as session:
        with pytest.raises(MCPError, match=r"does not carry: api://\S+/Orders.Write"):
            await session.call_tool(tool, {"book": "Emma"})


@pytest.mark.parametrize("mode", MODES)
async def test_check_by_hand_fails_the_tool_and_nothing_else(site, mode):
    """Without the decorator the SDK makes an error of the tool of it, which does not say why; the session goes on."""
    headers = site.tenant.headers(scopes=["Orders.Read"])
    async with connected(site, headers, mode=mode) as session:
        answer = await session.call_tool("write_by_hand")
        next_answer = await session.call_tool("whoami")

    assert (text_of(answer), answer.is_error) == ("Error executing tool write_by_hand", True)
    assert text_of(next_answer) == "Adele Vance"


async def test_roles_and_applications(json_site):
    """Users by their roles, applications by theirs, and neither by the other's."""
    tenant = json_site.tenant
    async with connected(json_site, tenant.headers(user="megan")) as session:
        assert text_of(await session.call_tool("for_admins")) == "administrator"
        with pytest.raises(MCPError, match="needs a permission"):
            await session.call_tool("for_apps")
    async with connected(json_site, tenant.headers(kind="app", roles=["Orders.Read.All"])) as session:
        assert text_of(await session.call_tool("for_apps")) == "application"
        with pytest.raises(MCPError, match="needs a permission"):
            await session.call_tool("for_admins")


async def test_T20_resource_under_a_scope(json_site):
    """Resources are guarded as tools are."""
    for scopes, found in ((["Orders.Write"], True), (["Orders.Read"], False)):
        async with connected(json_site, json_site.tenant.headers(scopes=scopes)) as session:
            if found:
                assert (await session.read_resource("orders://all")).contents[0].text == "all"
            else:
                with pytest.raises(MCPError, match=r"Orders\.Write"):
                    await session.read_resource("orders://all")


@pytest.mark.parametrize("mode", MODES)
async def test_call_on_behalf_of_the_user(site, mode):
    """A tool gets a token for another API in the caller's name."""
    async with connected(site, site.tenant.headers(), mode=mode) as session:
        answer = await session.call_tool("downstream")

    assert text_of(answer) in ("Stock.Read", f"api://{DOWNSTREAM}/Stock.Read")


async def test_T123_consent_that_is_missing(json_site):
    """What the tenant refuses on behalf of the user is 403 with the other API's scopes, not a 500."""
    json_site.tenant.fail("token", aadsts=65001)
    async with connected(json_site, json_site.tenant.headers()) as session:
        with pytest.raises(MCPError, match="a consent or a sign-in"):
            await session.call_tool("downstream")


async def test_T123_provider_that_is_down(json_site):
    """503 with the time to wait; the model is told to try again."""
    headers = json_site.tenant.headers()
    answer = await posted(json_site, call("busy"), headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    async with connected(json_site, headers) as session:
        with pytest.raises(MCPError, match="try again later"):
            await session.call_tool("busy")


async def test_claims_challenge_goes_to_who_can_answer(json_site):
    """401 with the claims, for a client that says so."""
    tenant = json_site.tenant
    answer = await posted(json_site, call("step_up"), tenant.headers(claims={"xms_cc": ["cp1"]}))
    assert answer.status_code == 401
    assert 'error="insufficient_claims"' in answer.headers["www-authenticate"]


class TestSessions:
    """A session of the older protocol belongs to who opened it."""

    async def opened(self, site, headers):
        answer = await posted(site, INITIALIZE, headers)
        assert answer.status_code == 200
        return {"Mcp-Session-Id": answer.headers["mcp-session-id"]}

    async def test_T17_opener_goes_on(self, json_site):
        """With any good token for the same client, such as a newer one."""
        session = await self.opened(json_site, json_site.tenant.headers())
        answer = await posted(json_site, call("whoami"), session | json_site.tenant.headers())
        assert answer.json()["result"]["content"][0]["text"] == "Adele Vance"

    @pytest.mark.parametrize(
        "wishes",
        [
            pytest.param({"user": "megan"}, id="another user"),
            pytest.param({"client": "33333333-aaaa-4bbb-8ccc-222222222222"}, id="another client"),
            pytest.param({"kind": "app", "roles": ["Orders.Read.All"]}, id="an application"),
        ],
    )
    async def test_T17_others_do_not_find_it(self, json_site, wishes):
        """As if the session did not exist: 404."""
        session = await self.opened(json_site, json_site.tenant.headers())
        answer = await posted(json_site, call("whoami"), session | json_site.tenant.headers(**wishes))
        assert answer.status_code == 404
        assert "Session not found" in answer.text

    async def test_T17_each_request_is_judged_by_its_own_token(self, json_site):
        """A permission that the opener's first token had does not stay with the session."""
        tenant = json_site.tenant
        session = await self.opened(json_site, tenant.headers(scopes=["Orders.Write"]))
        wide = await posted(
            json_site, call("write_order", book="Emma"), session | tenant.headers(scopes=["Orders.Write"])
        )
        narrow = await posted(
            json_site, call("write_order", book="Emma"), session | tenant.headers(scopes=["Mail.Send"])
        )
        assert (wide.status_code, narrow.status_code) == (200, 403)

    async def test_T02_expired_token_ends_nothing_but_the_request(self, json_site):
        """401 invalid_token that names the metadata; with a good token the session goes on."""
        tenant = json_site.tenant
        session = await self.opened(json_site, tenant.headers())
        expired = await posted(json_site, call("whoami"), session | tenant.headers(expires_in=-400))
        good = await posted(json_site, call("whoami"), session | tenant.headers())
        assert (expired.status_code, good.status_code) == (401, 200)
        challenge = expired.headers["www-authenticate"]
        assert 'error="invalid_token"' in challenge
        assert f'resource_metadata="{json_site.origin}/.well-known/oauth-protected-resource/mcp"' in challenge


async def test_T01_nobody_gets_in_without_a_token(site):
    """Not even to learn which tools there are."""
    answer = await posted(site, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {})
    assert answer.status_code == 401
    assert "error=" not in answer.headers["www-authenticate"]


async def test_T20_challenge_has_scope_and_metadata(json_site):
    """What MCP's step-up flow reads, and a body that is JSON-RPC."""
    answer = await posted(json_site, call("write_order", book="Emma"), json_site.tenant.headers(scopes=["Orders.Read"]))
    assert answer.status_code == 403
    assert answer.json()["error"]["message"].startswith("this needs a permission")
    assert answer.headers["www-authenticate"].endswith(
        f'scope="api://{json_site.tenant.client_id}/Orders.Write", '
        f'resource_metadata="{json_site.origin}/.well-known/oauth-protected-resource/mcp"'
    )


async def test_T112_sdk_s_view_of_the_token_is_masked(site):
    """`get_access_token()` works, and its representation has neither the token nor its claims."""
    headers = site.tenant.headers(scopes=["Orders.Read"])
    async with connected(site, headers) as session:
        told = json.loads(text_of(await session.call_tool("sdk_token")))

    assert told["scopes"] == ["Orders.Read"]
    assert headers["Authorization"].split()[1] not in told["shown"]
    assert "adele" not in told["shown"].lower()


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "by hand", "version": "1"},
    },
}


def call(tool, **arguments):
    """The message that calls a tool."""
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def posted(site, message, headers):
    """The answer to one message, without the SDK's client. A call without a session opens one first."""
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(headers=accept, timeout=20, trust_env=False) as http:
        if message["method"] == "tools/call" and "Mcp-Session-Id" not in headers:
            opened = await http.post(site.url, json=INITIALIZE, headers=headers)
            headers = headers | {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        return await http.post(site.url, json=message, headers=headers)
