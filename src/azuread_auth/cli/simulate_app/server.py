"""Runs a simulated tenant with its page on a loopback port until somebody ends it."""

import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.cli.simulate_app.console import Console
from azuread_auth.cli.simulate_app.env_file import clear_env_file, written_env_file
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["PORT", "RunningTenant", "run_simulation"]

PORT: Final = 8402
_CERTIFICATE: Final = "AZURE_CLIENT_CERTIFICATE_PATH"
_SECRET: Final = "AZURE_CLIENT_SECRET"  # noqa: S105 - the name of a variable, not a secret
_WAKE_SECONDS: Final = 0.5  # on Windows no signal gets through to a wait without an end


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTenant:
    """What is served, and how an application gets to it."""

    tenant: SimulatedTenant = field(repr=False)
    origin: str
    environ: Mapping[str, str] = field(repr=False)


def run_simulation(
    *,
    port: int | None,
    tls: bool,
    with_certificate: bool,
    users: str | None,
    env_file: tuple[Path, Callable[[RunningTenant], str]] | None,
    announce: Callable[[RunningTenant], None],
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; `announce` is told when everything is there.

    `port` None: the usual one, or any free one when it is taken. `with_certificate` proves the application by a
    certificate in place of the secret. `users` is the path of a directory in TOML. `env_file` is a path, and what to
    write there. Raises ConfigurationError when `port` is taken, or something is wrong with one of the files.
    """
    with _ended_by_signals() as ended, ExitStack() as stack:
        if env_file is not None:
            clear_env_file(env_file[0])
        made = SimulatedTenant(control=True) if users is None else SimulatedTenant.from_file(users, control=True)
        tenant = stack.enter_context(made)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="azuread-auth-simulation-")))
        environ: dict[str, str] = {}
        console = Console(tenant, environ=environ)
        origin = _serve(tenant, console.answer, port=port, tls=tls)
        environ |= tenant.environ()
        if with_certificate:
            environ.pop(_SECRET)
            environ[_CERTIFICATE] = str(_write_certificate(tenant, folder))
        running = RunningTenant(tenant=tenant, origin=origin, environ=environ)
        if env_file is not None:
            stack.enter_context(written_env_file(env_file[0], f"{env_file[1](running)}\n"))
        announce(running)
        while not ended.wait(_WAKE_SECONDS):
            pass


def _serve(
    tenant: SimulatedTenant, pages: Callable[[HttpRequest], HttpResponse | None], *, port: int | None, tls: bool
) -> str:
    for candidate in (PORT, 0) if port is None else (port,):
        try:
            return tenant.serve(candidate, tls=tls, pages=pages)
        except ConfigurationError:  # the port is taken
            continue
    message = (
        f"port {port} of 127.0.0.1 cannot be opened, most likely because it is taken; choose another with --port, or "
        "leave it out for any free one"
    )
    raise ConfigurationError(message)


def _write_certificate(tenant: SimulatedTenant, folder: Path) -> Path:
    path = folder / "application.pem"
    path.touch(mode=0o600)
    path.write_bytes(tenant.make_certificate().pem)
    return path


def _signals() -> tuple[signal.Signals, ...]:
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is None or signal.getsignal(hang_up) == signal.SIG_IGN:
        return (signal.SIGINT, signal.SIGTERM)
    return (signal.SIGINT, signal.SIGTERM, hang_up)


@contextmanager
def _ended_by_signals() -> Generator[threading.Event]:
    """Ctrl-C, SIGTERM and SIGHUP set the event, from before anything is there that would have to be cleared away.

    SIGHUP does not where it is ignored, as `nohup` has it.
    """
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in _signals()}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
