"""What a switch for simulation does to who is admitted: nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import Recording, Replay, SimulatedTenant
from azuread_auth.simulation.faults import FAULTS

pytest_plugins = ("tests.web.login_fixtures",)

SCOPE = "api://orders/Orders.Read"
ANSWER = {"status": 200, "expires_in": 3599, "token": {"claims": {"oid": "text", "tid": "text"}, "lifetime": 3600}}


def exchange(flow: str) -> dict[str, Any]:
    """One recorded exchange of the first user."""
    request = {"flow": flow, "scopes": [SCOPE], "tenant": "configured", "client": "configured", "user": "user-1"}
    return {"request": request, "answers": [ANSWER]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of what the pages below ask for."""
    path = tmp_path / "tokens.json"
    exchanges = [exchange("refresh_token"), exchange("on_behalf_of")]
    path.write_text(json.dumps({"format": 1, "exchanges": exchanges}))
    return path


@pytest.fixture
def environ(directory: SimulatedTenant, path: Path) -> dict[str, str]:
    """The environment of an application that somebody has left in simulation."""
    return {
        "AZURE_TENANT_ID": directory.tenant_id,
        "AZURE_CLIENT_ID": directory.client_id,
        "AZURE_CLIENT_SECRET": directory.client_secret,
        "AZURE_AD_SIMULATION_MODE": "replay",
        "AZURE_AD_SIMULATION_FILE": str(path),
    }


@pytest.fixture
def make_simulated(make_site, directory, environ):
    """Makes the same site with a mode of simulation in its environment."""

    def make(mode: str) -> Any:
        # The provider is the simulated tenant in this process, which is all that is not as in production.
        given = {"transport": directory, "authority_host": directory.authority_host}
        settings = AzureAdSettings.from_env({**environ, "AZURE_AD_SIMULATION_MODE": mode}, **given)
        return make_site(settings=settings)

    return make


@pytest.fixture(params=["replay", "recording"])
def simulated_site(request, make_simulated):
    """A site in which simulation is on."""
    return make_simulated(request.param)


async def its_token(visit):
    """A page that shows the token which it gets for its caller. No page ever should."""
    return (await visit.token(SCOPE)).reveal()


def called(site, token, address="/"):
    """The reply to a bearer token."""
    return site.browser().fetch(address, authorization=f"Bearer {token}")


def test_T125_every_fault_is_judged_as_ever(simulated_site, make_simulated, directory):
    """T125: each false or odd token has the same answer with a simulation as without one."""
    plain = make_simulated("disabled")
    for fault in FAULTS:
        token = directory.mint_token(fault=fault)
        assert called(simulated_site, token).status == called(plain, token).status, fault
    assert called(plain, directory.mint_token(fault="unknown-key")).status == 401


def test_T125_good_tokens_are_admitted_as_ever(simulated_site, directory):
    """T125: keys and metadata come from the provider whatever is replayed."""
    assert called(simulated_site, directory.mint_token(user="megan")).status == 200
    directory.rotate_keys()
    assert called(simulated_site, directory.mint_token(user="adele")).status == 200


def test_T124_tokens_of_another_simulated_tenant_are_refused(simulated_site):
    """T124: each has keys of its own, random and with other names, and an issuer that is nobody else's."""
    with SimulatedTenant() as stranger:
        assert called(simulated_site, stranger.mint_token()).status == 401


def test_T125_a_replayed_token_opens_nothing(make_simulated, directory):
    """T125: what a replay gives out is refused by the same application, and by one without a simulation."""
    site, plain = make_simulated("replay"), make_simulated("disabled")
    site.pages["/token"] = its_token
    before = directory.request_count("token")
    reply = called(site, directory.mint_token(user="megan"), "/token")
    assert (reply.status, directory.request_count("token")) == (200, before)
    assert [called(each, reply.text).status for each in (site, plain)] == [401, 401]
    cookie = f"__Host-azuread-session-0={reply.text}"
    assert site.browser().fetch("/", cookie=cookie).status == 401


def test_T125_signing_in_is_untouched(simulated_site, directory):
    """T125: the provider is asked for the code, and the user is who signed in there."""
    visitor = simulated_site.browser("megan")
    before = directory.request_count("token")
    visitor.sign_in()
    assert directory.request_count("token") == before + 1
    assert visitor.get("/").text == directory.principal(user="megan").username


def test_T125_a_forged_sign_in_is_refused_as_ever(simulated_site, directory):
    """T125: neither a code that nobody gave nor an ID token that nobody signed lets anybody in."""
    visitor = simulated_site.browser("megan")
    assert visitor.come_back(visitor.answer(visitor.begin(), code="forged")).status >= 400
    directory.fail("token", status=200, body={"access_token": "x", "id_token": directory.mint_token(), "expires_in": 9})
    assert visitor.come_back(visitor.answer(visitor.begin())).status >= 400
    assert visitor.fetch("/").status == 401


def test_T125_sessions_survive_switching(make_simulated):
    """T125: who is signed in stays signed in when simulation is turned on and off: the cookies are the same."""
    plain = make_simulated("disabled")
    visitor = plain.browser("megan")
    visitor.sign_in()
    for mode in ("replay", "recording", "disabled"):
        visitor.site = make_simulated(mode)
        assert visitor.get("/").status == 200


def test_T125_tokens_of_a_session_are_replayed(make_simulated, directory):
    """T125: only what the page asks for in the user's name comes out of the recording."""
    site = make_simulated("replay")
    site.pages["/token"] = its_token
    visitor = site.browser("megan")
    visitor.sign_in()
    before = directory.request_count("token")
    reply = visitor.get("/token")
    assert (reply.status, directory.request_count("token")) == (200, before)
    assert called(site, reply.text).status == 401


@pytest.mark.parametrize("kind", [Recording, Replay])
def test_T125_a_site_with_a_simulation_says_so(make_site, directory, path, kind, caplog):
    """T125: a WARNING when it is built."""
    make_site(settings=directory.settings(simulation=kind(path)))
    [record] = [record for record in caplog.records if record.name == "azuread_auth.simulation"]
    assert record.levelname == "WARNING"
    assert f"simulated by {kind.__name__}(" in record.message
