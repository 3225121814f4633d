"""The API beside a worker and the vendors, all of one configuration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.api_process import SECRET, USER, Api, running_api
from tests.integration.api.callers import add_other_apps, credentials, lift_the_rate
from tests.integration.configuration import HUAWEI, channels_of, write_configuration
from tests.integration.vendors import Vendors
from worker.embedded import EmbeddedServer
from worker.processes import Children


@pytest.fixture(scope="module")
def configuration(redis_server: EmbeddedServer, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three vendors, a Huawei channel that takes receipts, and apps with credentials."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "receipt-secret").write_text(f"{SECRET}\n")
    channels = channels_of(vendors)
    channels[HUAWEI] |= {"receipt_user": USER, "receipt_secret_file": "receipt-secret"}
    path = folder / "config.toml"
    write_configuration(path, redis_server.url, channels, app=credentials(folder))
    add_other_apps(path)
    lift_the_rate(path)
    return path


@pytest.fixture(scope="module")
def api(configuration: Path, session_children: Children) -> Iterator[Api]:
    """The command, for the whole module."""
    with running_api(session_children, configuration, configuration.with_name("api.log")) as running:
        yield running
