"""Metrics and spans, as an SDK would export them."""

import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from azuread_auth.errors import ProviderUnavailable
from azuread_auth.observability.counts import CountsWatcher
from azuread_auth.observability.opentelemetry import OpenTelemetryObserver
from azuread_auth.ports import Event, HttpPort, HttpRequest, HttpResponse, HttpTracer

TENANT = "8f0d5a0e-1c7b-4c55-9d43-6a2b1a7c9e10"
HOST = "login.microsoftonline.com"
URL = f"https://{HOST}/{TENANT}/oauth2/v2.0/token?canary-in-query=1"


class Log:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)


class Source:
    """A client's counts."""

    def counts(self) -> dict[tuple[str, str], int]:
        return {("validation", "accepted"): 41, ("token_cache.client_credentials", "hit"): 7}


class Http:
    """Answers or fails as it is told, after some time by the clock of the telemetry."""

    def __init__(self, telemetry: "Telemetry", answer: Callable[[], HttpResponse]) -> None:
        self._telemetry = telemetry
        self._answer = answer
        self.is_closed = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        self._telemetry.now += 0.25
        return self._answer()

    async def aclose(self) -> None:
        self.is_closed = True


class Telemetry:
    """An observer, and what an exporter would get from it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.log = Log()
        self._reader = InMemoryMetricReader()
        self._spans = InMemorySpanExporter()
        traces = TracerProvider(shutdown_on_exit=False)
        traces.add_span_processor(SimpleSpanProcessor(self._spans))
        self.metrics = MeterProvider([self._reader], shutdown_on_exit=False)
        self.observer = OpenTelemetryObserver(
            meter_provider=self.metrics,
            tracer_provider=traces,
            log=self.log,
            monotonic=lambda: self.now,
        )

    def record(self, name: str, **fields: str | float) -> None:
        self.observer.record(Event(name, logging.INFO, "something happened", fields))

    def points(self, name: str) -> list[Any]:
        """The data points of one metric."""
        data = self._reader.get_metrics_data()
        metrics = [] if data is None else data.resource_metrics[0].scope_metrics[0].metrics
        return [
            point for metric in metrics if metric.name == f"azuread_auth.{name}" for point in metric.data.data_points
        ]

    def values(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of one metric by those of its attributes."""
        return {tuple(map(str, point.attributes.values())): point.value for point in self.points(name)}

    def spans(self) -> Any:
        """The spans that have ended."""
        return self._spans.get_finished_spans()

    def dump(self) -> str:
        """All that an exporter would send."""
        data = self._reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans()) + (data.to_json() if data is not None else "")


@pytest.fixture
def telemetry() -> Telemetry:
    """Telemetry that starts empty."""
    return Telemetry()


def test_events_become_metrics(telemetry):
    """Every metric of events is exported with its attributes."""
    telemetry.record("token.rejected", reason="expired")
    telemetry.record("token.rejected", reason="expired")
    telemetry.record("keys.loaded", authority=f"https://{HOST}", version=2)
    telemetry.record("keys.unavailable")
    telemetry.record("token.acquired", flow="on_behalf_of", source="provider")
    telemetry.record("token.request_failed", flow="on_behalf_of", error="invalid_grant")
    telemetry.record("token.acquired", flow="client_credentials", source="store")
    telemetry.record("store.unavailable")
    assert telemetry.values("validations") == {("expired",): 2}
    assert telemetry.values("key_refreshes") == {("loaded",): 1, ("failed",): 1}
    assert telemetry.values("token_requests") == {("on_behalf_of", "ok"): 1, ("on_behalf_of", "invalid_grant"): 1}
    assert telemetry.values("token_cache") == {("on_behalf_of", "miss"): 2, ("client_credentials", "store"): 1}
    assert telemetry.values("store_failures") == {("unavailable",): 1}
    assert telemetry.values("events")["token.rejected",] == 2


def test_counts_become_metrics(telemetry):
    """What is too frequent for events is read when metrics are collected."""
    source = Source()
    telemetry.observer.watch(source)
    telemetry.record("token.rejected", reason="expired")
    assert telemetry.values("validations") == {("accepted",): 41, ("expired",): 1}
    assert telemetry.values("token_cache") == {("client_credentials", "hit"): 7}


def test_age_of_keys_grows_until_they_are_loaded(telemetry):
    """The gauge counts from the last time that keys were fetched, for each token version."""
    assert telemetry.values("keys.age") == {}
    telemetry.record("keys.loaded", authority=f"https://{HOST}", version=1)
    telemetry.now += 50
    telemetry.record("keys.loaded", authority=f"https://{HOST}", version=2)
    telemetry.now += 10
    assert telemetry.values("keys.age") == {(HOST, "1"): 60, (HOST, "2"): 10}


def test_the_log_loses_nothing(telemetry):
    """Each event goes on to the log, as it is."""
    telemetry.record("token.rejected", reason="expired")
    (event,) = telemetry.log.events
    assert (event.name, event.fields) == ("token.rejected", {"reason": "expired"})


def test_the_log_is_the_loggers_unless_told_otherwise(caplog):
    """Metrics come in addition to the log, which can be switched off."""
    event = Event("token.rejected", logging.WARNING, "token rejected", {"reason": "expired"})
    OpenTelemetryObserver(meter_provider=MeterProvider(shutdown_on_exit=False)).record(event)
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("azuread_auth.token", "token rejected")
    ]
    caplog.clear()
    OpenTelemetryObserver(meter_provider=MeterProvider(shutdown_on_exit=False), log=None).record(event)
    assert not caplog.records


def test_it_is_all_that_a_client_looks_for(telemetry):
    """The client finds out by these protocols what it may ask of an observer."""
    assert isinstance(telemetry.observer, HttpTracer)
    assert isinstance(telemetry.observer, CountsWatcher)


def send(mode, port: HttpPort, method: str = "POST", url: str = URL) -> HttpResponse:
    """Send one request that is full of secrets."""
    request = HttpRequest(
        url=url, method=method, headers={"authorization": "canary-in-header"}, body=b"client_secret=canary-in-body"
    )

    async def body() -> HttpResponse:
        return await port.send(request)

    return mode.run(body)


def test_an_exchange_is_a_span_and_a_duration(mode, telemetry):
    """The answer passes unchanged; the span and the histogram have the attributes of OpenTelemetry's conventions."""
    response = HttpResponse(status=200, body=b"canary-in-answer")
    assert send(mode, telemetry.observer.traced(Http(telemetry, lambda: response))) is response

    (span,) = telemetry.spans()
    assert (span.name, span.kind, span.status.status_code) == (f"POST {HOST}", SpanKind.CLIENT, StatusCode.UNSET)
    labels = {"http.request.method": "POST", "server.address": HOST, "http.response.status_code": 200}
    assert span.attributes == {**labels, "server.port": 443, "url.template": "/*/oauth2/v2.0/token"}
    (point,) = telemetry.points("http.duration")
    assert (point.attributes, point.count, point.sum) == (labels, 1, 0.25)
    assert point.explicit_bounds[0] == 0.005


def test_an_answer_of_400_is_an_error(mode, telemetry):
    """The status is the error's type, as OpenTelemetry's conventions for clients have it."""
    send(mode, telemetry.observer.traced(Http(telemetry, lambda: HttpResponse(status=400))))
    (span,) = telemetry.spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert (span.attributes["http.response.status_code"], span.attributes["error.type"]) == (400, "400")
    (point,) = telemetry.points("http.duration")
    assert point.attributes["error.type"] == "400"


def test_T112_an_error_is_told_by_its_type_alone(mode, telemetry):
    """The span ends with the type, without message and stack, and the caller gets the error itself."""
    error = ProviderUnavailable("canary-in-message")

    def fail() -> HttpResponse:
        raise error

    with pytest.raises(ProviderUnavailable) as raised:
        send(mode, telemetry.observer.traced(Http(telemetry, fail)))

    assert raised.value is error
    (span,) = telemetry.spans()
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())
    assert span.attributes["error.type"] == "ProviderUnavailable"
    (point,) = telemetry.points("http.duration")
    assert point.attributes["error.type"] == "ProviderUnavailable"
    assert "canary" not in telemetry.dump()


async def test_a_cancelled_exchange_ends_its_span(telemetry):
    """A caller that does not wait any longer leaves no span open."""

    class Slow:
        async def send(self, request: HttpRequest) -> HttpResponse:
            await anyio.sleep_forever()
            raise AssertionError

        async def aclose(self) -> None:
            """Nothing is open."""

    with anyio.move_on_after(0.01):
        await telemetry.observer.traced(Slow()).send(HttpRequest(url=URL))
    (span,) = telemetry.spans()
    assert span.attributes["error.type"] in {"CancelledError", "Cancelled"}


@pytest.mark.parametrize("url", ["http://[bad/", "not a URL", f"https://canary:canary@{HOST}/?canary#canary"])
def test_T112_any_url_can_be_traced(mode, telemetry, url):
    """What is wrong with a URL is for the wrapped port to say, and what is secret in it is not told."""
    send(mode, telemetry.observer.traced(Http(telemetry, lambda: HttpResponse(status=200))), url=url)
    assert len(telemetry.spans()) == 1
    assert "canary" not in telemetry.dump()


def test_closing_closes_the_wrapped_port(mode, telemetry):
    """Connections are closed as if nothing was wrapped around them."""
    http = Http(telemetry, lambda: HttpResponse(status=200))
    mode.run(telemetry.observer.traced(http).aclose)
    assert http.is_closed


def test_T112_an_exporter_gets_no_secret_and_nobodys_name(mode, telemetry):
    """Whatever stands in events, requests and answers: only the attributes that are documented are exported."""
    canary = "canary-0b1c"
    for name in (
        "token.rejected",
        "token.acquired",
        "token.request_failed",
        "token.refresh_failed",
        "store.unreadable",
    ):
        values = {
            "reason": canary,
            "error": canary,
            "correlation_id": canary,
            "user": canary,
            "path": f"/?code={canary}",
        }
        telemetry.observer.record(
            Event(name, logging.WARNING, f"{canary} {TENANT}", {**values, "flow": f"x {canary}", "source": canary})
        )
    telemetry.record("keys.loaded", authority=f"https://{HOST}/{TENANT}?{canary}", version=2)
    for status in (200, 302, 400):
        response = HttpResponse(status=status, headers={"location": f"https://h/?code={canary}"}, body=canary.encode())
        send(mode, telemetry.observer.traced(Http(telemetry, lambda response=response: response)))

    exported = telemetry.dump()

    assert "azuread_auth.token_requests" in exported
    assert len(telemetry.spans()) == 3
    for secret in ("canary", TENANT, "client_secret", "code="):
        assert secret not in exported


def test_hosts_do_not_grow_without_end(mode, telemetry):
    """However many hosts are asked, the histogram stays small."""
    port = telemetry.observer.traced(Http(telemetry, lambda: HttpResponse(status=200)))
    for number in range(100):
        send(mode, port, url=f"https://host{number}/")
    hosts = {point.attributes["server.address"] for point in telemetry.points("http.duration")}
    assert len(hosts) == 65
    assert "other" in hosts


def test_without_opentelemetry_it_says_what_to_install():
    """Where OpenTelemetry is not installed, the ImportError has the command."""
    code = "import sys; sys.modules['opentelemetry'] = None; import azuread_auth.observability.opentelemetry"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert child.returncode == 1
    assert child.stderr.splitlines()[-1] == (
        "ImportError: azuread_auth.observability.opentelemetry needs OpenTelemetry, which is not installed: "
        'pip install "azuread-auth[otel]"'
    )


def test_without_an_sdk_nothing_happens(mode):
    """An application that sets no SDK up pays next to nothing, and nothing fails."""
    observer = OpenTelemetryObserver(log=None)
    observer.record(Event("keys.loaded", logging.INFO, "loaded", {"authority": f"https://{HOST}", "version": 2}))
    http = Http(Telemetry(), lambda: HttpResponse(status=200))
    assert send(mode, observer.traced(http)).status == 200
