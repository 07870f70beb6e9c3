"""Events in the log: on one line, with fields, and not flooding."""

import logging

import pytest

from azuread_auth.observability.logging import LOGGER_NAME, LoggingObserver
from azuread_auth.ports import Event


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class _Log:
    """A logger of its own, an observer that writes to it and the clock of that."""

    def __init__(self, level: int = logging.DEBUG) -> None:
        self.now = 1000.0
        logger = logging.getLogger(f"test of the log {id(self)}")
        logger.setLevel(level)
        logger.propagate = False
        handler = _Records()
        logger.addHandler(handler)
        self.observer = LoggingObserver(monotonic=lambda: self.now, logger=logger)
        self.records = handler.records

    def record(self, reason: str = "expired", message: str = "token rejected", level: int = logging.WARNING) -> None:
        self.observer.record(Event("token.rejected", level, message, {"reason": reason, "count": 1}))


@pytest.fixture
def log() -> _Log:
    """A log that starts empty."""
    return _Log()


def test_an_event_is_one_record_with_its_fields(log: _Log) -> None:
    """The message is the record's, the fields are attributes of it."""
    log.record()
    (record,) = log.records
    assert (record.getMessage(), record.levelno) == ("token rejected", logging.WARNING)
    assert vars(record)["azuread_event"] == "token.rejected"
    assert vars(record)["azuread_reason"] == "expired"
    assert vars(record)["azuread_count"] == 1


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        pytest.param("a\r\nERROR root forged", "a\\u000d\\u000aERROR root forged", id="T122 line breaks"),
        pytest.param("a\x1b[31mred", "a\\u001b[31mred", id="T122 terminal escapes"),
        pytest.param("user\u202egnp.exe", "user\\u202egnp.exe", id="T122 text direction"),
        pytest.param("a\u200fb\u061cc\u200bd\ufeff", "a\\u200fb\\u061cc\\u200bd\\ufeff", id="T122 marks without width"),
        pytest.param("a\ud800b", "a\\ud800b", id="T122 half of a pair"),
        pytest.param("a\u2028b\x85c\x00", "a\\u2028b\\u0085c\\u0000", id="T122 Unicode line breaks and NUL"),
        pytest.param("%s %d {x}", "%s %d {x}", id="T122 format characters are text"),
        pytest.param("Grüße, 東京", "Grüße, 東京", id="letters of other scripts stay"),
        pytest.param("x" * 2000, "x" * 1000 + "...", id="long text is cut"),
    ],
)
def test_text_cannot_forge_or_disturb_a_line(log: _Log, text: str, logged: str) -> None:
    """Whatever reached an event from outside is one harmless line, in the message and in the fields."""
    log.record(reason=text, message=text)
    (record,) = log.records
    assert record.getMessage() == logged
    assert vars(record)["azuread_reason"] == logged


def test_R29_repeats_are_limited_and_counted(log: _Log) -> None:
    """Of events alike 20 are written in 10 seconds; the next window's first says how many were left out."""
    for _ in range(5000):
        log.record()
    assert len(log.records) == 20
    log.now += 9.9
    log.record()
    assert len(log.records) == 20
    log.now += 0.2
    log.record()
    assert log.records[-1].getMessage() == "token rejected (4981 more like this in the 10 s before)"
    log.now += 10
    log.record()
    assert log.records[-1].getMessage() == "token rejected"


def test_R29_other_reasons_are_not_crowded_out(log: _Log) -> None:
    """A flood of one reason does not hide another."""
    for _ in range(1000):
        log.record(reason="malformed")
    log.record(reason="key_of_another_cloud")
    assert len(log.records) == 21


def test_R29_kinds_are_bounded(log: _Log) -> None:
    """Ever new reasons do not grow the memory of what was written."""
    for number in range(10_000):
        log.record(reason=str(number))
    assert len(log.records) == 10_000
    assert len(log.observer._windows) <= 256


def test_R29_what_nobody_wants_costs_nothing() -> None:
    """An event below the logger's level is not even counted."""
    log = _Log(logging.ERROR)
    for _ in range(100):
        log.record(level=logging.INFO)
    log.record(level=logging.ERROR)
    assert [record.getMessage() for record in log.records] == ["token rejected"]


def test_R29_flows_and_errors_do_not_crowd_each_other_out(log: _Log) -> None:
    """A flow that fails all the time hides neither another flow nor another error."""
    for flow, error in [("on_behalf_of", "invalid_grant"), ("on_behalf_of", "http_503"), ("refresh_token", "http_503")]:
        for _ in range(100):
            log.observer.record(Event("token.request_failed", logging.WARNING, "no", {"flow": flow, "error": error}))
    assert len(log.records) == 60


def test_R29_errors_that_a_caller_makes_up_are_of_one_kind(log: _Log) -> None:
    """Who calls the callback route chooses the error that the provider is said to have sent."""
    for number in range(400):
        log.observer.record(Event("login.failed", logging.WARNING, "no", {"error": f"made-up-{number}"}))
    assert len(log.records) == 20


def test_fields_of_a_failed_token_request_are_attributes(log: _Log) -> None:
    """What support asks for can be filtered by, and keeps its type."""
    fields = {"flow": "on_behalf_of", "error": "invalid_grant", "aadsts": 50076, "correlation_id": "c", "retryable": 0}
    log.observer.record(Event("token.request_failed", logging.WARNING, "no token", fields))
    (record,) = log.records
    assert {name: vars(record)[f"azuread_{name}"] for name in fields} == fields


@pytest.mark.parametrize(
    ("event", "logger"),
    [("token.rejected", "token"), ("keys.loaded", "keys"), ("store.unavailable", "store"), ("nameless", "nameless")],
)
def test_an_event_is_written_to_the_logger_of_its_kind(log: _Log, event: str, logger: str) -> None:
    """Operators can turn the log of one kind of event up or down."""
    log.observer.record(Event(event, logging.WARNING, "happened", {}))
    assert log.records[0].name == f"{log.observer._logger.name}.{logger}"


def test_one_kind_can_be_silenced(log: _Log) -> None:
    """The level of a kind's logger counts, before the package's."""
    log.observer._logger.getChild("keys").setLevel(logging.ERROR)
    log.observer.record(Event("keys.loaded", logging.INFO, "loaded", {}))
    log.observer.record(Event("token.acquired", logging.INFO, "acquired", {}))
    assert [record.getMessage() for record in log.records] == ["acquired"]


def test_default_logger_is_named_after_the_package() -> None:
    """Operators find the package's records under one name."""
    observer = LoggingObserver(monotonic=lambda: 0.0)
    assert LOGGER_NAME == "azuread_auth"
    assert observer._logger is logging.getLogger("azuread_auth")
