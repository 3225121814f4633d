"""The Celery bootstep that owns the event loop: one thread, one loop, one engine for each worker process.

Started after the pool and before Celery's consumer, stopped after it; untouched by broker reconnects.
https://docs.celeryq.dev/en/stable/userguide/extending.html
"""

import asyncio
import os
import threading
from concurrent.futures import Future
from typing import Any

import structlog
import uvloop
from celery import bootsteps
from prometheus_client import start_http_server

from worker.bootstrap import build, connection_of
from worker.config import Config, load_config

#: A stop waits this long for what is in flight; what is left is reclaimed by others.
DRAIN_S = 30.0
_log = structlog.get_logger(__name__)


class DispatchStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no type information
    """Runs the dispatch engine beside Celery's own consumer."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        """Start nothing yet."""
        super().__init__(parent, **options)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Event | None = None

    def start(self, _parent: Any) -> None:
        """Start the loop thread and wait until the engine is built.

        Raises:
            ConfigError: the worker must not run with a configuration that cannot work.
        """
        config = load_config(None, os.environ)
        built: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(config, built), name="dispatch", daemon=True)
        self._thread.start()
        built.result()
        if config.worker.metrics_port is not None:
            start_http_server(config.worker.metrics_port)
        _log.info("dispatch started", apps=len(config.apps))

    def close(self, _parent: Any) -> None:
        """Stop reading; what is in flight goes on."""
        if self._loop and self._closing and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._closing.set)

    def stop(self, parent: Any) -> None:
        """Wait until everything in flight is settled, at most ``DRAIN_S``."""
        self.close(parent)
        if self._thread:
            self._thread.join(DRAIN_S)
            _log.info("dispatch stopped", drained=not self._thread.is_alive())

    terminate = stop

    def _run(self, config: Config, built: "Future[None]") -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._main(config, built))

    async def _main(self, config: Config, built: "Future[None]") -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        try:
            connection = connection_of(config)
            engine = build(config, connection, self._closing)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            built.set_exception(error)
            return
        built.set_result(None)
        try:
            await engine.run()
        finally:
            await connection.aclose()
