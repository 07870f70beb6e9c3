"""What the sign-in routes read from a query or a form."""

import pytest

from azuread_auth._web.answer_parameters import AnswerParameters
from azuread_auth.errors import LoginFailed


def test_T112_parameters_show_nothing_of_themselves():
    """They are read like any mapping; what reports errors sees how many there are."""
    parameters = AnswerParameters.read("code=secret&state=also%20secret")
    assert parameters == {"code": "secret", "state": "also secret"}
    assert repr(parameters) == str(parameters) == "<2 parameters>"


@pytest.mark.parametrize("text", ["code=1&code=2", "x=" + "y" * 40_000, "&".join(f"p{n}=1" for n in range(40))])
def test_T81_what_is_there_twice_or_too_much_is_refused(text):
    """Before anything is made of it."""
    with pytest.raises(LoginFailed):
        AnswerParameters.read(text)
