"""Sessions under rules that change: who signed in gets no more by that than by a token."""

import json
import logging
from typing import Any

import pytest

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation.users import SECOND_TENANT, SimulatedUser
from azuread_auth.stores.memory import MemoryStore

pytest_plugins = ("tests.web.login_fixtures",)

MANY: dict[str, Any] = {"tenant_id": "organizations", "tenants": ANY_TENANT}
COMMON = {**MANY, "tenant_id": "common"}
TENANTS = {"nina": SECOND_TENANT, "pat": PERSONAL_TENANT}
OTHER_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"


@pytest.fixture(params=["cookie", "store"])
def make(request, make_site, directory):
    """Makes a site under some settings; all of a test have the same keys, and the same store if there is one."""
    login = {"session_store": MemoryStore()} if request.param == "store" else {}

    def made(**settings):
        return make_site(settings=directory.settings(**settings), login=login)

    return made


def go_to(browser, site):
    """Use the browser, as it is, at the same address after a roll-out."""
    browser.site = site
    return browser


def asked(browser):
    """What a page, a script and the route for scripts answer."""
    page, script, me = browser.get("/"), browser.fetch("/"), browser.fetch("/auth/me")
    assert all(reply.status != 303 or reply.location == "/auth/login?next=%2F" for reply in (page, script, me))
    return page.status, script.status, me.status


SOMEBODY, NOBODY, IN_DOUBT = (200, 200, 200), (303, 401, 401), (503, 503, 503)


@pytest.mark.parametrize(
    ("user", "before", "after", "is_there"),
    [
        pytest.param("nina", MANY, {"tenants": [OTHER_TENANT]}, False, id="tenant not listed"),
        pytest.param("nina", MANY, {"tenants": [SECOND_TENANT]}, True, id="tenant listed"),
        pytest.param("nina", MANY, {}, False, id="the application's own tenant alone"),
        pytest.param("adele", {}, {"tenant_id": OTHER_TENANT}, False, id="another tenant configured"),
        pytest.param("robin", {}, {"allow_guests": False}, False, id="no guests"),
        pytest.param("adele", {}, {"allow_guests": False}, True, id="no guests, and a member"),
        pytest.param("pat", COMMON, MANY, False, id="no personal accounts"),
        pytest.param("pat", COMMON, {"tenants": [PERSONAL_TENANT]}, True, id="personal alone"),
        pytest.param("adele", COMMON, MANY, True, id="no personal accounts, and one of an organisation"),
    ],
)
def test_T103_a_session_gets_no_more_than_a_token(make, user, before, after, is_there):
    """T103: when the settings change, whoever a token does not admit any more is nobody by the session too."""
    browser, site = make(**before).browser(user), make(**after)
    browser.sign_in()
    assert asked(browser) == SOMEBODY
    token = f"Bearer {site.tenant.mint_token(user=user, tenant_id=TENANTS.get(user))}"
    assert browser.get("/", authorization=token).status == 200
    assert (site.browser().fetch("/", authorization=token).status == 200) is is_there
    for _ in range(2):
        assert asked(go_to(browser, site)) == (SOMEBODY if is_there else NOBODY)


def test_T103_the_operator_is_told_once_why(make, caplog):
    """T103: with the reason, and without who it is by name."""
    browser = make().browser("robin")
    browser.sign_in()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        site = make(allow_guests=False)
        for _ in range(3):
            assert asked(go_to(browser, site)) == NOBODY
    told = [record for record in caplog.records if record.name == "azuread_auth.session"]
    assert [vars(record)["azuread_reason"] for record in told] == ["guest_not_allowed"]
    assert "set allow_guests=True" in caplog.text
    assert "robin" not in caplog.text.lower()


def test_T103_who_is_not_welcome_can_sign_out_and_in(make, directory):
    """T103: as anybody whose session has ended; a sign-in under the rule fails with a page, and does not go round."""
    browser = make(**MANY).browser("nina")
    browser.sign_in()
    go_to(browser, make(tenant_id="organizations", tenants=[directory.tenant_id]))
    reply = browser.sign_in()
    assert (reply.status, "does not admit the account" in reply.text) == (400, True)
    assert asked(browser) == NOBODY
    assert browser.post("/auth/logout").status == 303
    assert not browser.jar.named("session")
    browser.user = "adele"
    browser.sign_in()
    assert asked(browser) == SOMEBODY


class Application:
    """Says whether a tenant is welcome, and may be out of order."""

    def __init__(self):
        self.is_welcome = True
        self.is_broken = False
        self.asked = 0

    def __call__(self, _tenant_id):
        self.asked += 1
        if self.is_broken:
            raise LookupError
        return self.is_welcome


def test_T59_a_callable_is_asked_about_sessions(make, clock):
    """T59: with the answers it gave for tokens, a yes for five minutes and a no for half a minute."""
    application = Application()
    browser = make(tenant_id="organizations", tenants=application).browser("nina")
    browser.sign_in()
    for advance in (0, 0, 100, 150):
        clock.advance(advance)
        assert asked(browser) == SOMEBODY
    assert application.asked == 1
    application.is_welcome = False
    clock.advance(60)
    assert asked(browser) == asked(browser) == NOBODY
    assert application.asked == 2
    application.is_welcome = True
    clock.advance(20)
    assert asked(browser) == NOBODY
    clock.advance(20)
    assert asked(browser) == SOMEBODY
    assert application.asked == 3


def test_T59_a_worker_that_has_just_started_asks(make):
    """T59: about a session that another one began; who is refused there does not get in by what the first knows."""
    application = Application()
    settings = {"tenant_id": "organizations", "tenants": application}
    browser = make(**settings).browser("nina")
    browser.sign_in()
    assert asked(go_to(browser, make(**settings))) == SOMEBODY
    assert application.asked == 2
    application.is_welcome = False
    assert asked(go_to(browser, make(**settings))) == NOBODY
    assert application.asked == 3


def test_T59_while_the_callable_fails_nobody_can_tell(make, clock, caplog):
    """T59: 503 with a time to ask again, as for tokens, at the routes of the sign-in too; nobody is signed out."""
    application = Application()
    site = make(tenant_id="organizations", tenants=application)
    browser = site.browser("nina")
    callback = browser.answer(browser.begin())
    browser.come_back(callback)
    application.is_broken = True
    clock.advance(301)
    for _ in range(2):
        assert asked(browser) == IN_DOUBT
    for address in ("/", "/auth/me", "/auth/callback?state=x&code=y"):
        reply = browser.fetch(address)
        assert (reply.status, reply.header("retry-after")) == (503, "5")
        assert json.loads(reply.text)["status"] == 503
        assert browser.get(address).header("content-type").startswith("text/html")
    assert application.asked == 2
    assert "LookupError" in caplog.text
    assert browser.jar.named("session")
    application.is_broken = False
    clock.advance(6)
    assert asked(browser) == SOMEBODY


async def who(visit):
    """A page for directories whose users have no user name."""
    return visit.principal.object_id


@pytest.mark.parametrize("kind", ["policy of B2C", "External ID", "tenant"])
def test_T92_sessions_belong_to_the_authority_that_made_them(make, directory, kind):
    """T92: one of a policy that asks for less is none under a policy that asks for more; nor is a sign-in under way."""
    settings = {
        "policy of B2C": {"authority_url": directory.b2c_authority_url("B2C_1_weak")},
        "External ID": {"authority_url": directory.external_id_authority_url},
        "tenant": {},
    }
    strong = make(authority_url=directory.b2c_authority_url("B2C_1A_mfa"))
    weak = make(**settings[kind])
    strong.pages["/"] = weak.pages["/"] = who
    browser = weak.browser()
    begun = browser.answer(browser.get("/auth/login").location)
    assert browser.come_back(browser.answer(browser.get("/auth/login").location)).status == 303
    assert asked(browser) == SOMEBODY
    go_to(browser, strong)
    assert asked(browser) == NOBODY
    assert browser.come_back(begun).status in (303, 400)
    assert asked(browser) == NOBODY
    assert browser.come_back(browser.answer(browser.get("/auth/login").location)).status == 303
    assert asked(browser) == SOMEBODY
    # One set of cookies for both: those of the earlier authority were replaced.
    assert len(browser.jar.named("session")) == 1
    assert asked(go_to(browser, weak)) == NOBODY


@pytest.mark.parametrize(("count", "length"), [(150, 40), (950, 4)])
def test_T89_a_user_with_very_many_roles_is_told_so(make_site, count, length):
    """T89: the sign-in fails, in place of all requests of the browser at a server that refuses long headers."""
    roles = tuple(f"{number:03}".ljust(length, "x") for number in range(count))
    user = SimulatedUser(object_id="5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3bff", name="R", username="r@x", roles=roles)
    browser = make_site().browser(user)
    reply = browser.sign_in()
    assert (reply.status, "more app roles than a session can hold" in reply.text) == (400, True)
    assert not browser.jar.named("session")
    browser = make_site(login={"session_store": MemoryStore()}).browser(user)
    browser.sign_in()
    assert len(json.loads(browser.fetch("/auth/me").text)["roles"]) == count


def test_T89_a_session_leaves_room_in_the_header(make_site):
    """T89: with as many roles and groups as there may be, and a note of what ended, 8,190 bytes are not reached."""
    groups = tuple(f"00000000-0000-4000-8000-{number:012x}" for number in range(200))
    user = SimulatedUser(
        object_id="5a7c9d1e-2f34-4b56-8c78-9d0e1f2a3bff",
        name="R",
        username="r@x",
        roles=tuple(f"Role.{number:04}".ljust(35, "x") for number in range(95)),
        groups=groups,
    )
    browser = make_site().browser(user)
    for _ in range(4):
        browser.sign_in()
        browser.post("/auth/logout")
    browser.sign_in()
    sent = browser.prepared("GET", "/", by=None)
    assert 5_000 < len(sent.headers["cookie"]) < 7_000
    assert asked(browser) == SOMEBODY
