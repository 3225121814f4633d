"""The composition root of the HTTP API: from a configuration to an ASGI application."""

from collections.abc import Iterator
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from worker.api import channels, description, docs, health, policy, push, receipts, refusing, tokens
from worker.api.access_log import AccessLog
from worker.api.body_limit import BodyLimit
from worker.api.console_services import ConsoleServices
from worker.api.cors import Cors
from worker.api.direct import DirectRoutes
from worker.api.gate import Gate
from worker.api.rates import buckets
from worker.api.segments import Segments
from worker.clock import wall_clock
from worker.config import Config
from worker.consoles import Consoles
from worker.store.channels import ChannelStore
from worker.store.connection import Connection
from worker.store.console import ConsoleStore
from worker.store.gathering import gathering
from worker.store.keys import Partitions
from worker.store.receipts import ReceiptStore
from worker.store.scripts import Scripts
from worker.store.tokens import TokenStore
from worker.tokens import authorities


def build(config: Config, connection: Connection) -> FastAPI:
    """Return the API; it opens and closes nothing.

    Raises:
        ConfigError: a secret that the API checks against cannot be used.
    """
    app = FastAPI(
        title="offline-push",
        version=version("offline-push"),
        docs_url=None,
        redoc_url=None,
        # No caller of ours repeats a POST elsewhere: a path is right or unknown.
        redirect_slashes=False,
        # Where OpenTelemetry is set up, FastAPI would report exceptions with what they quote.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    client = gathering(connection.writer)
    app.state.gate = _gate(config, TokenStore(client, Scripts(client)))
    app.state.console = console = _console(config, connection, Partitions(config.redis.partitions))
    # Not ``include_router``: FastAPI goes through what it has included with each request, and that twice.
    app.router.routes += [route for router in _routers(config, client, console.consoles) for route in router.routes]
    app.add_middleware(DirectRoutes, routes=app.routes)
    for middleware in (Segments, BodyLimit, Cors, AccessLog):  # from the inside to the outside
        app.add_middleware(middleware)
    refusing.install(app)
    description.install(app)
    app.router.routes += docs.router(app).routes
    return app


def _routers(config: Config, client: Redis, consoles: Consoles) -> Iterator[APIRouter]:
    scripts, partitions = Scripts(client), Partitions(config.redis.partitions)
    yield health.router(client)
    yield receipts.router(config, consoles, ReceiptStore(scripts, partitions, config.worker.retired_s), wall_clock)
    yield tokens.router(config.api.token_ttl_s)
    yield from push.routers(config, client, consoles, wall_clock)
    yield policy.routes
    yield channels.routes


def _console(config: Config, connection: Connection, partitions: Partitions) -> ConsoleServices:
    store = ConsoleStore(connection.writer)
    channels_made = ChannelStore(connection.writer, partitions)
    return ConsoleServices(config, Consoles(config, store), store, channels_made, wall_clock)


def _gate(config: Config, store: TokenStore) -> Gate:
    return Gate(frozenset(config.apps), authorities(config), store, buckets(config.api.rate_per_s), wall_clock)
