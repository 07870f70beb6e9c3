"""One exchange with the token endpoint: what is sent, who proves the application, what errors become."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from azuread_auth.credentials.base import ClientAuthentication, Credential, CredentialSurroundings
from azuread_auth.errors import (
    AssertionRefused,
    AzureAdError,
    ClientRejected,
    ConfigurationError,
    CredentialUnavailable,
    InteractionRequired,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)
from tests.conftest import Mode
from tests.unit._core.outbound import GRAPH, Application, make_application

OTHER_CLIENT = "44444444-4444-4444-8444-444444444444"


class Proof(Credential):
    """A credential that is looked at, and reloads as told."""

    def __init__(self, *, client_id: str | None = None, reloads: bool = True, secret: str = "secret") -> None:
        self.client_id = client_id
        self.reloads = reloads
        self.secret = secret
        self.asked: list[tuple[str, str]] = []
        self.reloaded = 0
        self.error: Exception | None = None

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication:
        """Itself."""
        return self

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        """A client secret."""
        self.asked.append((client_id, token_url))
        if self.error is not None:
            raise self.error
        return {"client_secret": self.secret}

    def reload(self) -> bool:
        """Take note of it."""
        self.reloaded += 1
        return self.reloads


def with_proof(mode: Mode, **options: Any) -> tuple[Application, Proof]:
    """An application that proves itself so."""
    proof = Proof(**options)
    application = make_application(mode, credential=proof)
    proof.secret = application.tenant.client_secret
    return application, proof


def failure(application: Application, expected: type[AzureAdError] = TokenRequestFailed) -> AzureAdError:
    """What an application's request comes to."""
    with pytest.raises(expected) as refusal:
        application.run(application.app)
    return refusal.value


def test_what_is_sent(mode: Mode) -> None:
    """A form with the grant and the proof, by POST; the answer may be of a megabyte; each has its correlation id."""
    application, proof = with_proof(mode)
    application.run(application.app)
    application.run(lambda: application.app("api://orders/.default"))
    first, second = application.http.sent
    token_url = f"{application.tenant.authority_host}/{application.tenant.tenant_id}/oauth2/v2.0/token"
    assert (first.method, first.url) == ("POST", token_url)
    assert proof.asked[0] == (application.tenant.client_id, token_url)
    assert parse_qs(first.body.decode(), strict_parsing=True) == {
        "client_id": [application.tenant.client_id],
        "scope": [GRAPH],
        "grant_type": ["client_credentials"],
        "client_secret": [application.tenant.client_secret],
    }
    ids = {each.headers["client-request-id"] for each in (first, second)}
    assert len(ids) == 2
    assert first.headers["accept-encoding"] == "identity"
    assert (first.timeout_seconds, first.max_response_bytes) == (application.engine.settings.timeout_seconds, 1_048_576)


@pytest.mark.parametrize("aadsts", [700027, 700024, 7000214, 1000502, 7000274, 7000277])
def test_proof_that_was_replaced_is_read_again(mode: Mode, aadsts: int) -> None:
    """After a refusal that a newer certificate or token file may mend, it is read again, and all goes well."""
    application, proof = with_proof(mode)
    application.tenant.fail("token", aadsts=aadsts, times=1)
    application.run(application.app)
    assert (proof.reloaded, application.requests) == (1, 2)


@pytest.mark.parametrize(
    ("aadsts", "reloads", "expected"),
    [
        pytest.param(700027, True, (1, 2), id="refused again"),
        pytest.param(700027, False, (1, 1), id="nothing newer"),
        pytest.param(7000215, True, (0, 1), id="wrong secret"),
    ],
)
def test_proof_is_read_again_once_at_the_most(
    mode: Mode, aadsts: int, *, reloads: bool, expected: tuple[int, int]
) -> None:
    """A proof that stays bad is refused after one more try, or none where there is no use in it."""
    application, proof = with_proof(mode, reloads=reloads)
    application.tenant.fail("token", aadsts=aadsts)
    assert isinstance(failure(application), ClientRejected)
    assert (proof.reloaded, application.requests) == expected


def test_R23_code_is_not_sent_again_after_a_reload(mode: Mode) -> None:
    """R23: a code goes out once, even where a newer certificate would serve; the next sign-in has it."""
    application, proof = with_proof(mode)
    application.tenant.fail("token", aadsts=700027, times=1)
    with pytest.raises(ClientRejected):
        application.run(application.sign_in)
    assert (proof.reloaded, application.requests) == (1, 1)


def test_no_credential(mode: Mode) -> None:
    """An application that cannot prove itself is told so before anybody is asked, and needs it for no sign-in."""
    application = make_application(mode, credential=None)
    with pytest.raises(ConfigurationError, match="no credential that serves for client credentials"):
        application.run(application.app)
    principal = application.tenant.principal()
    with pytest.raises(ConfigurationError, match="no credential that serves for on behalf of"):
        application.run(lambda: application.user(principal))
    assert application.requests == 0
    application.run(application.sign_in)
    assert "client_secret" not in application.http.sent[0].body.decode()


def test_reload_codes_without_a_credential(mode: Mode) -> None:
    """A public client has nothing to read again."""
    application = make_application(mode, credential=None)
    application.tenant.fail("token", aadsts=700027, times=1)
    with pytest.raises(ClientRejected):
        application.run(application.sign_in)
    assert application.requests == 1


def test_credential_of_another_application(mode: Mode) -> None:
    """A credential that names its own client id gets tokens for that application, and none for users of this one."""
    application, proof = with_proof(mode, client_id=OTHER_CLIENT)
    application.tenant.register_app(OTHER_CLIENT, secret=proof.secret)
    application.run(application.app)
    assert application.tenant.token_requests[0].client_id == OTHER_CLIENT
    assert f":{OTHER_CLIENT}:" in next(iter(application.store.kept))  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="does not serve for authorization code"):
        application.run(application.sign_in)
    principal = application.tenant.principal()
    with pytest.raises(ConfigurationError, match="does not serve for on behalf of"):
        application.run(lambda: application.user(principal))
    assert application.requests == 1


def test_credential_that_is_away(mode: Mode) -> None:
    """What a credential raises is told as it is, and is no reason to pause."""
    application, proof = with_proof(mode)
    proof.error = CredentialUnavailable("the token file is absent")
    failure(application, CredentialUnavailable)
    proof.error = None
    application.run(application.app)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"aadsts": 7000215}, ClientRejected, id="wrong secret"),
        pytest.param({"aadsts": 90055}, Throttled, id="throttled"),
        pytest.param({"aadsts": 50033}, ProviderUnavailable, id="passing trouble"),
        pytest.param({"status": 503}, ProviderUnavailable, id="a page of a proxy"),
        pytest.param({"status": 400, "body": "<html>"}, ProviderUnavailable, id="no JSON"),
        pytest.param({"status": 200, "body": "<html>"}, ProviderUnavailable, id="a captive portal"),
        pytest.param({"status": 200, "body": {}}, ProviderUnavailable, id="no token"),
        pytest.param(
            {"status": 302, "headers": {"location": "https://evil.test"}}, ProviderUnavailable, id="a redirect"
        ),
    ],
)
def test_what_errors_become(mode: Mode, answer: dict[str, Any], expected: type[AzureAdError]) -> None:
    """Each answer that is no token is an error that says who has to do something about it."""
    application = make_application(mode)
    application.tenant.fail("token", **answer)
    assert type(failure(application, AzureAdError)) is expected


def test_errors_of_a_user(mode: Mode) -> None:
    """For a user, a refused assertion, a missing consent and a demand for more proof are told apart."""
    application = make_application(mode)
    principal = application.tenant.principal()
    outcomes = []
    for aadsts in (500133, 65001, 50076):
        application.tenant.fail("token", aadsts=aadsts, times=1)
        with pytest.raises(TokenRequestFailed) as refusal:
            application.run(lambda: application.user(principal))
        outcomes.append(type(refusal.value))
    assert outcomes == [AssertionRefused, InteractionRequired, InteractionRequired]


def test_capabilities_are_told(mode: Mode) -> None:
    """CP1 goes along with each request, beside the claims that were asked for, and makes other tokens of it."""
    application = make_application(mode, client_capabilities=["CP1"])
    application.run(lambda: application.app(claims={"access_token": {"nbf": {"value": "1"}}}))
    [claims] = parse_qs(application.http.sent[0].body.decode())["claims"]
    assert claims == '{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["CP1"]}}}'
    without = application.another(client_capabilities=[])
    application.run(without.app)
    assert without.requests == 1
