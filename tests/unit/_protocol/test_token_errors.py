"""What an error of the token endpoint means, and to whom."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.token_errors import RELOAD_CODES, is_grant_dead, read_error, token_error
from azuread_auth.errors import (
    AssertionRefused,
    AzureAdError,
    ClientRejected,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)

CORRELATION = "b6d9a1a5-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
TRACE = "0e2f1d3c-4b5a-4697-8877-66554433aa00"
CLAIMS = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
SCOPES = ("api://orders/Orders.Read",)
APP, OBO, CODE, REFRESH, DEVICE = (
    "client_credentials",
    "on_behalf_of",
    "authorization_code",
    "refresh_token",
    "device_code",
)
OF_USERS = (OBO, CODE, REFRESH, DEVICE)
FLOWS = (APP, *OF_USERS)


def _document(error: object, *codes: object, **more: object) -> dict[str, object]:
    return {
        "error": error,
        "error_description": f"AADSTS{codes[0] if codes else 0}: canary <script>\r\nTrace ID: {TRACE}",
        "error_codes": list(codes),
        "timestamp": "2026-11-25 00:00:00Z",
        "trace_id": TRACE,
        "correlation_id": CORRELATION,
        "error_uri": "https://login.microsoftonline.com/error?code=canary",
        **more,
    }


def _error(document: dict[str, object], *, flow: str = OBO, status: int = 400, retry_after: float = 0.0):
    answer = read_error(document, status=status, retry_after=retry_after)
    return token_error(answer, flow=flow, scopes=SCOPES)


def _cases(
    for_users: type[AzureAdError], for_app: type[AzureAdError], error: str, codes: list[int], obo: type | None = None
):
    """One case for each code and flow."""
    for code in codes:
        for flow in FLOWS:
            expected = for_app if flow == APP else obo if obo is not None and flow == OBO else for_users
            yield pytest.param(flow, error, code, expected, id=f"{flow} {error} {code}")


GRANT_DEAD = [70000, 70008, 700082, 700084, 70043, 50173, 50089, 50132, 50133, 54005, 501481, 700005]
CATALOGUE = [
    *_cases(InteractionRequired, ClientRejected, "interaction_required", [50076, 50078, 50079, 50072, 50074]),
    *_cases(InteractionRequired, ClientRejected, "invalid_grant", [50076, 65001, 65004, 90094, 50105, 700020]),
    *_cases(InteractionRequired, ClientRejected, "consent_required", [65001, 65004, 90094]),
    *_cases(InteractionRequired, ClientRejected, "login_required", [50058, 16000]),
    *_cases(InteractionRequired, ClientRejected, "interaction_required", [53000, 53001, 53002, 53003, 530032, 50158]),
    *_cases(InteractionRequired, ClientRejected, "invalid_grant", GRANT_DEAD),
    *_cases(
        InteractionRequired,
        ClientRejected,
        "invalid_grant",
        [50013, 500133, 500131, 50027, 7000114, 240002, 501461],
        obo=AssertionRefused,
    ),
    *_cases(
        ClientRejected,
        ClientRejected,
        "invalid_client",
        [7000215, 7000222, 7000218, 700025, 700027, 700024, 7000214, 7000274, 7000277, 1000502, 700030, 50012],
    ),
    *_cases(ClientRejected, ClientRejected, "invalid_client", [700021, 700023, 700211, 700212, 700213, 700229]),
    *_cases(ClientRejected, ClientRejected, "invalid_request", [700211, 700212, 700213, 700229]),
    *_cases(ClientRejected, ClientRejected, "unauthorized_client", [700016, 700011, 7000112]),
    *_cases(
        ClientRejected,
        ClientRejected,
        "invalid_request",
        [90002, 50194, 9001023, 90124, 90130, 500011, 650057, 700022, 700023, 901002],
    ),
    *_cases(ClientRejected, ClientRejected, "invalid_scope", [70011]),
    *_cases(ClientRejected, ClientRejected, "invalid_grant", [700016, 500011]),
    *_cases(TokenRequestFailed, ClientRejected, "invalid_request", [50011, 900971, 70004, 100007, 51000]),
    *_cases(TokenRequestFailed, ClientRejected, "access_denied", [50020, 50034, 50057, 500208, 500212, 500213]),
    *_cases(InteractionRequired, ClientRejected, "invalid_grant", [50020, 50034, 50057, 51004, 90072]),
    *_cases(ProviderUnavailable, ProviderUnavailable, "temporarily_unavailable", [90033, 90006, 90012]),
    *_cases(ProviderUnavailable, ProviderUnavailable, "server_error", [50033, 90024, 90090, 50087]),
    *_cases(ProviderUnavailable, ProviderUnavailable, "invalid_grant", [70012, 90090]),
    *_cases(Throttled, Throttled, "invalid_grant", [90055, 50196]),
    *_cases(TokenRequestFailed, ClientRejected, "authorization_pending", [70016]),
    *_cases(TokenRequestFailed, ClientRejected, "authorization_declined", [70018]),
    *_cases(TokenRequestFailed, ClientRejected, "expired_token", [70019]),
]


@pytest.mark.parametrize(("flow", "error", "code", "expected"), CATALOGUE)
def test_T123_the_catalogue_of_errors(flow, error, code, expected):
    """Each of Entra's errors becomes the exception of whoever has to act, with all that support asks for."""
    found = _error(_document(error, code), flow=flow)
    assert type(found) is expected
    assert found.retryable is (expected in (ProviderUnavailable, Throttled))
    assert f"AADSTS{code}" in str(found)
    if isinstance(found, TokenRequestFailed):
        assert (found.error, found.aadsts) == (error, code)
        assert (found.correlation_id, found.trace_id) == (CORRELATION, TRACE)
        assert CORRELATION in str(found)


@pytest.mark.parametrize(("flow", "error", "code", "expected"), CATALOGUE)
def test_T112_T123_no_word_of_the_description_is_kept(flow, error, code, expected):
    """Descriptions may quote what was sent, so that they are nowhere in the error, however it is shown."""
    found = _error(_document(error, code, claims=CLAIMS), flow=flow)
    for text in (str(found), repr(found), *map(str, found.args), *map(str, vars(found).values())):
        assert "canary" not in text
        assert "<script>" not in text
        assert text.isprintable()
    assert "capolids" not in str(found)


def test_T123_claims_reach_the_caller():
    """What the next sign-in has to bring is passed on, as the same request in its one form, with the scopes."""
    found = _error(_document("interaction_required", 50076, claims=f" {CLAIMS} "))
    assert isinstance(found, InteractionRequired)
    assert (found.claims, found.scopes) == (CLAIMS, SCOPES)
    assert "sign in again" in str(found)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param(_document("invalid_grant", 65001), "consent", id="T123 by its number"),
        pytest.param({"error": "consent_required"}, "has to consent", id="T123 by its name"),
        pytest.param(_document("invalid_grant", 65004), "has to consent", id="T123 declined"),
        pytest.param(_document("invalid_grant", 90094), "has to consent", id="T123 an administrator has to"),
        pytest.param(_document("login_required"), "sign in", id="T123 sign-in"),
    ],
)
def test_T123_what_the_user_has_to_do_is_told(document, told):
    """Consent is told apart from a sign-in."""
    assert told in str(_error(document))


@pytest.mark.parametrize(
    ("status", "document", "flow", "expected"),
    [
        pytest.param(429, {}, APP, Throttled, id="R05 429 without a document"),
        pytest.param(429, _document("invalid_grant", 50076), OBO, Throttled, id="R05 429 goes before all else"),
        pytest.param(503, {}, OBO, ProviderUnavailable, id="R05 503 without a document"),
        pytest.param(500, _document("invalid_grant", 50076), OBO, ProviderUnavailable, id="R05 500 goes before"),
        pytest.param(400, {}, OBO, ProviderUnavailable, id="nothing is said"),
        pytest.param(400, {}, APP, ProviderUnavailable, id="nothing is said to an application"),
        pytest.param(401, {"error": "invalid_client"}, REFRESH, ClientRejected, id="no numbers"),
        pytest.param(400, {"error": "invalid_grant"}, REFRESH, InteractionRequired, id="a dead grant, no numbers"),
        pytest.param(400, {"error": "x", "claims": CLAIMS}, OBO, InteractionRequired, id="claims alone"),
        pytest.param(400, {"error": "x", "claims": CLAIMS}, APP, ClientRejected, id="claims for an application"),
        pytest.param(400, {"error": "x", "claims": "no"}, OBO, TokenRequestFailed, id="claims that are none"),
    ],
)
def test_T123_what_else_decides(status, document, flow, expected):
    """Status first, then the numbers, then the name of the error; unknown ones are failures of no kind."""
    assert type(_error(document, status=status, flow=flow)) is expected


@pytest.mark.parametrize(
    ("retry_after", "waits"), [pytest.param(0.0, 5.0, id="nothing is asked"), pytest.param(17.0, 17.0, id="asked for")]
)
def test_R05_throttling_always_asks_for_a_wait(retry_after, waits):
    """Where the provider names no time, a short one is taken; an outage without one leaves it open."""
    throttled = _error({}, status=429, retry_after=retry_after)
    outage = _error({}, status=503, retry_after=retry_after)
    assert isinstance(throttled, Throttled)
    assert isinstance(outage, ProviderUnavailable)
    assert (throttled.retry_after, outage.retry_after) == (waits, retry_after)


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        pytest.param([7000215], "not its Secret ID", id="wrong secret"),
        pytest.param([7000222], "has expired", id="expired secret"),
        pytest.param([700027], "upload the certificate", id="unknown certificate"),
        pytest.param([1, 90002], "check tenant_id", id="not the first number"),
        pytest.param([123456], "check its registration", id="a number without a remedy"),
    ],
)
def test_T123_the_remedy_is_told(codes, told):
    """The operator reads what to do."""
    assert told in str(_error(_document("invalid_client", *codes), flow=APP))


@pytest.mark.parametrize(
    ("document", "is_dead"),
    [
        *(pytest.param(_document("invalid_grant", code), True, id=f"{code}") for code in GRANT_DEAD),
        pytest.param(_document("invalid_grant"), True, id="no number"),
        pytest.param(_document("invalid_grant", 50076), False, id="second factor: the grant lives on"),
        pytest.param(_document("invalid_grant", 65001), False, id="consent: the grant lives on"),
        pytest.param(_document("invalid_grant", 70000, claims=CLAIMS), False, id="claims: the grant lives on"),
        pytest.param(_document("interaction_required", 50076), False, id="interaction"),
    ],
)
def test_T123_a_grant_is_dead_or_lives_on(document, is_dead):
    """A refresh token is dropped only when it can never serve again."""
    found = _error(document, flow=REFRESH)
    assert isinstance(found, InteractionRequired)
    assert is_grant_dead(found) is is_dead


def test_reload_codes_are_rejections_of_the_client():
    """What a newer certificate may mend is reported as the client's fault when it does not."""
    for code in RELOAD_CODES:
        assert type(_error(_document("invalid_client", code), flow=OBO)) is ClientRejected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"error": "Invalid_Grant"}, {"error": "http_400"}, id="another case"),
        pytest.param({"error": "x y"}, {"error": "http_400"}, id="a space"),
        pytest.param({"error": "x\r\nSet-Cookie: a=b"}, {"error": "http_400"}, id="T82 line breaks"),
        pytest.param({"error": "x\n"}, {"error": "http_400"}, id="T82 a line break at the end"),
        pytest.param({"error": "<script>"}, {"error": "http_400"}, id="T82 markup"),
        pytest.param({"error": "x" * 65}, {"error": "http_400"}, id="T82 long"),
        pytest.param({"error": "x" * 1_000_000}, {"error": "http_400"}, id="T82 1 MB"),
        pytest.param({"error": ["x"]}, {"error": "http_400"}, id="a list"),
        pytest.param({"error": None}, {"error": "http_400"}, id="none"),
        pytest.param({"error_codes": None}, {"codes": ()}, id="no numbers"),
        pytest.param({"error_codes": 50076}, {"codes": ()}, id="a number alone"),
        pytest.param({"error_codes": "50076"}, {"codes": ()}, id="numbers as text"),
        pytest.param({"error_codes": [True, "1", 2.0, -3, 0, 10**10, None, 4]}, {"codes": (4,)}, id="of all sorts"),
        pytest.param({"correlation_id": "x" * 36}, {"correlation_id": None}, id="T82 an id that is none"),
        pytest.param(
            {"correlation_id": f"{CORRELATION}\n"}, {"correlation_id": None}, id="T82 an id with a line break"
        ),
        pytest.param({"correlation_id": 7}, {"correlation_id": None}, id="an id that is a number"),
        pytest.param({"trace_id": "a" * 65}, {"trace_id": None}, id="T82 a long id"),
        pytest.param({"trace_id": None}, {"trace_id": None}, id="no id"),
        pytest.param({"claims": ""}, {"claims": None}, id="no claims"),
        pytest.param({"claims": "[]"}, {"claims": None}, id="claims are a list"),
        pytest.param({"claims": {"access_token": {}}}, {"claims": None}, id="claims are no text"),
        pytest.param({"claims": '{"a": NaN}'}, {"claims": None}, id="claims are no JSON"),
        pytest.param({"claims": "[" * 100_000}, {"claims": None}, id="claims without end"),
        pytest.param({"claims": json.dumps({"a": "x" * 9000})}, {"claims": None}, id="claims too large for a header"),
    ],
)
def test_T82_what_has_not_the_right_form_is_absent(change, expected):
    """Of a document from outside only what is safe to log is taken."""
    answer = read_error({**_document("invalid_grant", 50013), **change}, status=400, retry_after=0)
    assert {name: getattr(answer, name) for name in expected} == expected


def test_T112_an_answer_shows_no_claims():
    """The representation has the parts that are safe to log."""
    answer = read_error(_document("invalid_grant", 50076, claims=CLAIMS), status=400, retry_after=0)
    assert answer.claims == CLAIMS
    assert "capolids" not in repr(answer)
    assert "canary" not in repr(answer)
    assert answer.aadsts == 50076
    assert read_error({}, status=400, retry_after=0).aadsts is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(["error", "error_codes", "claims", "correlation_id", "trace_id", "suberror"])


@given(st.dictionaries(members, json_values), st.integers(min_value=201, max_value=599), st.sampled_from(FLOWS))
def test_T82_arbitrary_documents_become_an_error_that_is_safe_to_log(document, status, flow):
    """Whatever is answered, there is one exception, in printable ASCII and short."""
    found = _error(document, status=status, flow=flow)
    assert isinstance(found, TokenRequestFailed | ProviderUnavailable)
    assert str(found).isascii()
    assert str(found).isprintable()
    assert len(str(found)) < 400


def test_T123_of_several_numbers_the_one_that_decides_is_told() -> None:
    """A number that nothing is decided by does not hide one that keeps a grant alive, or that a new proof may mend."""
    answer = read_error(_document("invalid_grant", 70000, 50076), status=400, retry_after=0)
    error = token_error(answer, flow=OBO, scopes=("User.Read",))
    assert isinstance(error, InteractionRequired)
    assert error.aadsts == 50076
    assert not is_grant_dead(error)


def test_T123_passing_trouble_can_be_looked_up() -> None:
    """The correlation id is in the message, since ProviderUnavailable has no place of its own for it."""
    document = _document("server_error", 90033) | {"correlation_id": "0f9e8d7c-0000-4000-8000-000000000001"}
    error = token_error(read_error(document, status=503, retry_after=0), flow=OBO, scopes=())
    assert str(error).endswith("(server_error, AADSTS90033, correlation id 0f9e8d7c-0000-4000-8000-000000000001)")


def test_what_is_not_known_is_not_told() -> None:
    """Neither a number nor an id is made up, and each error says in words what it is."""
    nothing = str(_error({"error": "temporarily_unavailable"}, status=503))
    assert nothing == "the provider cannot issue tokens at the moment (temporarily_unavailable)"
    assert str(_error({"error": "x"})) == "the provider issued no token (x)"
    assert str(_error({"error": "x", "error_codes": [1]})) == "the provider issued no token (x, AADSTS1)"
    assert str(_error({}, status=429)) == "the provider has had too many requests (http_429)"
    assert "check its registration in Entra ID (" in str(_error({"error": "invalid_client"}, status=401))
    assert "with a new one (" in str(_error(_document("invalid_grant", 500133)))
