"""The Celery bootstep that owns the event loop: one thread, one loop, one engine for each worker process.

Started after the pool and before Celery's consumer, stopped after it; untouched by broker reconnects.
https://docs.celeryq.dev/en/stable/userguide/extending.html
"""

import asyncio
import gc
import os
import threading
from concurrent.futures import Future
from typing import Any

import structlog
import uvloop
from celery import bootsteps

from worker.bootstrap import build, check_channels
from worker.config import Config, load_config
from worker.config_faults import ConfigError
from worker.config_sections import WorkerSettings
from worker.ending import end_process
from worker.guard import Guard
from worker.health import Health
from worker.health_http import HealthServer
from worker.redis_access import connection_of

#: Objects made and not freed until the youngest are looked at, and how many such looks until older ones are.
_COLLECT_AFTER = (50_000, 10, 10)
_log = structlog.get_logger(__name__)


class DispatchStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no type information
    """Runs the dispatch engine beside Celery's own consumer."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        """Start nothing yet."""
        super().__init__(parent, **options)
        self._guard: Guard | None = None

    def start(self, _parent: Any) -> None:
        """Start the loop thread and wait until the engine is built.

        Raises:
            ConfigError: the configuration cannot be read.
            SystemExit: the worker must not run with it: a credential cannot be used, or a port is taken.
        """
        config = load_config(None, os.environ)
        _check(config)
        self._drain_s = config.worker.drain_s
        self._health = Health(config.worker.stall_s)
        _serve(self._health, config.worker)
        built: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, args=(config, built), name="dispatch", daemon=True)
        self._thread.start()
        self._loop = built.result()
        self._guard = Guard(self._health, self._thread.ident, end_process)
        self._guard.start()
        _log.info("dispatch started", apps=len(config.apps))

    def close(self, _parent: Any) -> None:
        """Stop reading; what is in flight goes on."""
        if self._guard is None:
            return
        self._guard.stop()
        self._health.is_draining = True
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._health.closing.set)

    def stop(self, parent: Any) -> None:
        """Wait until everything in flight is settled, at most ``worker.drain_s``; what is left, others reclaim."""
        self.close(parent)
        if self._guard is not None:
            self._thread.join(self._drain_s)
            _log.info("dispatch stopped", drained=not self._thread.is_alive())

    terminate = stop

    def _run(self, config: Config, built: "Future[asyncio.AbstractEventLoop]") -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main(config, built))
        except Exception as error:  # noqa: BLE001 - a worker whose loop has ended would look alive and do nothing
            end_process("dispatch failed", error=type(error).__name__, exc_info=error)

    async def _main(self, config: Config, built: "Future[asyncio.AbstractEventLoop]") -> None:
        try:
            connection, look = connection_of(config), connection_of(config)
            engine = build(config, connection, look, self._health)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            built.set_exception(error)
            return
        built.set_result(asyncio.get_running_loop())
        _spare_collections()
        try:
            await engine.run()
        finally:
            await connection.aclose()
            await look.aclose()


def _spare_collections() -> None:
    """Look for garbage in cycles less often, and not among what is here by now, which stays.

    A push leaves none behind, but makes hundreds of objects: by default every few pushes have all others looked at.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _check(config: Config) -> None:
    """Say what is wrong in lines of our own: Celery would print a traceback."""
    try:
        check_channels(config)
    except ConfigError as error:
        for fault in error.faults:
            _log.error("configuration cannot be used", fault=fault)
        raise SystemExit(2) from None


def _serve(health: Health, settings: WorkerSettings) -> None:
    if settings.metrics_port is None:
        return
    try:
        server = HealthServer(health, settings.metrics_host, settings.metrics_port)
    except OSError as error:
        where = f"{settings.metrics_host}:{settings.metrics_port}"
        _log.error("cannot serve metrics and probes", address=where, error=error.strerror or str(error))
        raise SystemExit(1) from None
    server.start()
    _log.info("metrics and probes served", host=settings.metrics_host, port=server.server_port)
