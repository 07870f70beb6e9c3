"""Users who signed in earlier are judged as their tokens are."""

import math
from typing import Any

import pytest

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.rejection import RejectionReason
from azuread_auth.settings import ANY_TENANT
from azuread_auth.simulation.users import SECOND_TENANT
from tests.unit._core.conftest import Core, Scene

THIRD_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
WELCOME, WRONG, GUEST = None, RejectionReason.WRONG_TENANT, RejectionReason.GUEST_NOT_ALLOWED
# Who calls: a member, a guest, a user of another tenant, and one with a personal account.
RULES = [
    pytest.param({}, (WELCOME, WELCOME), id="one tenant"),
    pytest.param({"allow_guests": False}, (WELCOME, GUEST), id="no guests"),
    pytest.param(
        {"tenant_id": "organizations", "tenants": ANY_TENANT}, (WELCOME, WELCOME, WELCOME, WRONG), id="organizations"
    ),
    pytest.param({"tenant_id": "common", "tenants": ANY_TENANT}, (WELCOME,) * 4, id="everybody"),
    pytest.param({"tenants": [SECOND_TENANT]}, (WRONG, WRONG, WELCOME, WRONG), id="another tenant alone"),
    pytest.param(
        {"tenants": [SECOND_TENANT, PERSONAL_TENANT]}, (WRONG, WRONG, WELCOME, WELCOME), id="personal accounts listed"
    ),
    pytest.param({"tenants": [THIRD_TENANT], "allow_guests": False}, (WRONG,) * 4, id="the tenant is the first reason"),
    pytest.param(
        {"tenant_id": "common", "tenants": lambda tenant: tenant == SECOND_TENANT, "allow_guests": False},
        (WRONG, GUEST, WELCOME, WRONG),
        id="a callable",
    ),
]


@pytest.mark.parametrize(("settings", "verdicts"), RULES)
def test_T103_a_user_is_judged_as_a_token_of_the_user_is(core: Core, settings: dict[str, Any], verdicts: Any) -> None:
    """T103: by the settings and by the callable, with the same reason; what is known needs no question."""
    scene = Scene(core, **settings)
    own = scene.tenant.tenant_id
    callers = [("adele", own, False), ("robin", own, True), ("nina", SECOND_TENANT, False)]
    callers.append(("pat", PERSONAL_TENANT, False))
    for (user, tenant_id, is_guest), expected in zip(callers, verdicts, strict=False):
        reason = core.run(lambda t=tenant_id, g=is_guest: scene.engine.user_admission.refusal(t, is_guest=g))
        token = scene.tenant.mint_token(user=user, tenant_id=tenant_id)
        assert (user, reason) == (user, expected)
        if expected is WELCOME:
            assert scene.accept(token).is_guest is is_guest
        else:
            assert scene.refuse(token) in (expected, WRONG)  # a guest of a tenant that is not welcome has two reasons
        known = scene.engine.user_admission.welcome_seconds(tenant_id, is_guest=is_guest)
        is_asked = callable(settings.get("tenants")) and settings["tenants"] is not ANY_TENANT
        assert known == (0 if expected is not WELCOME else 60 if is_asked else math.inf)


def test_T59_answers_are_those_that_tokens_are_judged_by(core: Core) -> None:
    """T59: asked once for both, and again when a yes is five minutes old and a no half a minute."""
    asked: list[str] = []
    welcome = {SECOND_TENANT}

    def is_welcome(tenant_id: str) -> bool:
        asked.append(tenant_id)
        return tenant_id in welcome

    scene = Scene(core, tenants=is_welcome)
    admission = scene.engine.user_admission

    def refusal() -> RejectionReason | None:
        reason: RejectionReason | None = core.run(lambda: admission.refusal(SECOND_TENANT, is_guest=False))
        return reason

    assert admission.welcome_seconds(SECOND_TENANT, is_guest=False) == 0
    scene.accept(scene.tenant.mint_token(user="nina", tenant_id=SECOND_TENANT))
    assert (refusal(), len(asked)) == (None, 1)
    welcome.clear()
    for advance, seconds in ((0, 60), (270, 30), (29, 1)):
        core.clock.advance(advance)
        assert (admission.welcome_seconds(SECOND_TENANT, is_guest=False), refusal()) == (seconds, None)
    core.clock.advance(1)
    assert (admission.welcome_seconds(SECOND_TENANT, is_guest=False), refusal(), len(asked)) == (0, WRONG, 2)
    welcome.add(SECOND_TENANT)
    for advance, reason in ((29, WRONG), (1, None)):
        core.clock.advance(advance)
        assert refusal() is reason
    assert len(asked) == 3


def test_T59_nobody_can_tell_while_the_callable_fails(core: Core) -> None:
    """T59: a user is neither welcome nor refused then; whom settings refuse is refused all the same."""

    def is_welcome(_tenant_id: str) -> bool:
        raise LookupError

    scene = Scene(core, tenants=is_welcome, allow_guests=False)
    admission = scene.engine.user_admission
    with pytest.raises(ProviderUnavailable) as failed:
        core.run(lambda: admission.refusal(SECOND_TENANT, is_guest=False))
    assert failed.value.retry_after == 5
    assert admission.welcome_seconds(SECOND_TENANT, is_guest=False) == 0
    assert core.run(lambda: admission.refusal(SECOND_TENANT, is_guest=True)) is GUEST
