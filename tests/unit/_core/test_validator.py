"""What is remembered of good tokens, and when it is judged anew."""

import json

import pytest

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._core.provider import Provider
from azuread_auth._core.refreshing import RefreshPolicy
from azuread_auth._core.validated_tokens import ValidatedTokens
from azuread_auth._core.validator import TokenValidator
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.keys import throwaway_key
from azuread_auth.simulation.signing import sign_bytes
from tests.unit._core.conftest import HOUR, Core, Scene

KEY = throwaway_key(0)  # what the tenants of this process sign with at first


def _recall(scene: Scene, token: str) -> CheckedClaims | None:
    """What is remembered; asked within the mode, because a look may start background work."""

    async def body() -> CheckedClaims | None:
        return scene.engine.validator.recall(token.encode())

    checked: CheckedClaims | None = scene.core.run(body)
    return checked


def test_a_good_token_is_remembered(warm):
    """R33: the second time the same claims are given, without a look at the signature."""
    token = warm.tenant.mint_token(scopes=["Files.Read"])
    assert _recall(warm, token) is None
    checked = warm.core.run(lambda: warm.engine.validator.validate(token.encode()))
    assert _recall(warm, token) is checked
    assert checked.scopes == {"Files.Read"}


@pytest.mark.parametrize("fault", sorted(name for name, fault in FAULTS.items() if fault.reason is not None))
def test_T51_a_bad_token_is_not_remembered(threads_core, fault):
    """R19: failures leave nothing behind."""
    scene = Scene(threads_core)
    token = scene.tenant.mint_token(fault=fault)
    scene.refuse(token)
    assert len(scene.engine.validator._cache) == 0


@pytest.mark.parametrize(
    ("expires_in", "after", "is_remembered"),
    [
        pytest.param(600, 599, True, id="T51 a second before exp"),
        pytest.param(600, 600, False, id="T51 at exp"),
        pytest.param(7200, 3599, True, id="T51 a second before the hour is over"),
        pytest.param(7200, 3600, False, id="T51 after an hour, whatever exp says"),
    ],
)
def test_T51_what_is_remembered_ends_with_the_token(warm, expires_in, after, is_remembered):
    """T51: at exp, and after an hour at the latest, a token is judged anew."""
    token = warm.tenant.mint_token(expires_in=expires_in)
    warm.accept(token)
    warm.core.clock.advance(after)
    assert (_recall(warm, token) is not None) is is_remembered
    if not is_remembered:
        assert len(warm.engine.validator._cache) == 0
        assert warm.accept(token)


def test_T51_every_minute_of_a_token(warm):
    """T51: looked at all the time, it is still over at exp: what was settled never outlasts it."""
    token = warm.tenant.mint_token(expires_in=600)
    warm.accept(token)
    for _ in range(599):
        assert _recall(warm, token) is not None
        warm.core.clock.advance(1)
    assert _recall(warm, token) is not None
    warm.core.clock.advance(1)
    assert _recall(warm, token) is None


def test_T41_a_token_within_the_tolerance_is_good_but_not_remembered(warm):
    """T41: expired a moment ago is tolerated each time, and each time it is judged."""
    token = warm.tenant.mint_token(expires_in=-30)
    warm.accept(token)
    assert _recall(warm, token) is None
    warm.core.clock.advance(30)
    assert warm.refuse(token) is Reason.EXPIRED


def test_R22_a_clock_that_is_set_back_an_hour(warm):
    """R22: what was remembered is over after its time by the monotonic clock, though by the wall clock it is not."""
    token = warm.tenant.mint_token(expires_in=1800)
    warm.accept(token)
    warm.core.clock.advance(600)
    assert _recall(warm, token) is not None
    warm.core.clock.set_wall_clock(-HOUR)
    assert _recall(warm, token) is not None
    warm.core.clock.advance(1199)
    assert _recall(warm, token) is not None
    warm.core.clock.advance(1)
    assert _recall(warm, token) is None


def test_R22_a_clock_that_is_set_forward(warm):
    """R22: a wall clock that jumps beyond exp ends what was remembered at once."""
    token = warm.tenant.mint_token(expires_in=1800)
    warm.accept(token)
    assert _recall(warm, token) is not None
    warm.core.clock.set_wall_clock(1800)
    assert _recall(warm, token) is None


@pytest.mark.parametrize("skew", [-30, 30], ids=["R22 app is behind", "R22 app is ahead"])
def test_R22_clocks_of_app_and_provider_may_differ_a_little(warm, skew):
    """R22, T41: half a minute either way changes nothing."""
    token = warm.tenant.mint_token(expires_in=1)
    warm.core.clock.set_wall_clock(skew)
    assert warm.accept(token)


def test_T51_a_withdrawn_key_ends_what_it_signed_at_once(warm):
    """T51: also within the span for which nothing but the key could change."""
    token = warm.tenant.mint_token()
    warm.accept(token)
    assert _recall(warm, token) is not None
    warm.tenant.rotate_keys(keep_old=False)
    warm.accept_new()
    assert _recall(warm, token) is None
    assert warm.refuse(token) is Reason.KEY_UNKNOWN


def test_T51_a_key_withdrawn_while_the_application_was_asked(threads_core):
    """T51: a token whose key went away between its signature check and the end of its judgement is not remembered."""
    scene = Scene(threads_core, tenants=lambda _tenant: rotate() or True)
    token = scene.tenant.mint_token()

    def rotate() -> None:
        scene.tenant.rotate_keys(keep_old=False)
        scene.core.run(scene.engine.provider.keys(2).renew)

    assert scene.accept(token)
    assert _recall(scene, token) is None
    assert len(scene.engine.validator._cache) == 0
    assert scene.refuse(token) is Reason.KEY_UNKNOWN


@pytest.mark.parametrize(
    "respell",
    [
        pytest.param(lambda token: token + "=", id="T36 padding"),
        pytest.param(lambda token: token + "\n", id="T36 a line feed"),
        pytest.param(lambda token: token[:-1] + ("w" if token[-1] != "w" else "g"), id="T36 the last bits"),
        pytest.param(lambda token: token.replace(".", ".."), id="T36 another dot"),
        pytest.param(str.upper, id="T36 upper case"),
        pytest.param(lambda token: token.rpartition(".")[0] + ".", id="T35 no signature"),
    ],
)
def test_T36_two_spellings_never_share_what_is_remembered(warm, respell):
    """T36, T51: the key of what is remembered is the digest of the whole text."""
    token = warm.tenant.mint_token()
    warm.accept(token)
    assert _recall(warm, respell(token)) is None
    assert warm.refuse(respell(token)) in {Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.ENCRYPTED}


def test_T36_equal_claims_in_another_spelling_are_another_token(warm):
    """T51: white space in a header that was signed anew makes a token of its own, remembered by itself."""
    claims = json.dumps(warm.accept_new().claims.copy()).encode()
    spellings = [b'{"alg":"RS256","kid":"%s"}', b'{ "alg": "RS256", "kid": "%s" }']
    tokens = [sign_bytes(header % KEY.kid.encode(), claims, KEY) for header in spellings]
    assert [_recall(warm, token) for token in tokens] == [None, None]
    warm.accept(tokens[0])
    assert _recall(warm, tokens[1]) is None
    warm.accept(tokens[1])
    assert _recall(warm, tokens[0]) is not _recall(warm, tokens[1])


def test_T51_applications_do_not_share_what_they_remember(core):
    """T51: a token that one application accepted is judged by the next one's own audience and policy."""
    tenant = core.tenant()
    first = core.engine(tenant)
    second = core.engine(tenant, client_id="f8e7d6c5-b4a3-4928-9170-6f5e4d3c2b1a")
    token = tenant.mint_token()
    core.run(lambda: first.validate_token(token))
    with pytest.raises(TokenRejected) as refused:
        core.run(lambda: second.validate_token(token))
    assert refused.value.reason is Reason.WRONG_AUDIENCE


def test_R02_nothing_is_recalled_without_usable_keys(warm):
    """R02: remembered tokens need keys that are not too old, though nothing is verified with them."""
    engine, runtime = warm.engine, warm.core.runtime
    provider = Provider(
        engine.provider.authority,
        algorithms=("RS256",),
        timeout_seconds=1,
        http=InProcessHttp(warm.tenant, runtime),
        runtime=runtime,
        observer=warm.core,
        refresh_policy=RefreshPolicy(life=600, last_known_good=600),
    )
    policy = engine.validator._policy
    validator = TokenValidator(policy=policy, algorithms=("RS256",), provider=provider, runtime=runtime)
    token = warm.tenant.mint_token().encode()

    async def recall_after(seconds: float) -> bool:
        warm.core.clock.advance(seconds)
        return validator.recall(token) is not None

    warm.core.run(lambda: validator.validate(token))
    assert warm.core.run(lambda: recall_after(599))
    assert not warm.core.run(lambda: recall_after(1))
    warm.tenant.go_down()
    assert warm.core.run(lambda: validator.validate(token))
    assert warm.core.run(lambda: recall_after(599))
    assert not warm.core.run(lambda: recall_after(1))
    with pytest.raises(ProviderUnavailable):
        warm.core.run(lambda: validator.validate(token))


def test_R33_headers_are_read_once_and_few_are_kept(warm):
    """R33: after a good signature a header is known by its text; providers have few, so few are kept."""
    claims = json.dumps(warm.accept_new().claims.copy()).encode()
    sizes = set()
    for index in range(70):
        header = json.dumps({"alg": "RS256", "kid": KEY.kid, "x": index}).encode()
        token = sign_bytes(header, claims, KEY)
        assert warm.accept(token)
        sizes.add(len(warm.engine.validator._headers))
    assert (min(sizes), max(sizes)) == (1, 64)
    warm.refuse(warm.tenant.mint_token(fault="bad-signature", claims={"x": "y"}))
    assert all(each.kid == KEY.kid for each in warm.engine.validator._headers.values())


def test_R19_what_is_remembered_is_bounded(warm):
    """R19: a validator keeps as much as its cache allows."""
    cache = ValidatedTokens(max_entries=4)
    validator = TokenValidator(
        policy=warm.engine.validator._policy,
        algorithms=("RS256",),
        provider=warm.engine.provider,
        runtime=warm.core.runtime,
        cache=cache,
    )
    tokens = [warm.tenant.mint_token(claims={"x": index}).encode() for index in range(10)]

    async def body() -> list[CheckedClaims | None]:
        for token in tokens:
            await validator.validate(token)
        return [validator.recall(token) for token in tokens]

    recalled = warm.core.run(body)
    assert recalled[-1] is not None
    assert recalled[0] is None
    assert len(cache) <= 4


def test_older_generations_are_found(warm):
    """R19: a token that is used goes on being remembered when new ones come."""
    cache = ValidatedTokens(max_entries=4)
    validator = TokenValidator(
        policy=warm.engine.validator._policy,
        algorithms=("RS256",),
        provider=warm.engine.provider,
        runtime=warm.core.runtime,
        cache=cache,
    )
    faithful, *others = (warm.tenant.mint_token(claims={"x": index}).encode() for index in range(10))

    async def body() -> list[bool]:
        await validator.validate(faithful)
        found = []
        for token in others:
            await validator.validate(token)
            found.append(validator.recall(faithful) is not None)
        return found

    assert warm.core.run(body) == [True] * len(others)


def test_T26_only_algorithms_of_the_settings_count(core):
    """T26: a token whose algorithm the settings do not list is refused though the key could verify it."""
    scene = Scene(core, algorithms=("RS512",))
    assert scene.refuse(scene.tenant.mint_token()) is Reason.ALGORITHM_NOT_ALLOWED
    assert scene.accept_new(algorithm="RS512")


def test_T31_without_kid(warm):
    """T31: among several keys there is no guessing; one key leaves no doubt."""
    assert warm.refuse(warm.tenant.mint_token(fault="missing-kid")) is Reason.KEY_ID_MISSING
    tenant = warm.core.tenant()
    url = tenant.b2c_authority_url()
    tenant.rotate_keys(keep_old=False)
    engine = warm.core.engine(tenant, authority_url=url)
    token = tenant.mint_token(authority_url=url, fault="missing-kid")
    assert warm.core.run(lambda: engine.validate_token(token))


def test_unknown_tokens_during_an_outage_at_the_start(scene):
    """R01: what cannot be judged without keys is not refused, what is no token at all is."""
    scene.tenant.go_down()
    assert scene.refuse("nonsense") is Reason.MALFORMED
    with pytest.raises(ProviderUnavailable):
        scene.accept_new()


class TestTenantRule:
    """What the application says of a tenant counts for remembered tokens as well."""

    def make(self, core: Core, answers: list[bool]) -> Scene:
        self.asked: list[str] = []

        def is_welcome(tenant_id: str) -> bool:
            self.asked.append(tenant_id)
            return answers.pop(0)

        return Scene(core, tenants=is_welcome)

    def test_yes_is_kept_five_minutes(self, core):
        """T59: the application is asked once for a tenant, and again after five minutes, remembered token or not."""
        scene = self.make(core, [True, True, False])
        token = scene.tenant.mint_token()
        for _ in range(3):
            scene.accept(token)
            scene.accept_new()
        assert len(self.asked) == 1
        core.clock.advance(299)
        assert _recall(scene, token) is not None
        core.clock.advance(1)
        assert _recall(scene, token) is None
        scene.accept(token)
        assert len(self.asked) == 2
        core.clock.advance(300)
        assert scene.refuse(token) is Reason.WRONG_TENANT
        assert _recall(scene, token) is None

    def test_no_is_kept_half_a_minute(self, core):
        """T59: a tenant that was turned away is asked about again after 30 seconds."""
        scene = self.make(core, [False, True])
        token = scene.tenant.mint_token()
        assert [scene.refuse(token) for _ in range(3)] == [Reason.WRONG_TENANT] * 3
        core.clock.advance(29)
        scene.refuse(token)
        assert len(self.asked) == 1
        core.clock.advance(1)
        assert scene.accept(token)
        assert self.asked == [scene.tenant.tenant_id] * 2

    @pytest.mark.parametrize(
        "fault",
        ["bad-signature", "wrong-audience", "expired", "id-token", "consumer-key", "alg-none", "no-permissions"],
    )
    def test_bad_tokens_do_not_reach_the_application(self, core, fault):
        """T59: it is asked about tenants of genuine tokens alone."""
        scene = self.make(core, [])
        scene.refuse(scene.tenant.mint_token(fault=fault))
        assert self.asked == []

    def test_personal_accounts_do_not_come_in_by_organizations(self, core):
        """T59: nor does the application get to welcome them."""
        scene = self.make(core, [])
        personal = scene.tenant.mint_token(tenant_id="9188040d-6c67-4c5b-b112-36a304b66dad")
        assert scene.refuse(personal) is Reason.WRONG_TENANT
        any_tenant = Scene(core, tenant_id="organizations", tenants=ANY_TENANT)
        personal = any_tenant.tenant.mint_token(tenant_id="9188040d-6c67-4c5b-b112-36a304b66dad")
        assert any_tenant.refuse(personal) is Reason.WRONG_TENANT
        common = Scene(core, tenant_id="common", tenants=ANY_TENANT)
        assert common.accept_new(tenant_id="9188040d-6c67-4c5b-b112-36a304b66dad")
