"""The API beside a worker and the vendors, all of one configuration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api.api_process import SECRET, USER, Api, running_api
from tests.integration.configuration import HUAWEI, channels_of, write_configuration
from tests.integration.vendors import Vendors
from worker.embedded import EmbeddedServer
from worker.processes import Children


@pytest.fixture(scope="module")
def configuration(redis_server: EmbeddedServer, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three vendors, and a Huawei channel that takes receipts."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "receipt-secret").write_text(f"{SECRET}\n")
    channels = channels_of(vendors)
    channels[HUAWEI] |= {"receipt_user": USER, "receipt_secret_file": "receipt-secret"}
    write_configuration(folder / "config.toml", redis_server.url, channels)
    return folder / "config.toml"


@pytest.fixture(scope="module")
def api(configuration: Path, session_children: Children) -> Iterator[Api]:
    """The command, for the whole module."""
    with running_api(session_children, configuration, configuration.with_name("api.log")) as running:
        yield running
