"""One API for all of these tests: an app, and one without the advanced features."""

from collections.abc import Iterator

import pytest
import redis

from tests.integration.api.api_process import Api, running_api
from tests.integration.api.push.client import CLIENT_ID, CLIENT_SECRET, Caller, app_caller, user_caller
from tests.integration.api.push.stored import Stored
from tests.integration.configuration import write_configuration
from tests.integration.deployment import fresh
from worker.embedded import EmbeddedServer
from worker.processes import Children

_CREDENTIALS = {"client_id": CLIENT_ID, "client_secret_file": "client-secret"}
FILE_TEMPLATE = "fromFile"
_MORE = f"""
[apps."org#app".templates.{FILE_TEMPLATE}]
title_pattern = "from the file"
content_pattern = "{{$msg}}"
[apps."org#plain"]
advanced = false
client_id = "{CLIENT_ID}"
client_secret_file = "client-secret"
[api]
rate_per_s = 1000000
"""


@pytest.fixture(scope="session")
def push_api(
    redis_server: EmbeddedServer, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The command; it keeps nothing outside Redis, so that all tests may share it."""
    folder = tmp_path_factory.mktemp("push-api")
    (folder / "client-secret").write_text(f"{CLIENT_SECRET}\n")
    write_configuration(folder / "config.toml", redis_server.url, {}, app=_CREDENTIALS)
    with (folder / "config.toml").open("a") as file:
        file.write(_MORE)
    with running_api(session_children, folder / "config.toml", folder / "api.log") as running:
        yield running


@pytest.fixture(scope="session")
def server(push_api: Api) -> Caller:
    """The app's own server."""
    return app_caller(push_api.client)


@pytest.fixture
def bob(server: Caller) -> Caller:
    """A user whom nobody has met."""
    return user_caller(server, fresh("bob"))


@pytest.fixture
def plain(push_api: Api) -> Caller:
    """A user of the app that has no advanced features."""
    return user_caller(app_caller(push_api.client, "/org/plain"), fresh("bob"))


@pytest.fixture
def stored(redis_server: EmbeddedServer) -> Iterator[Stored]:
    """What Redis holds of users; others fill it too, so nothing is flushed."""
    with redis.Redis.from_url(redis_server.url) as client:
        yield Stored(client)
