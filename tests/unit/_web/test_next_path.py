"""Where a sign-in may lead."""

import pytest

from azuread_auth._web.next_path import safe_next


@pytest.mark.parametrize(
    "value",
    [
        "/",
        "/a",
        "/a/",
        "/a/b.html",
        "/a?b=c&d=e",
        "/?next=//evil.example",
        "/search?q=100%25",
        "/search?q=line%0Aline",
        "/search?path=C:\\files",
        "/my%20file%20(1).pdf",
        "/stra%C3%9Fe",
        "/wiki//page",
        "/archive/https://example.com/",
        "/a..b/...",
        "/.well-known/x",
        "/~user/@me;v=1",
        "/" + "a" * 1_999,
    ],
)
def test_T84_paths_of_this_application_are_kept_as_they_are(value):
    """With their query."""
    assert safe_next(value) == value


def test_T84_fragments_are_dropped():
    """A server never sees one from a browser."""
    assert safe_next("/a?b#//evil.example") == "/a?b"
    assert safe_next("/#\r\n") == "/"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "a",
        "?a",
        "#a",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "%2f%2fevil.example",
        "/%2fevil.example",
        "/%252fevil.example",
        "/%5cevil.example",
        "/a%255cb",
        "/%c0%afevil.example",
        "/%EF%BC%8Fevil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "@evil.example",
        "/a\r\nb",
        "/a b",
        "/a\n",
        "/\x7f",
        "/ä",
        "/.//evil.example",
        "/..//evil.example",
        "/%2e%2e//evil.example",
        "/a/%2e",
        "/a%2f..%2f/evil.example",
        "/..;/x",
        "/a/..%20",
        "/a/%e2%80%a5%20",
        "/%E2%80%AE",
        "/\ud800",
        "/" + "a" * 2_000,
    ],
)
def test_T84_all_else_is_refused(value):
    """The caller then takes the default."""
    assert safe_next(value) is None
