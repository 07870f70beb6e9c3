"""Which requests need credentials: public and optional paths, and the tricks that try to make others public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._web.paths import Access, PathRules
from azuread_auth.errors import ConfigurationError

PUBLIC = ("/healthz", "/static/*", "/größe")

TRICKS = [
    "/admin",
    "//admin",
    "/%61dmin",
    "/",
    "",
    "//healthz",
    "/healthz/",
    "/healthz//",
    "/healthz;x=1",
    "/healthz/../admin",
    "/./healthz",
    "/HEALTHZ",
    "/Static/app.css",
    "/healthz%20",
    "/healthz%00",
    "/healthz%0a",
    "/healthz%23frag",
    "/healthz%3fquery",
    "/healthzz",
    "/admin#/healthz",
    "/admin;/healthz",
    "/admin%23/static/x",
    "/x/healthz",
    "/static",
    "/staticx/app.css",
    "/static/../admin",
    "/static/%2e%2e/admin",
    "/static/%2e%2e%2fadmin",
    "/static/..;/admin",
    "/static/.;/../admin",
    "/static/..%5cadmin",
    "/static\\..\\admin",
    "/static/%252e%252e/admin",
    "/static/x%252f..%252fadmin",
    "/static/%25252e%25252e/admin",
    "/static//admin",
    "/static/./app.css",
    "/static/x/..",
    "/static/x%00.css",
    "/static/x%2500.css",
    "/static/x%0d%0aX: 1",
    "/static/%7f",
    "/\\static\\app.css",
    "/gr%f6%dfe",
]


@pytest.mark.parametrize("path", TRICKS)
def test_T16_no_trick_makes_a_path_public(make_door, path):
    """Whatever is not exactly a public path, or clearly below one, needs credentials."""
    door = make_door(public_paths=PUBLIC)

    door.ask(path).assert_is("401c")

    assert not door.visits


@pytest.mark.parametrize("path", ["/healthz", "/static/", "/static/app.css", "/static/a/b%20c.css", "/gr%C3%B6%C3%9Fe"])
def test_T16_public_paths_are_public(make_door, tenant, path):
    """On a public path nobody looks at credentials: good, bad and malformed ones reach it as anonymous."""
    door = make_door(public_paths=PUBLIC)
    good = tenant.mint_token()
    door.ask_with(good, "/admin").assert_is("OK")

    door.ask(path).assert_is("OK")
    door.ask(path, ("authorization", b"Bearer a b")).assert_is("OK")
    door.ask_with(tenant.mint_token(fault="expired"), path).assert_is("OK")
    door.ask_with(good, path).assert_is("OK")

    assert [visit.principal for visit in door.visits[1:]] == [None] * 4


@pytest.mark.parametrize(
    "header",
    [
        ("x-original-url", b"/healthz"),
        ("x-rewrite-url", b"/healthz"),
        ("x-forwarded-uri", b"/healthz"),
        ("x-forwarded-prefix", b"/static"),
        ("x-script-name", b"/admin"),
        ("script-name", b"/static"),
        ("path-info", b"/healthz"),
        ("referer", b"http://127.0.0.1/healthz"),
        ("user-agent", b"ELB-HealthChecker/2.0"),
        ("user-agent", b"kube-probe/1.30"),
        ("user-agent", b"GoogleHC/1.0"),
        ("x-http-method-override", b"OPTIONS"),
        ("x-forwarded-for", b"127.0.0.1"),
        ("host", b"127.0.0.1/healthz"),
    ],
)
def test_T16_no_header_makes_a_path_public(make_door, header):
    """Paths count as they are routed; what a client says about them does not."""
    door = make_door(public_paths=PUBLIC)

    door.ask("/admin", header).assert_is("401c")


def test_T16_a_query_makes_no_path_public(make_door):
    """A query is no part of the path."""
    door = make_door(public_paths=PUBLIC)

    door.ask("/admin", query="/healthz").assert_is("401c")
    door.ask("/healthz", query="x=/admin").assert_is("OK")


@pytest.mark.parametrize(
    ("path", "mount", "code"),
    [
        ("/app/healthz", "/app", "OK"),
        ("/app/static/app.css", "/app", "OK"),
        ("/app/admin", "/app", "401c"),
        ("/app", "/app", "401c"),
        ("/app/app/healthz", "/app", "401c"),
        ("/healthz/healthz", "/healthz", "OK"),
        ("/healthz", "/healthz", "401c"),
        ("/static/admin", "/static", "401c"),
    ],
)
def test_T16_paths_of_a_mounted_application_are_matched_below_its_mount(make_door, path, mount, code):
    """Patterns mean what follows the mount, as the mounted application routes it."""
    door = make_door(public_paths=PUBLIC)

    door.ask(path, mount=mount).assert_is(code)


@pytest.mark.parametrize("options", [{"optional_paths": ("/me", "/shop/*")}, {"allow_anonymous": True}])
@pytest.mark.parametrize("path", ["/me", "/shop/cart"])
def test_T16_optional_paths_use_credentials_when_present(make_door, tenant, options, path):
    """Anonymous without credentials, somebody with good ones, refused with bad ones."""
    door = make_door(**options)

    door.ask(path).assert_is("OK")
    door.ask_with(tenant.mint_token(), path).assert_is("OK")
    door.ask_with(tenant.mint_token(fault="expired"), path).assert_is("401t")

    assert [visit.principal is not None for visit in door.visits] == [False, True]


def test_T16_paths_beside_the_optional_ones_are_protected(make_door):
    """An optional path opens no other."""
    door = make_door(optional_paths=("/me", "/shop/*"))

    for path in ("/", "/mex", "/me/", "/shop", "/shop/../admin"):
        door.ask(path).assert_is("401c")


def test_T16_public_goes_before_optional(make_door, tenant):
    """A path that both lists name is public."""
    door = make_door(public_paths=("/shop/*",), optional_paths=("/shop/cart", "/shop/*"))

    door.ask_with(tenant.mint_token(fault="expired"), "/shop/cart").assert_is("OK")


@pytest.mark.parametrize("setting", ["public_paths", "optional_paths"])
@pytest.mark.parametrize(
    "patterns",
    [
        "/healthz",
        ("healthz",),
        ("",),
        ("*",),
        ("/static*",),
        ("/*/x",),
        ("/a/**",),
        ("/a/../b",),
        ("/a//b",),
        ("/a%2fb",),
        ("/a\\b",),
        ("/a/./b",),
        (7,),
        (None,),
        (b"/healthz",),
    ],
)
def test_T16_patterns_that_mean_something_else_than_they_seem_to_are_refused(make_door, setting, patterns):
    """A pattern is a path, or a path and /*; anything else is an error that names the setting."""
    with pytest.raises(ConfigurationError, match=setting):
        make_door(**{setting: patterns})


ESCAPES = ["%2e", "%2f", "%5c", "%00", "%25", "\\", "\x00", "//"]


@given(path=st.text(alphabet="/.;%\\25efEF0c\x00ab~", max_size=30))
def test_T16_below_a_prefix_is_what_stays_below_it_however_it_is_read(path):
    """A path taken as public stays below its prefix after any number of decodings and any resolution of dots."""
    rules = PathRules(public_paths=("/a/*",))

    if rules.access(path) is Access.PUBLIC:
        assert path.startswith("/a/")
        assert ".." not in path.replace(";", "/").split("/")
        assert not [escape for escape in ESCAPES if escape in path.lower()]
