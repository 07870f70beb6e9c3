"""The pages of sign-in: plain, whole, and safe with any text."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._web.pages.consent_needed import consent_needed_page
from azuread_auth._web.pages.frame import FORM_PAGE_HEADERS, PAGE_HEADERS, link, sentence
from azuread_auth._web.pages.login_error import login_error_page
from azuread_auth._web.pages.problem import problem_page
from azuread_auth._web.pages.signed_out import confirm_logout_page, signed_out_page
from azuread_auth._web.problem import Problem
from azuread_auth.web_login import LoginProblem

EVIL = "<script>alert(1)</script>\"'&\r\nSet-Cookie: a=b\u202e"


def problem(**changes):
    """A usual one."""
    return LoginProblem(**{"status": 400, "title": "You could not be signed in", "detail": "try again", **changes})


class Outline(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


PAGES = [
    pytest.param(login_error_page(problem()), id="error"),
    pytest.param(
        login_error_page(problem(redirect_uri="https://a.example/auth/callback", retry_url="/auth/login")),
        id="redirect URI mismatch",
    ),
    pytest.param(consent_needed_page(problem(scopes=("a", "b")), admin_consent_url="/auth/consent"), id="consent"),
    pytest.param(signed_out_page("/auth/login"), id="signed out"),
    pytest.param(signed_out_page(), id="signed out, without a way back"),
    pytest.param(confirm_logout_page("/auth/logout"), id="sign out?"),
    pytest.param(confirm_logout_page("/auth/logout", stay_path="/"), id="sign out, or stay?"),
    pytest.param(problem_page(Problem(status=403, title="Forbidden", detail="no", sign_in_url="/x")), id="refusal"),
]


@pytest.mark.parametrize("page", PAGES)
def test_T107_pages_are_accessible_and_take_nothing_from_elsewhere(page):
    """A language, a title, one heading, room for small screens, and neither scripts nor other files."""
    outline = Outline(page)
    assert page.startswith("<!doctype html>\n")
    assert ("lang", "en") in outline.attributes
    assert ("name", "viewport") in outline.attributes
    assert "color-scheme: light dark" in page
    assert [outline.elements.count(each) for each in ("title", "h1", "main", "style")] == [1, 1, 1, 1]
    assert not {"script", "img", "link", "iframe", "object", "base"} & set(outline.elements)
    assert not any(name.startswith("on") or name in ("style", "src") for name, _ in outline.attributes)


@pytest.mark.parametrize("headers", [PAGE_HEADERS, FORM_PAGE_HEADERS])
@pytest.mark.parametrize("page", PAGES)
def test_T107_headers_allow_this_page_alone(page, headers):
    """No frames, no scripts, no guesses, no copies; the one style by its hash."""
    named = dict(headers)
    policy = dict(directive.split(" ", 1) for directive in named["content-security-policy"].split("; "))
    (style,) = re.findall("<style>(.*)</style>", page, re.DOTALL)
    assert policy["style-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert named["x-content-type-options"] == "nosniff"
    assert named["cache-control"] == "no-store"
    assert named["content-type"] == "text/html; charset=utf-8"


def test_T96_a_page_with_a_button_may_be_known_as_its_sender():
    """Its request would have no Origin otherwise; and it may be led on to the provider."""
    assert dict(PAGE_HEADERS)["referrer-policy"] == "no-referrer"
    assert dict(FORM_PAGE_HEADERS)["referrer-policy"] == "same-origin"
    assert "form-action 'none'" in dict(PAGE_HEADERS)["content-security-policy"]
    assert "form-action" not in dict(FORM_PAGE_HEADERS)["content-security-policy"]


def evil_pages(text):
    """All pages with the same text in each place."""
    told = LoginProblem(
        status=400,
        title=text,
        detail=text,
        correlation_id=text,
        retry_url=f"/{text}",
        redirect_uri=text,
        scopes=(text, text),
    )
    return [
        login_error_page(told),
        consent_needed_page(told, admin_consent_url=f"https://{text}"),
        signed_out_page(f"/{text}"),
        confirm_logout_page(f"/{text}", stay_path=f"/{text}"),
    ]


HARMLESS = [
    [element for element in Outline(page).elements if element not in ("a", "p")] for page in evil_pages("harmless")
]


@pytest.mark.parametrize("text", [EVIL, "\0", "{title}{0}", "</title></style><h1>", "&lt;", "a" * 1_000_000])
def test_T82_T107_texts_stay_texts(text):
    """Whatever they hold adds no element, no attribute, no line and no megabyte; links to nowhere are left out."""
    for page, harmless in zip(evil_pages(text), HARMLESS, strict=True):
        outline = Outline(page)
        assert [each for each in outline.elements if each not in ("a", "p")] == harmless
        assert {name for name, _ in outline.attributes} <= {
            *("lang", "charset", "name", "content", "href", "method", "action"),
        }
        assert "\u202e" not in page
        assert "Set-Cookie: a=b\n" not in page


@given(st.text(max_size=60))
def test_T82_no_text_adds_an_element(text):
    """Whatever is escaped comes out as it went in, but for what does not print."""
    outline = Outline(login_error_page(problem(title=f"x{text}x", correlation_id=f"y{text}y")))
    shown = "".join(character if character.isprintable() else " " for character in text)
    assert outline.text.count(f"x{shown}x") >= 2
    assert f"y{shown}y" in outline.text
    assert outline.elements == Outline(login_error_page(problem(correlation_id="y"))).elements


def test_T82_long_texts_are_cut():
    """After two thousand characters."""
    page = login_error_page(problem(detail="a" * 1_000_000))
    assert len(page) < 10_000
    assert "…" in page


def test_an_error_says_how_to_go_on():
    """With what an operator looks for in the log."""
    page = login_error_page(problem(correlation_id="0f8fad5b", retry_url="/auth/login?next=%2Fa&x=1"))
    assert '<a href="/auth/login?next=%2Fa&amp;x=1">Try again</a>' in page
    assert "<dt>Correlation ID</dt>\n<dd>0f8fad5b</dd>" in page
    assert "<p>Try again.</p>" in page
    assert "Redirect URI" not in page


def test_a_redirect_uri_that_is_not_registered_is_shown_exactly():
    """For the administrator to copy."""
    page = login_error_page(problem(redirect_uri="https://app.example.com/prefix/auth/callback"))
    assert "<dd>https://app.example.com/prefix/auth/callback</dd>" in page
    assert "is not registered for this application" in page


def test_consent_names_the_permissions_and_the_way():
    """Each permission on its line."""
    page = consent_needed_page(problem(scopes=("User.Read.All", "Mail.Read")), admin_consent_url="/auth/consent")
    assert "<dt>Permissions</dt>\n<dd>User.Read.All</dd>\n<dd>Mail.Read</dd>" in page
    assert 'href="/auth/consent"' in page
    assert "href" not in consent_needed_page(problem())


def test_T96_signing_out_for_another_site_takes_a_button():
    """That posts to the application itself; who stays goes on there."""
    assert "href" not in confirm_logout_page("/prefix/auth/logout")
    page = confirm_logout_page("/prefix/auth/logout", stay_path="/prefix/")
    assert '<a href="/prefix/">Stay signed in</a>' in page
    assert '<form method="post" action="/prefix/auth/logout"><button>Sign out</button></form>' in page


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [
        ("/auth/login", True),
        ("/", True),
        ("https://login.example.com/x?y=z", True),
        ("http://localhost:8000/", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        (" /a", False),
        ("/a\n", False),
        ("/ä", False),
        ("", False),
        (None, False),
    ],
)
def test_T107_links_lead_to_paths_and_web_addresses_alone(address, is_shown):
    """Others are left out."""
    assert (link(address, "go") != "") is is_shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("try again", "<p>Try again.</p>"),
        ("Why?", "<p>Why?</p>"),
        ("done.", "<p>Done.</p>"),
        ("stop!", "<p>Stop!</p>"),
        ("", ""),
        ("<b>", "<p>&lt;b&gt;.</p>"),
    ],
)
def test_messages_become_sentences(text, shown):
    """With a capital and a stop, and nothing from nothing."""
    assert sentence(text) == shown
