"""The authorization request and its answer."""

import base64
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from azuread_auth._protocol.authorization import (
    SignInWishes,
    authorization_parameters,
    authorization_url,
    check_redirect_uri,
    code_challenge,
    code_in_answer,
    single_parameters,
    unguessable,
)
from azuread_auth._protocol.metadata import Metadata
from azuread_auth.errors import ConfigurationError, InteractionRequired, LoginFailed

HOST = "https://login.microsoftonline.com"
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
ISSUER = f"{HOST}/{TENANT}/v2.0"
STATE = "c3RhdGUtb2YtdGhpcy1zaWduLWlu"
SCOPES = ("api://orders/Orders.Read",)
METADATA = Metadata(
    version=2,
    issuer=ISSUER,
    tenant_id=TENANT,
    jwks_uri=f"{HOST}/keys",
    cloud_instance_name=None,
    authorization_endpoint=None,
    token_endpoint=None,
)
PROMISED = replace(METADATA, promises_iss=True)
COMMON = replace(METADATA, issuer=f"{HOST}/{{tenantid}}/v2.0", tenant_id=None)
GOOD = {"state": STATE, "code": "canary"}


def _code(parameters: dict[str, str], metadata: Metadata = METADATA) -> str:
    return code_in_answer(parameters, state=STATE, metadata=metadata, scopes=SCOPES).reveal()


def _refusal(parameters: dict[str, str], metadata: Metadata = METADATA) -> str:
    with pytest.raises(LoginFailed) as refused:
        _code(parameters, metadata)
    assert "canary" not in str(refused.value)
    assert "canary" not in repr(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200
    return str(refused.value)


def test_T79_the_known_answer_of_rfc_7636():
    """Appendix B: this verifier has this challenge."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(st.binary(min_size=32, max_size=96))
def test_T79_verifiers_have_43_to_128_characters(data):
    """RFC 7636 4.1: of the unreserved characters, from 32 to 96 random bytes, all of which count."""
    verifier = unguessable(data)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,128}", verifier)
    assert base64.urlsafe_b64decode(verifier + "=" * (-len(verifier) % 4)) == data
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", code_challenge(verifier))


def test_T79_the_request_always_has_a_challenge_by_s256():
    """The parameters of a sign-in without wishes: a code, by PKCE with S256, under state and nonce."""
    parameters = authorization_parameters(
        client_id="client",
        redirect_uri="https://app.example/callback",
        scopes=["openid", "User.Read"],
        state="s",
        nonce="n",
        challenge="c",
        wishes=SignInWishes(),
        claims=None,
    )
    assert parameters == {
        "client_id": "client",
        "response_type": "code",
        "redirect_uri": "https://app.example/callback",
        "response_mode": "query",
        "scope": "openid User.Read",
        "state": "s",
        "nonce": "n",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }


def test_wishes_join_the_request():
    """What was wished for is passed on; what is empty is not."""
    wishes = SignInWishes(
        response_mode="form_post", prompt="select_account", login_hint="ann@contoso.com", domain_hint="", claims="{}"
    )
    parameters = authorization_parameters(
        client_id="client",
        redirect_uri="https://app.example/callback",
        scopes=[],
        state="s",
        nonce="n",
        challenge="c",
        wishes=wishes,
        claims='{"a":1}',
    )
    assert (parameters["response_mode"], parameters["prompt"]) == ("form_post", "select_account")
    assert (parameters["login_hint"], parameters["claims"]) == ("ann@contoso.com", '{"a":1}')
    assert "domain_hint" not in parameters


def test_T112_wishes_show_neither_user_nor_claims():
    """The representation is for logs."""
    wishes = SignInWishes(login_hint="canary", claims='{"canary":1}')
    assert "canary" not in repr(wishes)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        pytest.param({"response_mode": "fragment"}, "response_mode=", id="a fragment never reaches the server"),
        pytest.param({"response_mode": ""}, "response_mode=", id="no mode"),
        pytest.param({"prompt": "canary"}, "prompt=", id="an unknown prompt"),
        pytest.param({"prompt": ""}, "prompt=", id="an empty prompt"),
    ],
)
def test_wishes_that_no_provider_knows_are_refused(wish, told):
    """The message has the values that are known, not the one that was given."""
    with pytest.raises(ConfigurationError, match=told) as refused:
        SignInWishes(**wish)
    assert "canary" not in str(refused.value)


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1))
def test_the_address_holds_the_parameters_and_nothing_else(parameters):
    """Whatever a hint holds, it stays one value of the query."""
    url = authorization_url(f"{HOST}/common/oauth2/v2.0/authorize", parameters)
    parts = urlsplit(url)
    assert (f"{parts.scheme}://{parts.netloc}", parts.fragment) == (HOST, "")
    assert dict(parse_qsl(parts.query)) == parameters


@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("https://app.example/callback", id="https"),
        pytest.param("HTTPS://app.example:8443/callback?a=b", id="with a port and a query"),
        pytest.param("http://localhost:8000/callback", id="localhost"),
        pytest.param("http://127.0.0.1/callback", id="loopback of version 4"),
        pytest.param("http://[::1]:5000/callback", id="loopback of version 6"),
    ],
)
def test_T106_an_address_that_is_safe(redirect_uri):
    """Any host by https, and this machine by http."""
    check_redirect_uri(redirect_uri)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("http://app.example/callback", id="T106 http beyond this machine"),
        pytest.param("http://localhost.example/callback", id="T106 a host that begins like localhost"),
        pytest.param("http://127.0.0.1.example/callback", id="T106 a host that begins like loopback"),
        pytest.param("http://127.1/callback", id="T106 another spelling of loopback"),
        pytest.param("http://[::ffff:127.0.0.1]/callback", id="T106 loopback mapped into version 6"),
        pytest.param("http://0.0.0.0/callback", id="T106 all addresses"),
        pytest.param("http://localhost@evil.example/", id="T106 a user called localhost"),
        pytest.param("http://evil.example\\@localhost/", id="T106 a backslash"),
        pytest.param("http://local\thost/", id="T106 a tab that parsers drop"),
        pytest.param("https://app.example/\r\nX: y", id="T106 a line break that parsers drop"),
        pytest.param(" https://app.example/", id="a blank before"),
        pytest.param("https://app.example/callback#code", id="a fragment"),
        pytest.param("https://app.example/callback#", id="an empty fragment"),
        pytest.param("https://user@app.example/", id="a user"),
        pytest.param("https://@app.example/", id="an empty user"),
        pytest.param("https://app.example:port/", id="a port that is no number"),
        pytest.param("https://app.example:99999/", id="a port that is too high"),
        pytest.param("https://[", id="no address at all"),
        pytest.param("https:///callback", id="no host"),
        pytest.param("https:", id="a scheme alone"),
        pytest.param("//app.example/callback", id="no scheme"),
        pytest.param("/callback", id="a path"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("myapp://callback", id="a scheme of an app"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
        pytest.param(b"https://app.example/", id="bytes"),
    ],
)
def test_T106_an_address_that_a_code_could_be_stolen_from_is_refused(redirect_uri):
    """RFC 9700 2.6: before anything is asked of the provider."""
    with pytest.raises(ConfigurationError, match="redirect_uri= is not usable"):
        check_redirect_uri(redirect_uri)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(urlencode(GOOD), id="a query or form"),
        pytest.param(f"?{urlencode(GOOD)}", id="a query with its question mark"),
        pytest.param(GOOD, id="a mapping"),
        pytest.param(QueryParams(GOOD), id="a framework's mapping"),
    ],
)
def test_parameters_of_an_answer(answer):
    """An answer may come as text or as what a framework made of it."""
    assert single_parameters(answer) == GOOD
    assert _code(single_parameters(answer)) == "canary"


def test_empty_parameters_are_there():
    """What is empty is not what is absent."""
    assert single_parameters("code=&state") == {"code": "", "state": ""}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(f"code=canary&code=b&state={STATE}", "a parameter twice", id="T81 code twice"),
        pytest.param(f"code=canary&state={STATE}&state={STATE}", "a parameter twice", id="T81 state twice"),
        pytest.param(
            f"code=canary&c%6Fde=b&state={STATE}", "a parameter twice", id="T81 code twice, spelt differently"
        ),
        pytest.param("iss=a&iss=b", "a parameter twice", id="T80 T81 iss twice"),
        pytest.param(QueryParams("code=canary&code=b"), "a parameter twice", id="T81 twice in a framework's mapping"),
        pytest.param({"code": ["canary", "b"]}, "no text", id="T81 a list of values"),
        pytest.param({"code": None}, "no text", id="none for a value"),
        pytest.param("&".join(f"a{number}=canary" for number in range(40)), "too many parameters", id="T50 40 of them"),
        pytest.param("a=" + "x" * 100_000, "too large", id="T50 T82 100 kB"),
        pytest.param("&" * 30_000, "too many parameters", id="T50 separators alone"),
    ],
)
def test_T81_an_answer_with_two_meanings_is_refused(answer, told):
    """RFC 6749 3.1: parameters occur once; an answer has few of them."""
    with pytest.raises(LoginFailed, match=told) as refused:
        single_parameters(answer)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(None, id="no state"),
        pytest.param("", id="empty"),
        pytest.param(STATE[:-1], id="a prefix"),
        pytest.param(f"{STATE}x", id="a suffix"),
        pytest.param(STATE.swapcase(), id="another case"),
        pytest.param("\u00e9", id="beyond ASCII"),
        pytest.param("\ud800", id="a lone surrogate"),
    ],
)
@pytest.mark.parametrize("outcome", [{"code": "canary"}, {"error": "access_denied"}], ids=["code", "error"])
def test_an_answer_to_another_sign_in_is_refused(state, outcome):
    """RFC 6749 10.12: nothing else of it is looked at."""
    parameters = outcome if state is None else {**outcome, "state": state}
    assert "does not belong to this sign-in" in _refusal(parameters)


@pytest.mark.parametrize(
    ("metadata", "iss", "told"),
    [
        pytest.param(METADATA, None, None, id="T80 not promised and not there"),
        pytest.param(METADATA, ISSUER, None, id="T80 not promised, but right"),
        pytest.param(PROMISED, ISSUER, None, id="T80 promised and right"),
        pytest.param(COMMON, ISSUER, None, id="T80 of one tenant of many"),
        pytest.param(PROMISED, None, "does not name its issuer", id="T80 promised and not there"),
        pytest.param(PROMISED, "", "another issuer", id="T80 empty"),
        pytest.param(METADATA, "https://evil.example", "another issuer", id="T80 a stranger's, though not promised"),
        pytest.param(METADATA, f"{ISSUER}/", "another issuer", id="T80 a slash too many"),
        pytest.param(METADATA, f"{ISSUER}\n", "another issuer", id="T80 a line break"),
        pytest.param(METADATA, ISSUER.replace(".", "x"), "another issuer", id="T80 dots are dots"),
        pytest.param(METADATA, ISSUER.replace(TENANT, "x"), "another issuer", id="T80 another tenant"),
        pytest.param(COMMON, ISSUER.replace(TENANT, "x"), "another issuer", id="T80 no tenant"),
        pytest.param(COMMON, f"{HOST}/{{tenantid}}/v2.0", "another issuer", id="T80 the template itself"),
        pytest.param(COMMON, f"https://evil.example/{TENANT}/v2.0", "another issuer", id="T80 a tenant elsewhere"),
        pytest.param(COMMON, f"{ISSUER}\n", "another issuer", id="T80 a line break after a tenant's"),
    ],
)
@pytest.mark.parametrize("outcome", [{"code": "canary"}, {"error": "access_denied"}], ids=["code", "error"])
def test_T80_the_answer_names_its_issuer(metadata, iss, told, outcome):
    """RFC 9207 2.4: an answer of another provider is refused before the code is sent anywhere."""
    parameters = {"state": STATE, **outcome, **({"iss": iss} if iss is not None else {})}
    if told is not None:
        assert told in _refusal(parameters, metadata)
    elif "code" in outcome:
        assert _code(parameters, metadata) == "canary"
    else:
        assert "access_denied" in _refusal(parameters, metadata)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        pytest.param({}, "neither or both", id="T81 neither code nor error"),
        pytest.param({"code": "canary", "error": "access_denied"}, "neither or both", id="T81 code and error"),
        pytest.param({"code": "", "error": ""}, "neither or both", id="T81 both, and empty"),
        pytest.param({"code": ""}, "no usable code", id="an empty code"),
        pytest.param({"code": "canary\r\nX: y"}, "no usable code", id="T121 a line break in the code"),
        pytest.param({"code": "canary\x00"}, "no usable code", id="a zero byte in the code"),
        pytest.param({"code": "canary\u00e9"}, "no usable code", id="a code beyond ASCII"),
        pytest.param({"error": "access_denied"}, "(access_denied)", id="the user declined"),
        pytest.param({"error": ""}, "(unknown_error)", id="an empty error"),
        pytest.param({"error": "<script>canary</script>"}, "(unknown_error)", id="T82 markup"),
        pytest.param({"error": "x\r\nSet-Cookie: canary"}, "(unknown_error)", id="T82 line breaks"),
        pytest.param({"error": "x" * 1_000_000}, "(unknown_error)", id="T82 1 MB"),
        pytest.param(
            {"error": "server_error", "error_description": "AADSTS50011: canary <script>\r\n"},
            "(server_error, AADSTS50011)",
            id="T82 the number alone of a description",
        ),
        pytest.param(
            {"error": "server_error", "error_description": "canary" * 200_000}, "(server_error)", id="T82 1 MB of words"
        ),
        pytest.param(
            {"error": "server_error", "error_description": "AADSTS" + "9" * 50_000}, "(server_error)", id="T82 a number"
        ),
        pytest.param(
            {"error": "access_denied", "error_description": "AADB2C90091: canary"},
            "(access_denied)",
            id="B2C cancelled",
        ),
    ],
)
def test_T82_an_error_is_told_by_its_name_alone(outcome, told):
    """What the provider, or whoever wrote the address, says in words is not repeated anywhere."""
    assert told in _refusal({"state": STATE, **outcome})


@pytest.mark.parametrize(
    "error", ["login_required", "interaction_required", "consent_required", "account_selection_required"]
)
def test_a_silent_sign_in_that_needs_a_page(error):
    """OpenID Connect Core 3.1.2.6: with prompt=none, a page is what helps."""
    with pytest.raises(InteractionRequired) as refused:
        _code({"state": STATE, "error": error, "error_description": "AADSTS50058: canary"})
    assert (refused.value.error, refused.value.aadsts, refused.value.scopes) == (error, 50058, SCOPES)
    assert "canary" not in str(refused.value)


pieces = st.sampled_from(["code", "state", "error", "iss", "error_description", "=", "&", "%", "%0a", "?", ";", STATE])
answers = st.lists(pieces | st.text(max_size=3)).map("".join)
mappings = st.dictionaries(st.sampled_from(["code", "state", "error", "iss", "error_description"]), st.text())


@given(answers | mappings, st.sampled_from([METADATA, PROMISED, COMMON]))
def test_arbitrary_answers_give_a_code_or_raise_their_own_errors(answer, metadata):
    """T81, T82: whatever a browser brings."""
    try:
        code = code_in_answer(single_parameters(answer), state=STATE, metadata=metadata, scopes=SCOPES)
    except (LoginFailed, InteractionRequired) as error:
        text = str(error)
    else:
        text = code.reveal()
    assert text.isprintable()


@pytest.mark.parametrize("piece", ["a=&", "%", "code=&", "+", "=", "&", ";", "AADSTS1", "%25"])
def test_T50_hostile_answers_of_100_kb_come_to_an_end(piece):
    """Size goes before syntax, and descriptions are looked at only in their beginning."""
    text = piece * (100_000 // len(piece))
    for answer in (text, {"state": text}, {"state": STATE, "error": text, "error_description": text, "iss": text}):
        with pytest.raises(LoginFailed):
            code_in_answer(single_parameters(answer), state=STATE, metadata=COMMON, scopes=SCOPES)


def test_the_users_home_may_be_hinted_at():
    """`domain_hint` spares the user a question."""
    parameters = authorization_parameters(
        client_id="client",
        redirect_uri="https://app.example/callback",
        scopes=["openid"],
        state="s",
        nonce="n",
        challenge="c",
        wishes=SignInWishes(domain_hint="contoso.com"),
        claims=None,
    )
    assert parameters["domain_hint"] == "contoso.com"


@pytest.mark.parametrize(
    ("description", "aadsts"), [("AADSTS65004: declined", 65004), ("", None), ("x" * 195 + "AADSTS65004", None)]
)
def test_an_error_has_its_name_and_number(description, aadsts):
    """Whoever handles it needs not take its message apart; a number far into a description is none."""
    answer = {"state": STATE, "error": "access_denied", "error_description": description}
    with pytest.raises(LoginFailed) as refused:
        code_in_answer(answer, state=STATE, metadata=METADATA, scopes=SCOPES)
    assert (refused.value.error, refused.value.aadsts) == ("access_denied", aadsts)


def test_a_silent_error_has_its_words():
    """Where only a page helps, that is what is told."""
    with pytest.raises(InteractionRequired, match="sign in with a page"):
        code_in_answer({"state": STATE, "error": "login_required"}, state=STATE, metadata=METADATA, scopes=SCOPES)


def test_the_largest_answer_is_read():
    """32,768 characters are one, and one more is none."""
    largest = f"code={'x' * 32_763}"
    assert single_parameters(largest)["code"] == largest.removeprefix("code=")
    with pytest.raises(LoginFailed, match="too large"):
        single_parameters(f"{largest}x")


@pytest.mark.parametrize("prompt", ["login", "none", "consent", "select_account", "create"])
def test_prompts_that_the_provider_knows(prompt):
    """OpenID Connect Core 3.1.2.1, and `create` of its extension for new accounts."""
    assert SignInWishes(prompt=prompt).prompt == prompt


def test_T81_as_many_parameters_as_an_answer_may_have():
    """32 are read, and one more is too many."""
    many = "&".join(f"p{number}=x" for number in range(32))
    assert len(single_parameters(many)) == 32
    with pytest.raises(LoginFailed, match="too many parameters"):
        single_parameters(f"{many}&more=x")
