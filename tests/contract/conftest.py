import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from tests.contract.stranger import Stranger, Strangers, running_strangers
from tests.contract.wire import Begun, Run, Way, tunnels

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run a test's coroutine on each kind of event loop."""
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        yield runner.run


@pytest.fixture(scope="session")
def strangers() -> Iterator[Strangers]:
    """Run Node for all tests."""
    with running_strangers() as running:
        yield running


@pytest.fixture
def node(strangers: Strangers, tmp_path: Path) -> Iterator[Stranger]:
    """Run Node's HTTP/2 server."""
    with strangers.server(tmp_path) as running:
        yield running


@pytest.fixture(params=["direct", "begun", "proxy"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Reach the server in each way, and so over each kind of wire."""
    if request.param == "direct":
        yield Way()
    elif request.param == "begun":
        yield Way(kind=Begun)
    else:
        with tunnels() as proxy:
            yield Way(proxy)
