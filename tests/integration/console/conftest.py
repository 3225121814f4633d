"""The API, a worker and the vendors, with nearly nothing in the configuration file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.api_process import Api, running_api
from tests.integration.console.console import Console, write_console_configuration
from tests.integration.vendors import Vendors
from worker.embedded import EmbeddedServer
from worker.processes import Children


@pytest.fixture(scope="module")
def configuration(redis_server: EmbeddedServer, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One channel in the file, keys for secrets, and the ways to the simulator."""
    path = tmp_path_factory.mktemp("console") / "config.toml"
    write_console_configuration(path, redis_server.url, vendors, lease_s=2)
    return path


@pytest.fixture(scope="module")
def api(configuration: Path, session_children: Children) -> Iterator[Api]:
    """The API, for the whole module."""
    with running_api(session_children, configuration, configuration.with_name("api.log")) as running:
        yield running


@pytest.fixture
def console(api: Api) -> Console:
    """The app's console."""
    return Console(api.client)
