"""Servers and configuration files for the commands that need a Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.burials import OTHER, Burials
from tests.integration.configuration import APNS, APPKEY, FCM
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children


@pytest.fixture(scope="session")
def redis_url(session_children: Children) -> Iterator[str]:
    """A server for the commands of the whole run."""
    with embedded_server(session_children, append_only=True) as server:
        yield server.url


@pytest.fixture
def database(redis_url: str) -> Iterator[redis.Redis]:
    """An empty database."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def config(redis_url: str, tmp_path: Path) -> Path:
    """A configuration file that names the server and nothing else."""
    path = tmp_path / "config.toml"
    path.write_text(f'[redis]\nurl = "{redis_url}"\n')
    return path


@pytest.fixture
def burials(redis_server: EmbeddedServer) -> Iterator[Burials]:
    """No dead letters yet, on a server of each program."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield Burials(client)


@pytest.fixture
def two_apps(redis_server: EmbeddedServer, tmp_path: Path) -> Path:
    """A configuration of two apps; the first has two channels, the other one."""
    apple = 'provider = "apns"\ntopic = "t"\nkey_file = "k.p8"\nkey_id = "K"\nteam_id = "T"\n'
    google = 'provider = "fcm"\nservice_account_file = "sa.json"\n'
    channels = [(APPKEY, APNS, apple), (APPKEY, FCM, google), (OTHER, APNS, apple)]
    sections = [f'[[apps."{app}".channels]]\nnotifier = "{notifier}"\n{rest}' for app, notifier, rest in channels]
    path = tmp_path / "two_apps.toml"
    path.write_text(f'[redis]\nurl = "{redis_server.url}"\n' + "".join(sections))
    return path
