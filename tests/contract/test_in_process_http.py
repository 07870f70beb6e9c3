"""HTTP without sockets keeps the limits of HTTP with sockets."""

import time

import pytest

from azuread_auth._adapters.in_process import InProcessHttp
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import TransportAnswer
from tests.conftest import Mode


class Transport:
    """Answers everything alike and remembers what it was asked."""

    def __init__(self, answer: TransportAnswer) -> None:
        self._answer = answer
        self.requests: list[HttpRequest] = []

    def answer(self, request: HttpRequest) -> TransportAnswer:
        self.requests.append(request)
        return self._answer


REQUEST = HttpRequest(url="http://127.0.0.1/keys", timeout_seconds=0.2, max_response_bytes=10)


def send(mode: Mode, answer: TransportAnswer) -> HttpResponse:
    """What comes back where the transport answers so."""
    http = InProcessHttp(Transport(answer), mode.runtime)
    return mode.run(lambda: http.send(REQUEST))


@pytest.mark.parametrize("status", [200, 307, 404, 503])
def test_every_status_is_an_answer(mode: Mode, status: int) -> None:
    """The transport's answer comes back as it is, redirects too."""
    response = HttpResponse(status=status, headers={"location": "/x"}, body=b"0123456789")
    assert send(mode, TransportAnswer(response=response)) == response


def test_request_reaches_the_transport_unchanged(mode: Mode) -> None:
    """The transport sees the request itself; closing an adapter that holds nothing is fine, and it goes on."""
    transport = Transport(TransportAnswer(response=HttpResponse(status=200)))
    http = InProcessHttp(transport, mode.runtime)

    async def body() -> None:
        await http.send(REQUEST)
        await http.aclose()
        await http.send(REQUEST)

    mode.run(body)
    assert transport.requests == [REQUEST, REQUEST]


def test_T47_larger_answer_is_refused(mode: Mode) -> None:
    """T47: an answer beyond the limit is an error."""
    with pytest.raises(ProviderUnavailable, match="more than 10 bytes"):
        send(mode, TransportAnswer(response=HttpResponse(status=200, body=b"01234567890")))


def test_refused_connection_is_unavailable(mode: Mode) -> None:
    """An outage of the transport is one of the provider."""
    with pytest.raises(ProviderUnavailable, match="refuses connections"):
        send(mode, TransportAnswer(response=None))


def test_delay_is_waited_for(mode: Mode) -> None:
    """A slow answer arrives when it is due."""
    began = time.monotonic()
    assert send(mode, TransportAnswer(response=HttpResponse(status=200), delay_seconds=0.1)).status == 200
    assert 0.09 <= time.monotonic() - began < 1


def test_R03_total_time_is_limited(mode: Mode) -> None:
    """R03: an answer that is due too late costs the time limit and no more."""
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable, match=r"did not answer within 0\.2 seconds"):
        send(mode, TransportAnswer(response=HttpResponse(status=200), delay_seconds=30))
    assert 0.19 <= time.monotonic() - began < 1
