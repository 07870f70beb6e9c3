"""Sessions and tokens in a real Redis server, with a real browser, for each kind of server and each way of the code."""

import re

import pytest
from playwright.sync_api import expect

from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.redis import RedisStore
from tests.e2e.journey_steps import (
    ACCOUNTS,
    arrive,
    asked,
    cookies,
    heading,
    is_seen_as,
    sign_in,
    sign_out,
)
from tests.redis_server import RedisServer, patient, require_redis_server

pytestmark = pytest.mark.e2e

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A server for the tests of this file."""
    server = RedisServer(require_redis_server(), tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["asgi-form_post", "wsgi-query"])
def site(request, journey_site, redis):
    """A site whose workers share everything."""
    kind, mode = request.param.split("-")
    redis.ask("FLUSHALL")

    def make_store():
        return EncryptedStore(patient(RedisStore(redis.url)), [KEY])

    return journey_site(kind, response_mode=mode, session_store="client", make_store=make_store)


def test_T100_T103_session_in_redis(site, redis, page):
    """It outlives the process, with the user's tokens; signing out ends it, for who copied the cookie as well."""
    sign_in(page, site, path="/orders")
    before = asked(site)
    site.restart()
    page.reload()
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")
    is_seen_as(page, "Adele Vance")
    assert asked(site) == before
    stored = b"".join(redis.ask("KEYS", "*")) + b"".join(redis.ask("GET", key) or b"" for key in _plain_keys(redis))
    assert b"Adele" not in stored
    assert b"eyJ" not in stored

    copied = page.context.cookies(site.url)
    sign_out(page, site)
    page.context.add_cookies(copied)
    page.goto(f"{site.url}/orders")
    expect(heading(page)).to_have_text(ACCOUNTS)


def test_T98_sign_out_elsewhere_ends_the_session_in_redis(site, page):
    """The provider's page ends it by its `sid`, and the browser may begin another one."""
    sign_in(page, site)
    other = page.context.new_page()
    with other.expect_response(re.compile("/auth/frontchannel-logout")) as called:
        other.goto(f"{site.tenant.authority_host}/common/oauth2/v2.0/logout")
        other.get_by_role("button", name="Sign out").click()
    assert called.value.status == 200
    assert cookies(page, site, "session") != []
    page.goto(f"{site.url}/private")
    expect(heading(page)).to_have_text(ACCOUNTS)
    page.get_by_role("button", name="Megan").click()
    arrive(page, site, "/private")
    is_seen_as(page, "Megan Bowen")


def _plain_keys(redis):
    return [key for key in redis.ask("KEYS", "*") if redis.ask("TYPE", key) == b"string"]
