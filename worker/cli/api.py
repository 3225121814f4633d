"""``offline-push api``: serve the HTTP API."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from worker.cli.options import ConfigFile, configured

if TYPE_CHECKING:
    from fastapi import FastAPI

#: What a stop waits for requests that are being answered.
_DRAIN_S = 10
_log = structlog.get_logger(__name__)


def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: the system chooses.")] = 8080,
    config: ConfigFile = None,
) -> None:
    """Serve the HTTP API until SIGTERM or Ctrl-C; both let requests in flight end.

    It speaks plain HTTP: what the public reaches belongs behind a proxy that speaks TLS.
    """
    import uvloop

    from worker.api.app import build
    from worker.logs import configure_logs
    from worker.redis_access import check_redis, connection_of

    settings = configured(config)
    check_redis(settings)
    connection = connection_of(settings)
    app = build(settings, connection)
    configure_logs()
    # uvicorn ends in good order, then raises the signal again for whoever ran it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _listening(host, port) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        _log.info("api listening", host=host, port=listener.getsockname()[1])
        if bare := sorted(app.state.gate.appkeys - app.state.gate.authorities.keys()):
            _log.warning("no client_id and client_secret_file, so that nobody can call", apps=bare)
        with suppress(KeyboardInterrupt):
            runner.run(_serve(app, listener, settings.api.trusted_proxies))
        runner.run(connection.aclose())
    _log.info("api stopped")


def _listening(host: str, port: int) -> socket.socket:
    """Return a listening socket: bound here, so that an address in use is one line like any mistake."""
    if not host:  # of a variable that is not set; it would mean every address of the machine
        raise typer.BadParameter("names no address", param_hint="--host")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


async def _serve(app: "FastAPI", listener: socket.socket, proxies: Sequence[str]) -> None:
    from redis.exceptions import RedisError
    from uvicorn import Config, Server

    from worker.api.http_protocol import HttpProtocol

    options = Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,  # quotes the query; worker.api.access_log does not
        server_header=False,
        lifespan="off",
        ws="none",
        http=HttpProtocol,
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=_DRAIN_S,
    )
    consoles = app.state.console.consoles
    with suppress(RedisError, OSError):  # without Redis nobody is let in anyway
        await consoles.ready()
    following = asyncio.create_task(consoles.follow())
    try:
        await Server(options).serve(sockets=[listener])
    finally:
        following.cancel()
