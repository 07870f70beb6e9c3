"""What refusals say and do not say, and that both middlewares say the same (RFC 6750 3.1, RFC 9457)."""

import json

import pytest

from azuread_auth.simulation.faults import FAULTS

NOT_B64TOKEN = {"json-serialization", "percent-encoded", "whitespace"}
GENUINE = {name for name, fault in FAULTS.items() if fault.reason is None}


@pytest.mark.parametrize("fault", FAULTS)
def test_T21_every_bad_token_gets_the_same_refusal_from_both_middlewares(doors, tenant, is_logged, fault):
    """Status, headers and body do not tell which check failed, and the token is nowhere in the log."""
    token = tenant.mint_token(fault=fault)
    reference = doors[0].ask_with(tenant.mint_token(fault="expired"))

    for door in doors:
        answer = door.ask_with(token)
        if fault in GENUINE:
            answer.assert_is("OK")
            continue
        answer.assert_is("400r" if fault in NOT_B64TOKEN else "401t")
        assert fault in NOT_B64TOKEN or answer == reference
        assert not door.visits
        assert not any(part.encode() in answer.body for part in token.split(".") if len(part) > 8)

    assert fault in GENUINE or not is_logged(token)


def test_T21_the_operator_reads_the_reason(door, tenant, caplog):
    """What the caller is not told stands in the log, by its stable code."""
    with caplog.at_level("WARNING", logger="azuread_auth"):
        door.ask_with(tenant.mint_token(fault="wrong-audience"))

    (record,) = caplog.records
    assert record.azuread_reason == "wrong_audience"
    assert record.azuread_claim == "aud"


@pytest.mark.parametrize(
    ("setting", "wishes"),
    [
        pytest.param({"allow_guests": False}, {"fault": "guest"}, id="T69 a guest"),
        pytest.param({"allow_guests": False}, {"user": "robin"}, id="T69 a guest of the directory"),
        pytest.param({"allowed_clients": {"11111111-1111-4111-8111-111111111111"}}, {}, id="T70 another client"),
    ],
)
def test_the_unwelcome_are_forbidden_and_forgeries_are_not(make_door, tenant, setting, wishes):
    """A guest or a client off the list gets 403, by verified claims alone: a forged token gets 401."""
    door = make_door(settings=tenant.settings(**setting))
    token = tenant.mint_token(**wishes)
    head, _, signature = token.rpartition(".")
    forged = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"

    door.ask_with(token).assert_is("403s")
    door.ask_with(token).assert_is("403s")
    door.ask_with(forged).assert_is("401t")

    assert not door.visits


def test_without_keys_nobody_can_tell_T62_R01(make_door, simulated_tenant):
    """With the provider down and no keys: 503 with Retry-After; what needs no key is 401 all the same."""
    door = make_door(settings=simulated_tenant.settings())
    simulated_tenant.go_down()

    good = door.ask_with(simulated_tenant.mint_token())
    good.assert_is("503")
    assert 1 <= int(good.header("retry-after")) <= 300
    door.ask_with(simulated_tenant.mint_token(fault="bad-signature")).assert_is("503")
    door.ask_with(simulated_tenant.mint_token(fault="alg-none-signed")).assert_is("401t")
    door.ask("/").assert_is("401c")
    assert not door.visits


def test_the_log_says_why_there_are_no_keys(make_door, simulated_tenant, caplog):
    """The operator reads that the provider is down; the refusal is a warning."""
    door = make_door(settings=simulated_tenant.settings())
    simulated_tenant.go_down()
    with caplog.at_level("WARNING", logger="azuread_auth"):
        door.ask_with(simulated_tenant.mint_token())

    assert {record.azuread_event for record in caplog.records} == {"keys.unavailable", "request.refused"}


@pytest.mark.parametrize("credentials", [None, b"Bearer a b", b"Bearer x.y.z"])
def test_T23_a_refused_body_is_not_read(door, credentials):
    """A refusal does not wait for an upload."""
    headers = [] if credentials is None else [("authorization", credentials)]

    door.ask("/", *headers, method="POST", body=b"x" * 100_000)

    assert door.body.reads == 0


def test_T23_an_accepted_body_is_left_to_the_application(door, tenant):
    """The middleware does not read bodies that are welcome either."""
    door.ask_with(tenant.mint_token(), method="POST", body=b"x" * 100_000).assert_is("OK")

    assert door.body.reads == 0


def test_a_refusal_is_a_problem_document(door):
    """RFC 9457: type, title, status and detail, and the right content type and length."""
    answer = door.ask("/")

    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("content-length") == str(len(answer.body))
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "this resource needs an access token",
    }


PAGE = ("accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")


def test_a_browser_gets_a_page(door):
    """A person is shown a page that needs nothing from elsewhere, with the same status and challenge."""
    answer = door.ask("/", PAGE)

    answer.assert_is("401c")
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("content-security-policy").startswith("default-src 'none'")
    page = answer.body.decode()
    assert page.startswith("<!doctype html>")
    assert "<h1>Unauthorized</h1>" in page
    assert "This resource needs an access token." in page
    assert "href" not in page
    assert "http:" not in page
    assert "https:" not in page


def test_a_form_gets_a_page(door):
    """A person has sent it, and looks at what comes."""
    answer = door.ask("/", PAGE, method="POST", body=b"a=b")

    answer.assert_is("401c")
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("referrer-policy") == "no-referrer"
    assert door.body.reads == 0


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", [PAGE, ("authorization", b"Bearer a b")]),
        ("POST", [PAGE, ("authorization", b"Bearer a b")]),
        ("POST", [("accept", b"*/*")]),
        ("POST", [PAGE, ("sec-fetch-mode", b"cors")]),
        ("GET", [("accept", b"*/*")]),
        ("GET", [("accept", b"application/json")]),
    ],
)
def test_a_program_gets_no_page(door, method, headers):
    """What is no page request is answered with a problem document."""
    assert door.ask("/", *headers, method=method).header("content-type") == "application/problem+json"


def test_nothing_of_a_request_is_in_a_page(door):
    """Pages say nothing that the request said, so there is nothing to inject."""
    answer = door.ask("/<script>alert(1)</script>", PAGE, ("host", b"<script>"), query="<script>")

    assert b"script" not in answer.body


@pytest.mark.parametrize("headers", [[], [PAGE]])
def test_the_house_style_replaces_bodies_alone(make_door, headers):
    """`render_problem` gets the problem and gives type and body; status, challenge and no-store stay."""
    door = make_door(render_problem=lambda problem: ("text/plain", f"{problem.status} {problem.title}!".encode()))

    answer = door.ask("/", *headers)

    answer.assert_is("401c")
    assert (answer.header("content-type"), answer.body) == ("text/plain", b"401 Unauthorized!")
    assert answer.header("content-length") == "17"
    # Our policy would keep the house's own styles and pictures out.
    assert answer.header("content-security-policy") is None


def test_the_house_style_is_told_what_a_caller_may_know(make_door, tenant):
    """The problem has no token, claim or reason in it."""
    problems = []
    door = make_door(render_problem=lambda problem: (problems.append(problem), ("text/plain", b""))[1])

    door.ask_with(tenant.mint_token(fault="expired"))
    door.ask_with(tenant.mint_token(fault="wrong-audience"))

    assert problems[0] == problems[1]


def test_T122_a_path_cannot_forge_a_log_line(door, caplog):
    """Line breaks and control characters of a path are escaped where the log has them."""
    with caplog.at_level("INFO", logger="azuread_auth"):
        door.ask("/a%0aCRITICAL%20forged%1b[31m")

    (record,) = caplog.records
    assert record.azuread_path == "/a\\u000aCRITICAL forged\\u001b[31m"
