"""HTTP to a server in this process: no sockets."""

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.ports import InProcessTransport, Runtime

__all__ = ["InProcessHttp"]


class InProcessHttp:
    """`HttpPort` over a transport such as the simulated tenant's, with the limits of a real one."""

    def __init__(self, transport: InProcessTransport, runtime: Runtime) -> None:
        self._transport = transport
        self._runtime = runtime

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The transport's answer. Raises ProviderUnavailable when it is refused, late or larger than allowed."""
        answer = self._transport.answer(request)
        await self._runtime.sleep(min(answer.delay_seconds, request.timeout_seconds))
        if answer.delay_seconds > request.timeout_seconds:
            message = f"the in-process server did not answer within {request.timeout_seconds:g} seconds"
            raise ProviderUnavailable(message)
        if answer.response is None:
            message = "the in-process server refuses connections; end its outage to go on"
            raise ProviderUnavailable(message)
        if len(answer.response.body) > request.max_response_bytes:
            message = f"the in-process server answered with more than {request.max_response_bytes} bytes"
            raise ProviderUnavailable(message)
        return answer.response

    async def aclose(self) -> None:
        """Nothing is open."""
