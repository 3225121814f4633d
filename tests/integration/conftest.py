"""Scripts, called directly: a client as the worker has it."""

import pytest
import redis

from tests.integration.script_calls import Run, runner
from worker.embedded import EmbeddedServer


@pytest.fixture
def run(redis_server: EmbeddedServer, database: redis.Redis) -> Run:
    """Run a coroutine with the worker's own client, on an empty database."""
    assert database.ping()
    return runner(redis_server.url)
