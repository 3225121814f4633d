"""The composition root of the HTTP API: from a configuration to an ASGI application."""

from importlib.metadata import version

from fastapi import FastAPI

from worker.api import health, receipts, refusals
from worker.api.access_log import AccessLog
from worker.api.body_limit import BodyLimit
from worker.clock import wall_clock
from worker.config import Config
from worker.store.connection import Connection
from worker.store.keys import Partitions
from worker.store.receipts import ReceiptStore
from worker.store.scripts import Scripts


def build(config: Config, connection: Connection) -> FastAPI:
    """Return the API; it opens and closes nothing.

    Raises:
        ConfigError: a secret that the API checks against cannot be used.
    """
    app = FastAPI(
        title="offline-push",
        version=version("offline-push"),
        redoc_url=None,
        # No caller of ours repeats a POST elsewhere: a path is right or unknown.
        redirect_slashes=False,
        # Where OpenTelemetry is set up, FastAPI would report exceptions with what they quote.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    store = ReceiptStore(Scripts(connection.writer), Partitions(config.redis.partitions), config.worker.retired_s)
    app.include_router(health.router(connection.writer))
    app.include_router(receipts.router(config, store, wall_clock))
    app.add_middleware(BodyLimit)
    app.add_middleware(AccessLog)
    refusals.install(app)
    return app
