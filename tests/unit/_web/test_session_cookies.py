"""One sealed text in as many cookies as it takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._web.cookies import CookieNames
from azuread_auth._web.session_cookies import MOST_CHARACTERS, SessionCookies
from tests.unit._web.session_browser import NAMES, Browser

COOKIES = SessionCookies(NAMES)
FIRST, SECOND, THIRD = (NAMES.name(purpose) for purpose in ("session", "session-1", "session-2"))
TEXT = "x" * 100
LENGTHS = [1, 3799, 3800, 7599, 7600, MOST_CHARACTERS]


def texts(*headers: bytes) -> list[str]:
    """What is read from these headers."""
    return list(COOKIES.texts(headers))


@pytest.mark.parametrize(("length", "count"), list(zip(LENGTHS, [1, 1, 2, 2, 3, 3], strict=True)))
def test_T89_no_cookie_is_larger_than_browsers_take(length, count):
    """T89: a text is split where a cookie would be dropped without a sound, and comes back whole."""
    text = "".join(chr(ord("a") + number % 26) for number in range(length))
    set_cookies = COOKIES.written(text, [])
    assert len(set_cookies) == count
    assert all(len(each.split(";")[0]) <= 4096 for each in set_cookies)
    assert texts(*Browser().take(set_cookies).headers) == [text]


def test_T89_stale_chunks_are_removed():
    """T89: what a longer text left behind goes when a shorter one is written, and does not count before."""
    browser = Browser().take(COOKIES.written("a" * MOST_CHARACTERS, []))
    shorter = COOKIES.written(TEXT, browser.headers)
    assert [each.split("=")[0] for each in shorter] == [FIRST, SECOND, THIRD]
    browser.cookies[FIRST] = Browser().take(shorter).cookies[FIRST]
    assert texts(*browser.headers) == [TEXT]
    assert list(browser.take(shorter).cookies) == [FIRST]


@pytest.mark.parametrize("missing", [FIRST, SECOND, THIRD])
def test_T89_a_text_without_all_of_its_chunks_is_none(missing):
    """T89: where a browser has lost a part, there is nothing."""
    browser = Browser().take(COOKIES.written("a" * MOST_CHARACTERS, []))
    del browser.cookies[missing]
    assert texts(*browser.headers) == []


def test_T87_flags():
    """T87: no script and no other host has them, no other site sends them with a form, none outlives the browser."""
    (set_cookie,) = COOKIES.written(TEXT, [])
    assert set_cookie == f"{FIRST}=1{TEXT}; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert FIRST.startswith("__Host-")
    (set_cookie,) = SessionCookies(CookieNames("0123456789ab", is_secure=False)).written(TEXT, [])
    assert set_cookie == f"azuread-session-0123456789ab=1{TEXT}; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        pytest.param([], [], id="no header"),
        pytest.param([b"theme=dark; " + FIRST.encode() + b"=1abc"], ["abc"], id="among others"),
        pytest.param([b"a=1; bad key=2; =; ;;", FIRST.encode() + b"=1abc"], ["abc"], id="T88 beside malformed ones"),
        pytest.param([f"{FIRST}=1planted; {FIRST}=1abc".encode()], ["planted", "abc"], id="T88 all of that name"),
        pytest.param([f"{FIRST}=; {FIRST}=0a; {FIRST}=4a; {FIRST}=xa".encode()], [], id="no number of chunks"),
        pytest.param(
            [f"{FIRST}=2a; {SECOND}=b; {SECOND}=c".encode()], ["ab", "ac"], id="T88 planted chunks are tried too"
        ),
    ],
)
def test_T88_all_candidates_are_read(headers, found):
    """T88: a cookie that another host or path planted does not hide ours."""
    assert texts(*headers) == found


def test_T88_candidates_are_bounded():
    """T88: who plants hundreds of cookies does not make us open hundreds of texts."""
    many = [f"{name}=3{number}" for number in range(60) for name in (FIRST, SECOND, THIRD)]
    assert len(texts("; ".join(many).encode())) == 8
    assert len(texts("; ".join(f"{FIRST}=1{number}" for number in range(100)).encode())) == 8


def test_only_what_came_is_cleared():
    """Cookies that the browser does not have are not spoken of; the flags are those they were set with."""
    assert COOKIES.cleared([b"theme=dark"]) == []
    headers = Browser().take(COOKIES.written("a" * 5000, [])).headers
    assert COOKIES.cleared(headers) == [
        f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure" for name in (FIRST, SECOND)
    ]


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_arbitrary_headers_never_raise(headers):
    """Whatever a client sends, it is read or it is not."""
    headers = [*headers, *(FIRST.encode() + b"=" + header for header in headers)]
    assert all(isinstance(text, str) for text in COOKIES.texts(headers))
    assert COOKIES.cleared(headers) in ([], COOKIES.cleared([FIRST.encode() + b"="]))
    assert COOKIES.may_be_in(headers) is any(FIRST.encode() in header for header in headers)
