"""One error for several callers: none sees the frames of another, or what that one was handling."""

import traceback

import pytest

from azuread_auth._protocol.shared_error import SharedError
from azuread_auth.errors import InteractionRequired


class Particular(Exception):
    """An error that cannot be made from its arguments alone."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def raised(error: Exception) -> SharedError:
    """The error as it comes from the work."""
    try:
        raise error  # noqa: TRY301 - it needs a traceback
    except Exception as caught:  # noqa: BLE001 - as the runtimes do
        return SharedError(caught)


def report(shared: SharedError, private: str) -> str:
    """What one caller's error reporter would show, who was handling an error of his own."""
    try:
        try:
            raise KeyError(private)  # noqa: TRY301 - the context is the point
        except KeyError:
            raise shared.own()  # noqa: B904
    except InteractionRequired as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(told.format())


def test_T112_callers_see_nothing_of_each_other():
    """T112: reports written late, when all have raised theirs, show the work's frames and the caller's own."""
    shared = raised(InteractionRequired("sign in", error="interaction_required"))
    originals = [shared.own(), shared.own(), shared.own()]
    assert len({id(error) for error in originals}) == 3
    assert {str(error) for error in originals} == {"sign in (interaction_required)"}
    shared = raised(InteractionRequired("sign in", error="interaction_required"))
    reports = [report(shared, name) for name in ("alice", "bob", "carol")]
    for name, text in zip(("alice", "bob", "carol"), reports, strict=True):
        assert name in text
        assert not [other for other in ("alice", "bob", "carol") if other != name and other in text]
        assert "in raised" in text


def test_error_that_cannot_be_copied_is_raised_itself():
    """An application's own error may take other arguments than it keeps."""
    error = Particular("of its", "own")
    shared = raised(error)
    assert [shared.own() for _ in range(3)] == [error] * 3


def test_error_that_copies_to_something_else_is_raised_itself():
    """What a strange class makes of itself is nobody's business."""

    class Strange(Exception):
        def __reduce__(self) -> tuple[object, ...]:
            return ValueError, ("something else",)

    error = Strange()
    shared = raised(error)
    assert [shared.own() for _ in range(2)] == [error] * 2


def test_traceback_does_not_grow():
    """However many ask, each error has the frames of the work and of its own raise."""
    shared = raised(InteractionRequired("sign in", error="interaction_required"))
    depths = set()
    for _ in range(100):
        with pytest.raises(InteractionRequired) as caught:
            raise shared.own()
        depths.add(len(traceback.extract_tb(caught.value.__traceback__)))
    assert depths == {2}
