"""Errors that other processes and other callers get: the same in all that they say."""

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest

from azuread_auth import errors
from azuread_auth.rejection import RejectionReason
from azuread_auth.requirements import Scope

ARGUMENTS: dict[str, dict[str, Any]] = {
    "TokenRejected": {"reason": RejectionReason.EXPIRED, "claim": "exp"},
    "PermissionDenied": {"requirement": Scope("Orders.Read")},
    "ClaimsChallenge": {"acrs": "c1"},
    "ProviderUnavailable": {"message": "no answer", "retry_after": 3.0},
    "Throttled": {"message": "too many", "error": "temporarily_unavailable", "retry_after": 3.0, "aadsts": 90055},
    "InteractionRequired": {
        "message": "sign in",
        "error": "interaction_required",
        "claims": "{}",
        "scopes": ("User.Read",),
        "correlation_id": "an-id",
    },
    "TokenRequestFailed": {"message": "refused", "error": "invalid_request"},
    "AssertionRefused": {"message": "refused", "error": "invalid_grant", "aadsts": 500133},
    "ClientRejected": {"message": "refused", "error": "invalid_client", "trace_id": "an-id"},
}


def make_error(name: str) -> errors.AzureAdError:
    """An error of this class with all that it can have."""
    made: errors.AzureAdError
    kind = getattr(errors, name)
    made = kind(**ARGUMENTS[name]) if name in ARGUMENTS else kind("what was wrong")
    made.add_note("a note")
    return made


@pytest.mark.parametrize("name", errors.__all__)
@pytest.mark.parametrize(
    "copied",
    [pytest.param(copy.copy, id="copy"), pytest.param(lambda error: pickle.loads(pickle.dumps(error)), id="pickle")],
)
def test_copy_is_the_same_error(name, copied):
    """Class, message, attributes and notes are those of the original; frames and causes are not."""
    error = make_error(name)
    try:
        raise error from ValueError("its cause")
    except errors.AzureAdError:
        other = copied(error)
    assert type(other) is type(error)
    assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    assert (other.__traceback__, other.__cause__, other.__context__) == (None, None, None)


def test_worker_process_can_raise_one():
    """The pool gets it as it was, and does not break."""
    program = (
        "import multiprocessing\n"
        "from azuread_auth.errors import InteractionRequired\n"
        "def work(): raise InteractionRequired('sign in', error='interaction_required', scopes=('User.Read',))\n"
        "with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "    try: pool.apply_async(work).get(timeout=60)\n"
        "    except InteractionRequired as error: print(error, error.scopes)\n"
        "    print(pool.apply_async(abs, (-1,)).get(timeout=60))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "sign in (interaction_required) ('User.Read',)\n1\n"
