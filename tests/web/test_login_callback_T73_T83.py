"""The way back from the provider: whose it is, how often it counts, and what it brings."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from azuread_auth.stores.memory import MemoryStore
from tests.web.login_browser import LOCAL, PUBLIC

pytest_plugins = ("tests.web.login_fixtures",)


def tokens_asked(site):
    """How many token requests there were."""
    return site.tenant.request_count("token")


@pytest.mark.parametrize("change", [{"state": None}, {"state": "altered"}, {"state": ""}, {"state": "é\ud800"[:1]}])
def test_T73_a_state_that_is_missing_or_altered_is_refused(site, browser, change):
    """An answer to nothing this browser asked goes no further."""
    reply = browser.come_back(browser.answer(browser.begin(), **change))
    assert (reply.status, tokens_asked(site)) == (400, 0)
    assert not browser.jar.named("session")


def test_T73_a_state_lives_ten_minutes(site, browser, clock):
    """Whoever takes longer begins again."""
    answer = browser.answer(browser.begin())
    clock.advance(601)
    assert (browser.come_back(answer).status, tokens_asked(site)) == (400, 0)


def test_T73_T74_a_callback_of_another_browser_is_refused(site, browser):
    """Whoever is lured to an attacker's valid callback address is not signed in as the attacker."""
    attacker = site.browser("megan")
    request = attacker.answer(attacker.begin())
    lured = browser.get(str(request.url), by="https://evil.example")
    assert (lured.status, tokens_asked(site)) == (400, 0)
    assert not browser.jar.named("session")
    assert attacker.come_back(request).status == 303


def test_T73_T92_a_state_of_another_application_is_refused(make_site):
    """The same keys and the same host do not make it ours: the addresses of an application are in its cookies."""
    first, second = make_site().browser(), make_site(login={"base_url": [PUBLIC, "https://other.example.com"]})
    request = first.answer(first.begin())
    first.site = second
    assert first.come_back(request).status == 400


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("count", [2, 5])
def test_T75_simultaneous_callbacks_make_one_token_request(make_site, mode, count):
    """A double click: whichever answer the browser keeps, it is signed in."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    site.tenant.slow_down(0.2, "token")
    replies = site.send_all([request] * count)
    assert tokens_asked(site) == 1
    for reply in replies:
        other = site.browser()
        other.jar.take(PUBLIC, reply.all("set-cookie"))
        assert (reply.status, reply.location) == (303, "/orders")
        assert other.get("/orders").text == "adele@contoso.onmicrosoft.com"


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("keeps_first_answer", [True, False])
def test_T75_callbacks_one_after_the_other_make_one_token_request(make_site, mode, keeps_first_answer):
    """Reload, back button, or a second click that threw the first answer away."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    if keeps_first_answer:
        browser.come_back(request)
        again = browser.callback(str(request.url.query, "ascii") or request.content.decode(), browser_url(browser))
    else:
        site.send(request)
        again = request
    reply = browser.come_back(again)
    while reply.location:
        reply = browser.get(reply.location)
    assert (reply.status, reply.text) == (200, "adele@contoso.onmicrosoft.com")
    assert tokens_asked(site) == 1


def browser_url(browser):
    """An address at the provider that tells how the answer comes."""
    mode = browser.site.login.response_mode
    redirect = f"{browser.site.base_url}/auth/callback"
    return f"https://login.test/?{urlencode({'redirect_uri': redirect, 'response_mode': mode})}"


def test_T75_an_answer_is_repeated_for_a_minute_alone(make_site, clock):
    """Later there is a page, and the code that was used is not sent again."""
    site = make_site()
    browser = site.browser()
    request = browser.answer(browser.begin())
    site.send(request)
    clock.advance(61)
    reply = browser.come_back(request)
    assert (reply.status, tokens_asked(site)) == (400, 1)
    assert "answered before" in reply.text


@pytest.mark.parametrize("store", [False, True])
def test_T76_a_sign_in_makes_a_new_session(make_site, store):
    """What was in the session cookie before is not what is in it after; with a store the earlier session is dead."""
    site = make_site(login={"session_store": MemoryStore()} if store else {})
    browser = site.browser()
    browser.sign_in()
    (name,) = browser.jar.named("session")
    before = browser.jar.cookies[name].value
    browser.sign_in("/auth/login")
    after = browser.jar.cookies[name].value
    assert before != after
    old = browser.get("/", cookie=f"{name}={before}")
    assert old.status == (303 if store else 200)


@pytest.mark.parametrize("planted", ["1planted", "1", "x", ""])
def test_T76_a_planted_session_is_replaced(browser, planted):
    """An id that somebody set before the sign-in is not the one of the session."""
    browser.sign_in()
    (name,) = browser.jar.named("session")
    browser.jar.cookies[name].value = planted
    assert browser.get("/").status == 303
    browser.sign_in()
    assert browser.jar.cookies[name].value != planted
    assert browser.get("/").status == 200


def test_T77_a_code_of_another_sign_in_is_refused(site, browser):
    """The provider finds that the verifier is not the code's."""
    other = site.browser("megan")
    code = parse_qs(urlsplit(str(other.answer(other.begin()).url)).query)["code"][0]
    reply = browser.come_back(browser.answer(browser.begin(), code=code))
    assert (reply.status, tokens_asked(site)) == (403, 1)
    assert not browser.jar.named("session")


def test_T78_T79_each_sign_in_has_its_own_secrets(site, browser, is_told):
    """State, nonce and challenge are fresh, S256 always; the verifier is neither in addresses nor in the log."""
    urls = [browser.begin() for _ in range(5)]
    asked = [{name: value for name, (value,) in parse_qs(urlsplit(url).query).items()} for url in urls]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in asked}) == 5
        assert all(len(each[name]) >= 43 for each in asked)
    assert {each["code_challenge_method"] for each in asked} == {"S256"}
    assert all("code_verifier" not in each for each in asked)
    browser.come_back(browser.answer(urls[-1]))
    for name in ("state", "nonce", "code_challenge"):
        assert not is_told(asked[-1][name])


@pytest.mark.parametrize(
    "query",
    ["&code=2", "&state=2", "&error=access_denied", "&" + "&".join(f"p{n}=1" for n in range(40)), "&x=" + "y" * 40_000],
    ids=["code twice", "state twice", "code and error", "many", "long"],
)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T81_an_answer_that_says_two_things_is_refused(make_site, query, mode):
    """Parameters that repeat, contradict or flood."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    url = browser.begin()
    parameters = urlencode(site.tenant.sign_in(url))
    reply = browser.come_back(browser.callback(parameters + query, url))
    assert (reply.status, tokens_asked(site)) == (400, 0)


def test_T81_a_form_larger_than_any_is_not_read(make_site):
    """The body of the callback is bounded."""
    site = make_site(login={"response_mode": "form_post"})
    browser = site.browser()
    reply = browser.come_back(browser.callback("x=" + "y" * 70_000, browser_url(browser)))
    assert (reply.status, tokens_asked(site)) == (400, 0)
    assert "too large" in reply.text


@pytest.mark.parametrize(
    "error", ["access_denied", "<script>alert(1)</script>", "a\r\nset-cookie: x=y", "server_error"]
)
def test_T82_what_the_provider_says_in_words_is_not_shown(site, browser, error, is_told):
    """An error of the provider's is a page of ours, whatever is in it."""
    url = browser.begin()
    words = "<script>alert(2)</script>\r\nX: y" + "z" * 20_000
    state = parse_qs(urlsplit(url).query)["state"][0]
    reply = browser.come_back(
        browser.callback(urlencode({"state": state, "error": error, "error_description": words}), url)
    )
    assert (reply.status, tokens_asked(site)) == (400, 0)
    assert "<script" not in reply.text
    assert "zzzz" not in reply.text
    assert reply.header("x") == ""
    assert not is_told(words)


def test_T82_declining_is_a_page_with_the_way_back(site, browser):
    """Whoever cancels gets a page whose link begins again for the same place."""
    url = browser.begin("/orders?id=1")
    reply = browser.come_back(browser.callback(urlencode(site.tenant.decline_sign_in(url)), url))
    assert reply.status == 400
    (retry,) = re.findall('href="([^"]+)"', reply.text)
    assert browser.sign_in(retry.replace("&amp;", "&")).location == "/orders?id=1"


@pytest.mark.parametrize("base", [LOCAL, PUBLIC])
@pytest.mark.parametrize(("mode", "same_site"), [("query", "Lax"), ("form_post", "None")])
def test_T83_T87_cookies_have_the_flags_that_their_way_back_needs(make_site, base, mode, same_site):
    """A form that the provider's page sends brings no Lax cookie; the session is Lax in both modes."""
    site = make_site(login={"base_url": base, "response_mode": mode})
    browser = site.browser()
    url = browser.begin()
    (pending,) = (browser.jar.cookies[name] for name in browser.jar.named("login"))
    assert pending.same_site == same_site
    assert browser.come_back(browser.answer(url)).location == "/"
    (name,) = browser.jar.named("session")
    session = browser.jar.cookies[name]
    is_public = base == PUBLIC
    assert session.flags == "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if is_public else "")
    assert name.startswith("__Host-azuread-session-" if is_public else "azuread-session-")
    assert "HttpOnly" in pending.flags
    assert ("Secure" in pending.flags) == (is_public or mode == "form_post")
    assert not browser.jar.named("login")


def test_T83_a_form_callback_finds_the_session_after_a_redirect(make_site):
    """A reload of the form is a cross-site POST without the session cookie: the redirect that follows brings it."""
    site = make_site(login={"response_mode": "form_post"})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    browser.come_back(request)
    again = browser.come_back(browser.callback(request.content.decode(), browser_url(browser)))
    assert (again.status, again.location) == (303, "/auth/callback?signed_in=1")
    assert browser.get(again.location).location == "/"
    assert site.browser().get(again.location).status == 400


@pytest.mark.parametrize(("mode", "method"), [("query", "POST"), ("form_post", "GET"), ("query", "HEAD")])
def test_T105_the_callback_takes_one_method(make_site, mode, method):
    """Scanners that ask with HEAD, and answers in the mode that was not asked for, use up no code."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    url = browser.begin()
    query = urlencode(site.tenant.sign_in(url))
    reply = browser.ask(method, f"/auth/callback?{query}", by=None)
    assert (reply.status, tokens_asked(site)) == (405, 0)
    assert browser.come_back(browser.callback(query, url)).status == 303


def test_T108_the_callback_leads_away_from_its_address(browser, is_told):
    """A redirect without code or state in it, no referrer, and nothing of the query in the log."""
    request = browser.answer(browser.begin())
    reply = browser.come_back(request)
    asked = parse_qs(request.url.query.decode())
    assert (reply.status, reply.header("referrer-policy")) == (303, "no-referrer")
    assert asked["code"][0] not in reply.location
    assert not is_told(asked["code"][0])
    assert not is_told(asked["state"][0])
