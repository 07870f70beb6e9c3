"""Metrics and traces by OpenTelemetry.

    AsyncAzureAdClient(settings, observer=OpenTelemetryObserver())

Needs `pip install "azuread-auth[otel]"`. Without an SDK that the application sets up, nothing is exported.

| metric | kind, unit | attributes |
| --- | --- | --- |
| `azuread_auth.validations` | counter, `{validation}` | `outcome`: "accepted", "unavailable" or the reason |
| `azuread_auth.key_refreshes` | counter, `{refresh}` | `outcome`: "loaded" or "failed" |
| `azuread_auth.keys.age` | gauge, `s` | `server.address`, `version` of the tokens: 1 or 2 |
| `azuread_auth.token_requests` | counter, `{request}` | `flow`, `outcome`: "ok" or the error code |
| `azuread_auth.token_cache` | counter, `{lookup}` | `flow`, `result`: "hit", "store" or "miss" |
| `azuread_auth.store_failures` | counter, `{failure}` | `kind`: "unavailable" or "unreadable" |
| `azuread_auth.events` | counter, `{event}` | `event`: its name in the log |
| `azuread_auth.http.duration` | histogram, `s` | `http.request.method`, `server.address`, \
`http.response.status_code`, `error.type` |

Each HTTP exchange with the provider is a span of kind CLIENT, named "METHOD host". Attributes are few and bounded: no
tenant's path, user, token, query string, header or message is ever among them.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, Literal

try:
    from opentelemetry.metrics import CallbackOptions, Histogram, MeterProvider, Observation, get_meter
    from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, TracerProvider, get_tracer
except ModuleNotFoundError as _error:
    _MISSING: Final = (
        "azuread_auth.observability.opentelemetry needs OpenTelemetry, which is not installed: "
        'pip install "azuread-auth[otel]"'
    )
    raise ImportError(_MISSING) from _error

from azuread_auth.observability.counts import CountsSource
from azuread_auth.observability.labels import BoundedLabels, address_of, path_template
from azuread_auth.observability.logging import LoggingObserver
from azuread_auth.observability.measures import COUNTERS
from azuread_auth.observability.tally import Tally
from azuread_auth.ports import Event, HttpPort, HttpRequest, HttpResponse, Observer

__all__ = ["OpenTelemetryObserver"]

_SCOPE: Final = "azuread_auth"
# OpenTelemetry, "Semantic conventions for HTTP metrics": the buckets of http.client.request.duration.
_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class OpenTelemetryObserver:
    """An observer that counts events, measures and traces HTTP exchanges, and passes the events on to `log`.

    The providers default to the global ones, which may be set later. `log` is "logger" (the default: the logger
    "azuread_auth", as without this observer), another observer, or None for no log. Make one and give it to all
    clients: OpenTelemetry wants each metric to be created once. `monotonic` is the clock, in seconds.
    """

    def __init__(
        self,
        *,
        meter_provider: MeterProvider | None = None,
        tracer_provider: TracerProvider | None = None,
        log: Observer | Literal["logger"] | None = "logger",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = LoggingObserver(monotonic=monotonic) if log == "logger" else log
        self._monotonic = monotonic
        self._tally = Tally()
        self._hosts = BoundedLabels()
        self._keys_loaded_at: dict[tuple[str, str], float] = {}
        self._tracer = get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = get_meter(_SCOPE, meter_provider=meter_provider)
        for counter in COUNTERS:
            meter.create_observable_counter(
                counter.name,
                callbacks=[partial(self._observe_counter, counter.name)],
                unit=counter.unit,
                description=counter.description,
            )
        meter.create_observable_gauge(
            "azuread_auth.keys.age",
            callbacks=[self._observe_age_of_keys],
            unit="s",
            description="Seconds since signing keys were last fetched.",
        )
        self._durations = meter.create_histogram(
            "azuread_auth.http.duration",
            unit="s",
            description="Duration of HTTP exchanges with the provider.",
            explicit_bucket_boundaries_advisory=_BUCKETS_SECONDS,
        )

    def record(self, event: Event) -> None:
        """Count the event and pass it on to the log."""
        self._tally.add(event)
        if event.name == "keys.loaded":
            host, _ = address_of(str(event.fields.get("authority", "")))
            version = "1" if event.fields.get("version") == 1 else "2"
            self._keys_loaded_at[self._hosts.of(host), version] = self._monotonic()
        if self._log is not None:
            self._log.record(event)

    def watch(self, source: CountsSource) -> None:
        """Read the counts of a client, as long as it is in use; then its last ones stay in the totals."""
        self._tally.watch(source)

    def traced(self, http: HttpPort) -> HttpPort:
        """The same port, with a span around each exchange and its duration measured."""
        return _TracedHttp(
            http, tracer=self._tracer, durations=self._durations, hosts=self._hosts, monotonic=self._monotonic
        )

    def _observe_counter(self, name: str, _options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(count, dict(attributes)) for attributes, count in self._tally.totals(name).items()]

    def _observe_age_of_keys(self, _options: CallbackOptions) -> Iterable[Observation]:
        now = self._monotonic()
        return [
            Observation(now - loaded_at, {"server.address": host, "version": version})
            for (host, version), loaded_at in self._keys_loaded_at.copy().items()
        ]


class _TracedHttp:
    """`HttpPort` around another one.

    The span is not made the current one: nothing in the package would become its child, and it costs more.
    """

    def __init__(
        self,
        http: HttpPort,
        *,
        tracer: Tracer,
        durations: Histogram,
        hosts: BoundedLabels,
        monotonic: Callable[[], float],
    ) -> None:
        self._http = http
        self._tracer = tracer
        self._durations = durations
        self._hosts = hosts
        self._monotonic = monotonic

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer of the wrapped port, and its errors."""
        host, port = address_of(request.url)
        labels: dict[str, str | int] = {"http.request.method": request.method, "server.address": self._hosts.of(host)}
        span = self._tracer.start_span(
            f"{request.method} {labels['server.address']}",
            kind=SpanKind.CLIENT,
            attributes={**labels, "server.port": port, "url.template": path_template(request.url)},
            record_exception=False,
            set_status_on_exception=False,
        )
        started_at = self._monotonic()
        outcome: dict[str, str | int] = {}
        try:
            response = await self._http.send(request)
            outcome = _outcome_of(response)
        # A cancelled exchange, too, has ended. Of the error its type alone is told: messages may quote anything.
        except BaseException as error:
            outcome = {"error.type": type(error).__name__}
            raise
        finally:
            self._durations.record(self._monotonic() - started_at, {**labels, **outcome})
            _end(span, outcome)
        return response

    async def aclose(self) -> None:
        """Close the wrapped port."""
        await self._http.aclose()


def _outcome_of(response: HttpResponse) -> dict[str, str | int]:
    """OpenTelemetry, "Semantic conventions for HTTP spans": for a client, each status from 400 on is an error."""
    outcome: dict[str, str | int] = {"http.response.status_code": response.status}
    if response.status >= 400:
        outcome["error.type"] = str(response.status)
    return outcome


def _end(span: Span, outcome: dict[str, str | int]) -> None:
    span.set_attributes(outcome)
    if "error.type" in outcome:
        span.set_status(StatusCode.ERROR)
    span.end()
