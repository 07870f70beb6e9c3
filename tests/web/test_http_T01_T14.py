"""The Authorization header and the request line, on both middlewares (RFC 9110, RFC 6750, Fetch)."""

import pytest

GOOD = "{good}"
BAD = "{bad}"

CREDENTIALS = [
    pytest.param([], "401c", id="T01 no credentials"),
    pytest.param([b"Basic dXNlcjpwYXNz"], "401c", id="T02 Basic"),
    pytest.param([b'Digest username="u", realm="r", nonce="n"'], "401c", id="T02 Digest"),
    pytest.param([b"DPoP {good}"], "401c", id="T02 DPoP with a token that is good as a bearer's"),
    pytest.param([b"PoP {good}"], "401c", id="T02 PoP"),
    pytest.param([b"Negotiate YIIC"], "401c", id="T02 Negotiate"),
    pytest.param([b"Bearerx {good}"], "401c", id="T02 a scheme that begins with Bearer"),
    pytest.param([b"Negotiate"], "401c", id="T02 another scheme without credentials"),
    pytest.param([b"{good}"], "401c", id="T02 a token where the scheme should be"),
    pytest.param([b""], "400r", id="T03 empty"),
    pytest.param([b"Bearer"], "400r", id="T03 the scheme alone"),
    pytest.param([b"Bearer "], "400r", id="T03 the scheme and a blank"),
    pytest.param([b"Bearer a b"], "400r", id="T03 two tokens"),
    pytest.param([b'Bearer "{good}"'], "400r", id="T03 quoted"),
    pytest.param([b"Bearer,{good}"], "400r", id="T03 a comma for the blank"),
    pytest.param([b"Bearer ="], "400r", id="T03 padding alone"),
    pytest.param([b"Bearer {good},{good}"], "400r", id="T03 two good tokens in one header"),
    pytest.param([b"Bearer {good} "], "400r", id="T03 a blank after it"),
    pytest.param([b"bearer {good}"], "OK", id="T04 lower case"),
    pytest.param([b"BEARER {good}"], "OK", id="T04 upper case"),
    pytest.param([b"Bearer {good}"], "OK", id="T04 as written"),
    pytest.param([b"Bearer  {good}"], "OK", id="T05 two blanks"),
    pytest.param([b"Bearer\t{good}"], "400r", id="T05 a tab"),
    pytest.param([b"Bearer \t{good}"], "400r", id="T05 a blank and a tab"),
    pytest.param([b"Bearer\xa0{good}"], "400r", id="T05 a no-break space"),
    pytest.param([b"Bearer\xc2\xa0{good}"], "400r", id="T05 a no-break space in UTF-8"),
    pytest.param([b"Bearer {good}", b"Bearer {bad}"], "400r", id="T06 good and bad"),
    pytest.param([b"Bearer {bad}", b"Bearer {good}"], "400r", id="T06 bad and good"),
    pytest.param([b"Bearer {good}", b"Bearer {good}"], "400r", id="T06 the same twice"),
    pytest.param([b"", b"Bearer {good}"], "400r", id="T06 empty and good"),
    pytest.param([b"Bearer {good}", b""], "400r", id="T06 good and empty"),
    pytest.param([b"Bearer {good}", b"Basic dXNlcjpwYXNz"], "400r", id="T06 good and of another scheme"),
    pytest.param([b"Bearer {good}\xff"], "400r", id="T10 beyond ASCII at its end"),
    pytest.param([b"B\xe9arer {good}"], "400r", id="T10 beyond ASCII in the scheme"),
    pytest.param([b"Basic \xff\xfe"], "400r", id="T10 beyond ASCII for another scheme"),
    pytest.param([b"Bearer {good}\x00"], "400r", id="T10 NUL"),
    pytest.param([b"Bearer {good}\r\nX-Injected: 1"], "400r", id="T10 a line break"),
    pytest.param([b"Bearer\r\n {good}"], "400r", id="T10 folded"),
    pytest.param([b"Basic x\x00"], "400r", id="T10 NUL for another scheme"),
]


def filled(values, tenant):
    """The headers of a row, with tokens put in."""
    good, bad = tenant.mint_token().encode(), tenant.mint_token(fault="expired").encode()
    return [("authorization", value.replace(b"{good}", good).replace(b"{bad}", bad)) for value in values]


@pytest.mark.parametrize(("values", "code"), CREDENTIALS)
def test_credentials_are_read_strictly(door, tenant, is_logged, values, code):
    """Each form of the Authorization header gets its answer; the application is reached only by a good token."""
    headers = filled(values, tenant)

    door.ask("/", *headers).assert_is(code)

    assert len(door.visits) == (code == "OK")
    assert not any(is_logged(value.decode("latin-1").split(" ")[-1]) for _, value in headers)


@pytest.mark.parametrize(("values", "code"), CREDENTIALS)
def test_credentials_are_read_strictly_when_the_token_was_seen_before(door, tenant, values, code):
    """Remembering a token that was good changes nothing about how the header is read."""
    headers = filled(values, tenant)
    for part in headers[0][1].split() if headers else []:
        door.ask("/", ("authorization", b"Bearer " + part.strip(b'",')))
    visits = len(door.visits)

    door.ask("/", *headers).assert_is(code)

    assert len(door.visits) - visits == (code == "OK")


MALFORMED = [row for row in CREDENTIALS if row.values[1] == "400r"]


@pytest.mark.parametrize(("values", "code"), MALFORMED)
def test_T03_malformed_credentials_are_refused_where_credentials_are_optional(make_door, tenant, values, code):
    """Nobody is taken for anonymous who tried to be somebody: a broken header is refused on optional paths too."""
    door = make_door(allow_anonymous=True)

    door.ask("/", *filled(values, tenant)).assert_is(code)

    assert not door.visits


def test_T07_a_token_in_the_query_is_ignored(door, tenant, is_logged):
    """`?access_token=` is no credential, and its value is not logged."""
    token = tenant.mint_token()

    door.ask("/", query=f"access_token={token}").assert_is("401c")

    assert not is_logged(token)


def test_T08_a_token_in_a_form_is_ignored_and_the_body_not_read(door, tenant, is_logged):
    """A token in a form body is no credential; nobody looks at the body."""
    token = tenant.mint_token()

    door.ask("/", method="POST", body=f"access_token={token}".encode()).assert_is("401c")

    assert door.body.reads == 0
    assert not is_logged(token)


@pytest.mark.parametrize(("header", "query", "code"), [("good", "bad", "OK"), ("bad", "good", "401t")])
def test_T09_the_header_decides_beside_a_query(door, tenant, header, query, code):
    """With tokens in header and query only the header counts."""
    tokens = {"good": tenant.mint_token(), "bad": tenant.mint_token(fault="expired")}

    door.ask_with(tokens[header], query=f"access_token={tokens[query]}").assert_is(code)


def test_T11_a_token_of_a_megabyte_is_refused_by_its_size(door, is_logged):
    """A token too large to be one is refused before any of it is decoded, which would find it to be malformed."""
    token = "A" * 1_048_576
    door.ask_with(token).assert_is("401t")
    assert not door.visits
    assert is_logged("token_too_large")
    assert not is_logged("malformed")
    assert not is_logged(token)


@pytest.mark.parametrize("credentials", ["none", "bad", "good"])
def test_T13_HEAD_is_decided_as_GET_is(door, tenant, credentials):
    """HEAD gets the status and headers of GET, and a refusal of HEAD has no body."""
    token = tenant.mint_token(fault=None if credentials == "good" else "expired")
    headers = [] if credentials == "none" else [("authorization", f"Bearer {token}".encode())]

    got, headed = door.ask("/", *headers), door.ask("/", *headers, method="HEAD")

    assert headed.status == got.status
    assert headed.headers == got.headers
    if credentials != "good":
        assert headed.body == b""


PREFLIGHT = [("origin", b"https://spa.example"), ("access-control-request-method", b"PUT")]


def test_T14_a_preflight_passes_as_anonymous(door):
    """A browser's question goes on to the CORS layer, without identity or body; no body comes back.

    So an application that ignores the method says nothing that it would say to a caller.
    """
    answer = door.ask("/", *PREFLIGHT, method="OPTIONS", body=b"secret=1")

    assert door.visits[0].principal is None
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "0")


def test_T14_a_preflight_of_an_open_path_is_answered_in_full(make_door):
    """Where anybody may call, a preflight is a request like any other."""
    for options in ({"public_paths": ("/open",)}, {"optional_paths": ("/open",)}, {"allow_anonymous": True}):
        door = make_door(**options)
        door.ask("/open", *PREFLIGHT, method="OPTIONS").assert_is("OK")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("OPTIONS", [], id="plain OPTIONS"),
        pytest.param("OPTIONS", PREFLIGHT[:1], id="only Origin"),
        pytest.param("OPTIONS", PREFLIGHT[1:], id="only the method asked for"),
        pytest.param("GET", PREFLIGHT, id="GET dressed as a preflight"),
        pytest.param("POST", PREFLIGHT, id="POST dressed as a preflight"),
        pytest.param("options", PREFLIGHT, id="a method in lower case is another method"),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # the validator's word on the last row
def test_T14_what_is_not_a_preflight_is_protected(door, method, headers):
    """Only the exact shape of a preflight passes."""
    door.ask("/", *headers, method=method).assert_is("401c")

    assert not door.visits


@pytest.mark.parametrize("is_known", [False, True])
def test_T14_what_has_credentials_is_no_preflight(door, tenant, is_known):
    """What looks like a preflight and has credentials is judged by them, whether they were seen before or not."""
    good = tenant.mint_token()
    bad = ("authorization", f"Bearer {tenant.mint_token(fault='expired')}".encode())
    if is_known:
        door.ask_with(good)

    door.ask("/", *PREFLIGHT, bad, method="OPTIONS").assert_is("401t")
    door.ask("/", *PREFLIGHT, ("authorization", f"Bearer {good}".encode()), method="OPTIONS").assert_is("OK")

    assert door.visits[-1].principal is not None
