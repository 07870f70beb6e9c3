"""A program: gets a token on behalf of many users and prints by how much the process grew after the first 20,000.

The provider answers without signing anything, so that it is this package's memory that is measured.
"""

import gc
import json
import logging
import resource
import sys
from pathlib import Path

from azuread_auth import AzureAdClient
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.ports import TransportAnswer
from azuread_auth.simulation import SimulatedTenant

_PAGE_BYTES = resource.getpagesize()
_WARMED_UP = 20_000


class Provider:
    """Metadata and keys as the simulated tenant has them, and a token of 2 kB for whoever asks."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant
        self._count = 0

    def answer(self, request: HttpRequest) -> TransportAnswer:
        if request.method != "POST":
            return self._tenant.answer(request)
        self._count += 1
        document = {"token_type": "Bearer", "expires_in": 3599, "access_token": f"{self._count:02000d}"}
        return TransportAnswer(response=HttpResponse(status=200, body=json.dumps(document).encode()))


def main(users: int) -> None:
    tenant = SimulatedTenant()
    azure = AzureAdClient(tenant.settings(transport=Provider(tenant)))
    for number in range(_WARMED_UP + users):
        if number == _WARMED_UP:
            gc.collect()
            before = _resident_bytes()
        azure.acquire_token_on_behalf_of(tenant.principal(), "User.Read")
    gc.collect()
    print(json.dumps({"growth": float(_resident_bytes() - before)}))


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(int(sys.argv[1]))
