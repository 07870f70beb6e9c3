"""Where a sign-in leads, which host it is for, and the cookies between."""

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest

from azuread_auth.secret import Secret
from azuread_auth.simulation.users import SimulatedUser
from tests.web.login_browser import LOCAL, PUBLIC
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)

OTHER = "https://other.example.com"


def redirect_uri(url):
    """The redirect URI of a request to the provider."""
    return parse_qs(urlsplit(url).query)["redirect_uri"][0]


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "/\\evil",
        "/%09/evil",
        "%2f%2fevil",
        "https:evil",
        "https://evil",
        "javascript:alert(1)",
        "@evil",
        "/a\r\nx: y",
        "/\t/evil",
        "",
        "evil",
        "/%2f%2fevil",
        "/\u2028evil",
        "/" + "x" * 3000,
        "/..//evil",
        "///evil",
    ],
)
def test_T84_another_origin_is_no_place_to_go_on_to(browser, target):
    """What is not plainly a path of this origin leads to the usual page."""
    assert browser.sign_in(f"/auth/login?next={quote(target, safe='')}").location == "/"


@pytest.mark.parametrize("address", ["//evil.example/", "/x?y=" + "%20" * 1_000, "/%5Cevil.example"])
def test_T84_a_page_whose_address_is_no_place_to_go_on_to_leads_to_the_usual_one(browser, address):
    """Nothing of a long or misleading address is in the redirect."""
    assert browser.get(f"{PUBLIC}{address}").location == "/auth/login?next=%2F"


def test_T84_the_destination_is_judged_again_when_it_is_used(site, browser, clock):
    """Should a bad one ever get into a sealed cookie, it leads nowhere."""
    url = browser.begin()
    pending = site.middleware._gate.login._context.pending
    cookies = [browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True).encode()]
    found = pending.find(parse_qs(urlsplit(url).query)["state"][0], cookies, clock.now())
    browser.jar.take(PUBLIC, pending.begin(replace(found, next="//evil.example"), [], clock.now()))
    assert browser.come_back(browser.answer(url)).location == "/"


def test_T84_a_path_of_this_origin_is(browser):
    """A path and its query."""
    assert browser.sign_in("/auth/login?next=%2Fa%3Fb%3D%252F%252Fc%23d").location == "/a?b=%2F%2Fc"


@pytest.mark.parametrize("host", ["evil.example", "app.example.com:444", "app.example.com,evil.example", "", "a/b"])
def test_T85_the_host_is_one_of_ours(browser, host):
    """Every route for any other host is 400, and sets no cookie."""
    for route in ("login", "callback", "logout", "signed-out", "me"):
        reply = browser.get(f"/auth/{route}", host=host or " ")
        assert (reply.status, reply.all("set-cookie"), reply.location) == (400, [], "")


@pytest.mark.parametrize("host", ["APP.example.com", "app.example.com:443"])
def test_T85_the_host_is_read_as_browsers_mean_it(browser, host):
    """Neither case nor the usual port make another host."""
    assert redirect_uri(browser.get("/auth/login", host=host).location) == f"{PUBLIC}/auth/callback"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:5000", "[::1]:9"])
def test_T85_without_base_url_this_machine_alone_counts(make_site, host):
    """The address is the one that was asked; no other host has one."""
    browser = make_site(login={"base_url": None}).browser()
    assert redirect_uri(browser.get("/auth/login", host=host).location) == f"http://{host}/auth/callback"
    assert browser.get("/auth/login", host="app.example.com").status == 400


def test_T85_of_several_addresses_the_one_that_was_asked_counts(make_site):
    """Each has redirect URIs of its own, and origins too."""
    browser = make_site(login={"base_url": [PUBLIC, OTHER]}).browser()
    assert redirect_uri(browser.get(f"{PUBLIC}/auth/login").location) == f"{PUBLIC}/auth/callback"
    assert redirect_uri(browser.get(f"{OTHER}/auth/login").location) == f"{OTHER}/auth/callback"
    done = browser.sign_in(f"{OTHER}/auth/login?next=/x")
    assert done.location == "/x"
    assert browser.get(f"{OTHER}/").status == 200
    assert browser.get(f"{PUBLIC}/").status == 303
    cookie = browser.jar.header(OTHER, is_cross_site=False, is_safe_navigation=True)
    assert browser.post(f"{OTHER}/", by=PUBLIC, cookie=cookie).status == 403


@pytest.mark.parametrize(
    "name", ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "forwarded", "x-forwarded-uri"]
)
def test_T86_forwarding_headers_have_no_say(browser, name):
    """Whoever can reach the application can send them."""
    value = "host=evil.example;proto=http" if name == "forwarded" else "evil.example"
    reply = browser.get("/auth/login", **{name.replace("-", "_"): value})
    assert redirect_uri(reply.location) == f"{PUBLIC}/auth/callback"
    assert browser.get("/x", **{name.replace("-", "_"): value}).location == "/auth/login?next=%2Fx"


@pytest.mark.parametrize("base", [f"{PUBLIC}/portal", f"{LOCAL}/portal"])
def test_a_prefix_of_a_mount_is_in_every_address(make_site, base):
    """The application below knows nothing of it; browsers do."""
    browser = make_site(login={"base_url": base}, prefix="/portal").browser()
    first = browser.get("/portal/orders?a=1")
    assert first.location == "/portal/auth/login?next=%2Fportal%2Forders%3Fa%3D1"
    assert redirect_uri(browser.get(first.location).location) == f"{base}/auth/callback"
    assert browser.sign_in("/portal/orders?a=1").location == "/portal/orders?a=1"
    assert browser.get("/portal/orders").text == "adele@contoso.onmicrosoft.com"
    assert browser.sign_in("/portal/auth/login").location == "/portal/"
    gone = browser.post("/portal/auth/logout")
    assert gone.asked["post_logout_redirect_uri"] == f"{base}/auth/signed-out"
    assert "/portal/auth/login" in browser.get("/portal/auth/signed-out").text


def test_T88_planted_and_broken_cookies_sign_nobody_out(browser):
    """Strangers' cookies of the same names, and ones that are malformed, leave the good one good."""
    browser.sign_in()
    (name,) = browser.jar.named("session")
    good = f"{name}={browser.jar.cookies[name].value}"
    for header in (
        f"{name}=1planted; {good}",
        f"{good}; {name}=2x",
        f"a=1; bad key=2; {good}; =; ;",
        f"{name}; {good}",
    ):
        assert browser.get("/", cookie=header).text == "adele@contoso.onmicrosoft.com"


def test_T89_no_user_overflows_a_cookie(make_site):
    """Two hundred groups take two cookies, each within what browsers keep, and go with the sign-out."""
    groups = tuple(str(uuid5(NAMESPACE_URL, str(number))) for number in range(200))
    user = SimulatedUser(object_id=str(uuid4()), name="N" * 300, username="n@contoso.test", groups=groups)
    browser = make_site().browser(user)
    browser.sign_in()
    assert browser.get("/").status == 200
    assert len([name for name in browser.jar.cookies if "-session-" in name]) == 2
    browser.post("/auth/logout")
    assert not browser.jar.named("session")


def test_T90_at_most_five_sign_ins_wait_in_a_browser(site, browser):
    """Two hundred visits leave five cookies, and nothing on the server."""
    for _ in range(50):
        browser.begin("/auth/login")
    assert len(browser.jar.named("login")) == 5
    assert browser.sign_in().status == 303


def test_T90_a_sign_in_that_fits_in_no_cookie_is_refused(browser):
    """Too many scopes are a page, not a 500."""
    scopes = "+".join(f"Some.Permission.Number{n}" for n in range(300))
    reply = browser.get(f"/auth/login?scopes={scopes}")
    assert (reply.status, reply.all("set-cookie")) == (400, [])


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T91_tabs_come_back_in_any_order(make_site, mode):
    """Each is signed in and lands where it was."""
    browser = make_site(login={"response_mode": mode}).browser()
    urls = [browser.begin(f"/tab{n}") for n in range(4)]
    for number in (3, 0, 2, 1):
        assert browser.come_back(browser.answer(urls[number])).location == f"/tab{number}"
    assert browser.get("/").status == 200


def test_T92_one_kind_of_cookie_is_not_another(browser):
    """A pending sign-in is no session, and the count of sign-ins neither."""
    browser.begin()
    (pending,) = browser.jar.named("login")
    value = browser.jar.cookies[pending].value
    browser.sign_in()
    (name,), (recent,) = browser.jar.named("session"), browser.jar.named("recent")
    for text in (f"1{value}", f"1{browser.jar.cookies[recent].value}"):
        assert browser.get("/", cookie=f"{name}={text}").status == 303


def test_T92_cookies_of_an_application_with_another_client_id_are_not_ours(make_site, directory):
    """The same key and host, and another registration."""
    first = make_site()
    browser = first.browser()
    browser.sign_in()
    settings = directory.settings(client_id="11111111-2222-4333-8444-555555555555")
    other = make_site(settings=settings)
    (name,) = browser.jar.named("session")
    value = browser.jar.cookies[name].value
    stranger = other.browser()
    other_name = name.rpartition("-")[0] + "-" + other.middleware._gate.login._context.sessions._cookies._names[0][-12:]
    assert stranger.get("/", cookie=f"{other_name}={value}").status == 303


@pytest.mark.parametrize(
    "keys", [[KEY], [b"2" * 32, KEY], [KEY, b"2" * 32]], ids=["same", "new is known", "new is used"]
)
def test_T92_R31_keys_are_rotated_while_users_stay_signed_in(make_site, keys):
    """A session of the old key is good as long as that is in the list."""
    browser = make_site().browser()
    browser.sign_in()
    browser.site = make_site(login={"cookie_keys": keys})
    assert browser.get("/").status == 200


@pytest.mark.parametrize("keys", [[Secret(b"2" * 32)], [b"3" * 32, b"2" * 32]])
def test_T92_R31_a_key_that_was_removed_signs_out(make_site, keys):
    """Signed out, not an error; and a sign-in under way begins again."""
    browser = make_site().browser()
    browser.sign_in()
    answer = browser.answer(browser.begin("/auth/login"))
    browser.site = make_site(login={"cookie_keys": keys})
    assert browser.get("/").status == 303
    assert browser.come_back(answer).status == 400
    assert browser.sign_in().status == 303


def test_without_keys_workers_on_this_machine_share_what_the_secret_makes(make_site):
    """On loopback, workers with the same client secret read each other's cookies."""
    browser = make_site(login={"base_url": LOCAL, "cookie_keys": ()}).browser()
    browser.sign_in()
    browser.site = make_site(login={"base_url": LOCAL, "cookie_keys": ()})
    assert browser.get("/").status == 200


@pytest.mark.parametrize("elsewhere", ["/", "/otherapp/page", "/portalx", "/?portal/"])
def test_T84_what_is_beside_the_application_is_not_a_part_of_it(make_site, elsewhere):
    """T84: other applications under the same host may be somebody else's."""
    browser = make_site(login={"base_url": f"{PUBLIC}/portal"}, prefix="/portal").browser()
    assert browser.sign_in("/portal/auth/login?" + f"next={quote(elsewhere)}").location == "/portal/"


@pytest.mark.parametrize("own", ["/portal", "/portal/", "/portal?a=1", "/portal/x?next=/y"])
def test_T84_what_is_in_the_application_is(make_site, own):
    """T84: with and without a slash or a query."""
    browser = make_site(login={"base_url": f"{PUBLIC}/portal"}, prefix="/portal").browser()
    assert browser.sign_in("/portal/auth/login?" + f"next={quote(own)}").location == own
