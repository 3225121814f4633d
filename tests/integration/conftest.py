"""Scripts and lanes, called directly: a client as the worker has it."""

from collections.abc import Iterator

import pytest
import redis

from tests.integration.lane_stage import Play, player
from tests.integration.places import BACKENDS, needs
from tests.integration.script_calls import Run, runner
from tests.integration.topologies import KINDS, Topology
from worker.embedded import EmbeddedServer
from worker.processes import Children


@pytest.fixture
def run(redis_server: EmbeddedServer, database: redis.Redis) -> Run:
    """Run a coroutine with the worker's own client, on an empty database."""
    assert database.ping()
    return runner(redis_server.url)


@pytest.fixture
def play(redis_server: EmbeddedServer, database: redis.Redis) -> Play:
    """Play an act with a lane on an empty database."""
    return player(redis_server.url, database)


@pytest.fixture(scope="module", params=[(kind, backend) for kind in KINDS for backend in BACKENDS], ids="-".join)
def topology(
    request: pytest.FixtureRequest, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Topology]:
    """Each kind of place on each server program."""
    kind, backend = request.param
    needs(backend)
    found = KINDS[kind](session_children, tmp_path_factory.mktemp(kind), backend)
    yield found
    found.stop()
