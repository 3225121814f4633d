"""The real Web SDKs before the real API, beside the real worker and the fake vendors."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.compatibility.places import KEYS, add_apps
from tests.compatibility.sdk import FOLDER, Client, Sdk, running_sdk
from tests.compatibility.server import Server, app_server
from tests.crosscheck import npm
from tests.integration.api.api_process import Api, running_api
from tests.integration.configuration import channels_of, write_configuration
from tests.integration.deployment import fresh
from tests.integration.vendors import Vendors
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children

SDKS = ("easemob-websdk", "agora-chat")


@pytest.fixture(scope="session")
def redis_server(session_children: Children) -> Iterator[EmbeddedServer]:
    """One server: what differs between the programs is tested elsewhere."""
    with embedded_server(session_children) as server:
        yield server


@pytest.fixture(scope="session")
def configuration(redis_server: EmbeddedServer, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One configuration for the API and the worker."""
    path = tmp_path_factory.mktemp("compatibility") / "config.toml"
    write_configuration(path, redis_server.url, channels_of(vendors), app=KEYS, lease_s=2)
    add_apps(path)
    return path


@pytest.fixture(scope="session")
def api_process(configuration: Path, session_children: Children) -> Iterator[Api]:
    """The API."""
    with running_api(session_children, configuration, configuration.with_name("api.log")) as running:
        yield running


@pytest.fixture(scope="session")
def api(api_process: Api) -> str:
    """Where the API is: what goes into the SDK's ``apiUrl``."""
    return str(api_process.client.base_url).rstrip("/")


@pytest.fixture(scope="session")
def server(api: str) -> Server:
    """The app's own server."""
    return app_server(api)


@pytest.fixture(scope="session", params=SDKS)
def sdk(
    request: pytest.FixtureRequest, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sdk]:
    """Each of the SDKs."""
    npm.install(FOLDER)
    with running_sdk(session_children, request.param, tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture
def log_in(sdk: Sdk, api: str, server: Server) -> Callable[[str], Client]:
    """Log a user in."""
    return lambda user: Client(sdk, api, user, server.user_token(user))


@pytest.fixture
def bob(log_in: Callable[[str], Client]) -> Client:
    """A user whom nobody has met."""
    return log_in(fresh("bob"))
