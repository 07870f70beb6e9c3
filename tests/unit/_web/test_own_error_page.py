"""The application's own page for errors: where it has one itself, ours is shown."""

import pytest

from azuread_auth._web.own_error_page import OwnErrorPage
from azuread_auth.web_login import LoginProblem

PROBLEM = LoginProblem(status=400, title="You could not be signed in", detail="a word to the person alone")


class Observer(list):
    """Keeps what it is told."""

    record = list.append


def failing(problem):
    """A page with a slip, whose message may have anything in it."""
    message = f"secret of {problem.detail}"
    raise LookupError(message)


def test_the_page_of_the_application_is_shown():
    """Whatever text it is."""
    observer = Observer()
    assert OwnErrorPage(lambda problem: f"<p>{problem.title}", observer)(PROBLEM) == "<p>You could not be signed in"
    assert observer == []


@pytest.mark.parametrize(
    ("error_page", "what"),
    [
        pytest.param(failing, "failed with LookupError", id="raises"),
        pytest.param(lambda problem: None, "gave a NoneType and no text", id="nothing"),
        pytest.param(lambda problem: b"<p>", "gave a bytes and no text", id="bytes"),
        pytest.param(lambda problem: "\ud800", "failed with UnicodeEncodeError", id="no characters"),
    ],
)
def test_a_page_that_cannot_be_made_is_told_to_the_operator(error_page, what):
    """In the log, and nothing of what was on it."""
    observer = Observer()
    assert OwnErrorPage(error_page, observer)(PROBLEM) is None
    (event,) = observer
    assert (event.name, event.level, event.fields) == ("login.error_page_failed", 40, {"status": 400})
    assert f"error_page {what}; " in event.message
    assert "secret" not in event.message


def test_what_interrupts_the_page_goes_on():
    """It is no slip of the page's."""

    def interrupted(problem):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        OwnErrorPage(interrupted, Observer())(PROBLEM)
