"""What all proofs stand on: three vendors, each in a process of its own, and Redis servers to be mistreated."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
import redis

from tests.hard.fake_vendors import FakeVendors, fake_vendors
from tests.integration.configuration import NOTIFIERS
from tests.integration.restartable_server import BACKENDS, RestartableServer, running_server
from worker.processes import Children

#: Vendor -> its own simulator: one Python process could not answer for three.
Books = Mapping[str, FakeVendors]
#: Seconds that a test may take in the short form.
_BUSY_S = 400
StartServer = Callable[..., AbstractContextManager[RestartableServer]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the short form time on a busy machine, too: it starts many workers."""
    if not config.getoption("--long"):
        for item in items:
            if item.path.parent == Path(__file__).parent:
                item.add_marker(pytest.mark.timeout(_BUSY_S))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what names a ``backend`` on both programs; the second is left to the long form."""
    if "backend" in metafunc.fixturenames:
        chosen = BACKENDS if metafunc.config.getoption("--long") else BACKENDS[:1]
        metafunc.parametrize("backend", chosen, scope="module")


@pytest.fixture(scope="session")
def simulators(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """One simulator for each vendor."""
    root = tmp_path_factory.mktemp("vendors")
    with ExitStack() as stack:
        yield {vendor: stack.enter_context(fake_vendors(session_children, root / vendor)) for vendor in NOTIFIERS}


@pytest.fixture
def books(simulators: Books) -> Books:
    """The vendors with empty books and on a good day."""
    for vendors in simulators.values():
        vendors.reset()
    return simulators


@pytest.fixture
def start_server(session_children: Children, tmp_path: Path) -> StartServer:
    """Run a Redis server for the length of a block; arguments are the program and the server's options."""
    return lambda backend="valkey", **options: running_server(session_children, tmp_path / "redis", backend, **options)


@pytest.fixture
def valkey(start_server: StartServer) -> Iterator[RestartableServer]:
    """A server as the embedded default runs it."""
    with start_server() as server:
        yield server


@pytest.fixture
def client(valkey: RestartableServer) -> Iterator[redis.Redis]:
    """A client of it."""
    with valkey.client() as connected:
        yield connected
