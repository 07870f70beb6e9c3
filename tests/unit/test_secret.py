"""A value that must not be printed."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass

import pytest

from azuread_auth.secret import Secret

TEXT = "hunter2-\u00e9"


def test_a_secret_is_revealed_by_name():
    """Text and bytes are the same secret."""
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT).reveal_bytes() == TEXT.encode()
    assert Secret(bytearray(b"abc")).reveal_bytes() == b"abc"


@dataclass
class Holder:
    password: Secret


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(repr, id="T112 repr"),
        pytest.param(str, id="T112 str"),
        pytest.param(lambda secret: f"{secret}", id="T112 f-string"),
        pytest.param(lambda secret: f"{secret:>40}", id="T112 f-string with a width"),
        pytest.param(lambda secret: "%s %r" % (secret, secret), id="T112 percent"),  # noqa: UP031
        pytest.param(lambda secret: str([secret, {"a": secret}]), id="T112 in a list"),
        pytest.param(lambda secret: repr(Holder(secret)), id="T112 in a dataclass"),
        pytest.param(lambda secret: str(asdict(Holder(secret))), id="T112 asdict"),
        pytest.param(lambda secret: json.dumps({"a": secret}, default=str), id="T112 JSON by str"),
        pytest.param(lambda secret: repr(copy.copy(secret)) + repr(copy.deepcopy([secret])), id="T112 copies"),
    ],
)
def test_T112_no_text_form_shows_it(show):
    """T112: whatever makes text of it shows stars."""
    shown = show(Secret(TEXT))
    assert "hunter2" not in shown
    assert "**********" in shown


def test_T112_logs_and_tracebacks_do_not_show_it(caplog):
    """T112: nor do logging and tracebacks with locals."""
    secret = Secret(TEXT)
    logging.getLogger("test").warning("using %s", secret)
    with pytest.raises(TypeError) as failure:
        json.dumps({"password": secret})
    shown = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=True).format())
    assert "secret = " in shown
    assert "hunter2" not in caplog.text + shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_T112_a_secret_is_not_pickled(protocol):
    """T112: a pickle is a copy that nobody guards."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(TEXT), protocol)


def test_T112_there_is_nothing_to_dump():
    """T112: no dictionary of attributes, no way into JSON."""
    with pytest.raises(TypeError):
        vars(Secret(TEXT))
    with pytest.raises(TypeError):
        json.dumps(Secret(TEXT))


def test_T49_secrets_are_compared_by_value():
    """T49: equal secrets are equal and hash alike; nothing else equals a secret, not even its text."""
    assert Secret("a") == Secret(b"a") != Secret("b")
    assert hash(Secret("a")) == hash(Secret(b"a"))
    assert Secret("a") != "a"
    assert Secret("a") != b"a"
    assert Secret("short") != Secret("a much longer secret")


def test_an_empty_secret_is_false():
    """So that settings can tell whether one was given."""
    assert Secret("x")
    assert not Secret("")


def test_a_copy_is_the_secret_itself():
    """Copying makes no second copy in memory."""
    secret = Secret(TEXT)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret
