"""Real servers for every test that wants them: Redis, the fake vendors, a Celery worker."""

import gc
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.configuration import channels_of, write_configuration
from tests.integration.deployment import Deployment
from tests.integration.vendors import Vendors, running_vendors
from tests.integration.worker_process import WorkerProcess
from tests.warm_children import WarmChildren
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children

# Jobs in a shell's background ignore Ctrl-C, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ("tests.authorities", "tests.distribution", "tests.figures", "tests.long_form", "tests.programs")

_NEEDS_REDIS = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let no collection of garbage look through all tests: there are thousands, and they stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def session_children(is_long: bool) -> Iterator[Children]:
    """Processes of the whole run; the long forms start their programs as users do."""
    with Children() if is_long else WarmChildren() as children:
        yield children


@pytest.fixture(scope="session", params=["valkey", pytest.param("redis", marks=_NEEDS_REDIS)])
def redis_server(request: pytest.FixtureRequest, session_children: Children) -> Iterator[EmbeddedServer]:
    """One server of each program for the whole run."""
    with embedded_server(session_children, backend=request.param) as server:
        yield server


@pytest.fixture
def database(redis_server: EmbeddedServer) -> Iterator[redis.Redis]:
    """An empty database."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def vendors(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    """One simulator for the whole run. Tokens keep their fates, so every test takes fresh ones."""
    with running_vendors(session_children, tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def simulator(vendors: Vendors) -> Vendors:
    """The simulator with an empty ledger."""
    vendors.reset()
    return vendors


@pytest.fixture(scope="module")
def configuration(redis_server: EmbeddedServer, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration file with the three vendors and a short lease, so that takeover is quick."""
    path = tmp_path_factory.mktemp("worker") / "config.toml"
    write_configuration(path, redis_server.url, channels_of(vendors), lease_s=2, retry_attempts=3)
    return path


@pytest.fixture(scope="module")
def idle(
    redis_server: EmbeddedServer, vendors: Vendors, configuration: Path, session_children: Children
) -> Iterator[Deployment]:
    """A deployment on an empty database whose worker the test starts itself."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        vendors.reset()
        worker = WorkerProcess(session_children, configuration)
        yield Deployment(client, vendors, worker)
        worker.gone()


@pytest.fixture(scope="module")
def deployment(idle: Deployment) -> Iterator[Deployment]:
    """A deployment whose worker runs for the whole module."""
    idle.worker.started()
    yield idle
    assert idle.worker.stop() == 0


@pytest.fixture(scope="module")
def worker_process(deployment: Deployment) -> WorkerProcess:
    """The worker of ``deployment``."""
    return deployment.worker
