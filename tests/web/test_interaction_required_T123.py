"""Errors of token requests that an application lets escape, and the middleware answers."""

import base64
import json

import pytest

from azuread_auth.errors import (
    AssertionRefused,
    ClaimsChallenge,
    ClientRejected,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)

CLAIMS = '{"access_token":{"polids":{"essential":true,"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}'
SCOPES = ("https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read")
CONSENT = "the user has to sign in for, or consent to, what this resource needs of another one"
CONSENT_CHALLENGE = (
    f'Bearer error="insufficient_scope", error_description="{CONSENT}", '
    'scope="https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read"'
)
CP1 = {"xms_cc": ["cp1"]}


def interaction(claims=CLAIMS, scopes=SCOPES, aadsts=50076):
    """What an on-behalf-of request raises when the user has to do more to sign in."""
    return InteractionRequired(
        "the user has to sign in",
        error="interaction_required",
        claims=claims,
        scopes=scopes,
        aadsts=aadsts,
        correlation_id="11111111-aaaa-bbbb-cccc-000000000001",
        trace_id="22222222-aaaa-bbbb-cccc-000000000002",
    )


def consent():
    """What an on-behalf-of request raises when nobody has consented."""
    return interaction(claims=None, aadsts=65001)


def raising(error):
    """An application that raises."""

    def behave(visit):
        raise error

    return behave


@pytest.mark.parametrize("repeats", [1, 2])
def test_T123_claims_that_a_token_request_asks_for_reach_the_client(door, tenant, repeats):
    """401 insufficient_claims with the provider's claims in base64, for a client that said it can answer that."""
    door.behave = raising(interaction())
    token = tenant.mint_token(claims=CP1)

    for _ in range(repeats):
        answer = door.ask_with(token)

        assert answer.status == 401
        prefix, _, rest = answer.header("www-authenticate").partition(', error="insufficient_claims", claims="')
        assert prefix == f'Bearer authorization_uri="{tenant.authority_host}/{tenant.tenant_id}/oauth2/v2.0/authorize"'
        assert base64.b64decode(rest.removesuffix('"'), validate=True).decode() == CLAIMS
        assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize(
    "wishes",
    [{"claims": CP1}, {}, {"kind": "app", "roles": ["Mail"], "claims": CP1}, {"kind": "app", "roles": ["Mail"]}],
    ids=repr,
)
def test_T123_it_is_answered_as_a_claims_challenge(door, tenant, wishes):
    """The same claims in a challenge of the application's own: a client cannot tell the two apart."""
    token = tenant.mint_token(**wishes)
    door.behave = raising(interaction())
    one = door.ask_with(token)
    door.behave = raising(ClaimsChallenge(claims=CLAIMS))
    other = door.ask_with(token)

    assert one == other
    assert one.status == (401 if "claims" in wishes else 403)


@pytest.mark.parametrize("wishes", [{"claims": CP1}, {}, {"kind": "app", "roles": ["Mail"]}], ids=repr)
def test_T123_missing_consent_is_403_and_names_the_scopes(door, tenant, wishes):
    """Without claims to ask for, the answer has the scopes as they were requested: they are not this API's."""
    door.behave = raising(consent())

    answer = door.ask_with(tenant.mint_token(**wishes))

    assert (answer.status, answer.header("www-authenticate")) == (403, CONSENT_CHALLENGE)
    assert json.loads(answer.body) == {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": CONSENT}
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("claims", ["", "[]", "{", '"x"', "null", "[" * 100_000], ids=lambda text: text[:5] or "empty")
def test_T123_claims_that_cannot_be_asked_for_are_left_out(door, tenant, claims):
    """What is no JSON object is not passed on, and breaks nothing."""
    door.behave = raising(interaction(claims=claims))

    answer = door.ask_with(tenant.mint_token(claims=CP1))

    assert (answer.status, answer.header("www-authenticate")) == (403, CONSENT_CHALLENGE)


def test_T123_without_scopes_none_are_named(door, tenant):
    """An error that does not know its scopes is answered all the same."""
    door.behave = raising(interaction(claims=None, scopes=()))

    answer = door.ask_with(tenant.mint_token())

    assert answer.header("www-authenticate") == f'Bearer error="insufficient_scope", error_description="{CONSENT}"'


def test_T123_scopes_cannot_break_out_of_their_header(door, tenant):
    """Quotes, line breaks and what is not ASCII are left out of the challenge."""
    door.behave = raising(interaction(claims=None, scopes=('x",realm="y\r\nX-Injected:é',)))

    answer = door.ask_with(tenant.mint_token())

    assert answer.header("www-authenticate").endswith('scope="x,realm=yX-Injected:"')
    assert answer.header("x-injected") is None


@pytest.mark.parametrize("wishes", [{}, {"claims": CP1}], ids=repr)
def test_T123_a_token_that_no_longer_serves_is_an_invalid_token(door, tenant, wishes):
    """The provider refuses the caller's token as an assertion: 401, and the client comes with a new one."""
    door.behave = raising(AssertionRefused("the token has expired", error="invalid_grant", aadsts=500133))

    door.ask_with(tenant.mint_token(**wishes)).assert_is("401t")


@pytest.mark.parametrize(
    ("seconds", "header"),
    [(0.0, "1"), (0.2, "1"), (17.1, "18"), (3600.0, "3600"), (float("inf"), "86400"), (float("nan"), "86400")],
)
@pytest.mark.parametrize("is_anonymous", [True, False])
def test_T123_a_provider_that_is_busy_or_away_is_503(make_door, tenant, is_anonymous, seconds, header):
    """The caller is told when to come again, in whole seconds and not before; who calls does not matter."""
    door = make_door(allow_anonymous=True)
    for error in (
        Throttled("too many requests", error="temporarily_unavailable", retry_after=seconds),
        ProviderUnavailable("the provider cannot be reached", retry_after=seconds),
    ):
        door.behave = raising(error)

        answer = door.ask("/") if is_anonymous else door.ask_with(tenant.mint_token())

        answer.assert_is("503")
        assert answer.header("retry-after") == header


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ClientRejected("the secret is wrong", error="invalid_client", aadsts=7000215), id="secret"),
        pytest.param(TokenRequestFailed("no token", error="invalid_request"), id="anything else"),
    ],
)
def test_T123_the_operators_faults_are_errors(door, tenant, error):
    """No caller can mend them: they go on to the server, which logs them and answers 500."""
    door.behave = raising(error)

    with pytest.raises(type(error)):
        door.ask_with(tenant.mint_token())


@pytest.mark.parametrize(
    "error", [interaction(), consent(), AssertionRefused("the token has expired", error="invalid_grant")]
)
def test_T123_an_anonymous_caller_is_asked_for_credentials(make_door, error):
    """Who has no credentials lacks those first."""
    door = make_door(allow_anonymous=True)
    door.behave = raising(error)

    door.ask("/").assert_is("401c")


def test_T123_the_log_has_what_support_asks_for(door, tenant, caplog):
    """Reason, AADSTS number and ids are fields of one record; claims and tokens are not in it."""
    door.behave = raising(interaction())
    token = tenant.mint_token(claims=CP1)
    with caplog.at_level("INFO", logger="azuread_auth"):
        door.ask_with(token, "/mail")

    (record,) = (record for record in caplog.records if getattr(record, "azuread_event", None) == "request.refused")
    assert (record.levelname, record.azuread_reason, record.azuread_path) == (
        "WARNING",
        "interaction_required",
        "/mail",
    )
    assert (record.azuread_error, record.azuread_aadsts) == ("interaction_required", 50076)
    assert record.azuread_correlation_id == "11111111-aaaa-bbbb-cccc-000000000001"
    assert record.azuread_trace_id == "22222222-aaaa-bbbb-cccc-000000000002"
    assert "AADSTS50076" in record.getMessage()
    everything = str(vars(record))
    assert "polids" not in everything
    assert token.rpartition(".")[2] not in everything


def test_T123_the_log_leaves_out_what_the_provider_did_not_say(door, tenant, caplog):
    """There is no field without a value, and the reason of a refused assertion is told to the operator alone."""
    door.behave = raising(AssertionRefused("the token has expired", error="invalid_grant"))
    with caplog.at_level("INFO", logger="azuread_auth"):
        door.ask_with(tenant.mint_token())

    (record,) = (record for record in caplog.records if getattr(record, "azuread_event", None) == "request.refused")
    assert record.azuread_reason == "assertion_refused"
    assert not {"azuread_aadsts", "azuread_correlation_id", "azuread_trace_id"} & vars(record).keys()


def test_T123_a_browser_gets_a_page(make_door):
    """A person who asks for a page reads what is the matter as one."""
    door = make_door(allow_anonymous=True)
    door.behave = raising(ProviderUnavailable("x", retry_after=5))

    answer = door.ask("/", ("accept", b"text/html"))

    assert (answer.status, answer.header("content-type")) == (503, "text/html; charset=utf-8")
