"""One server and its configuration file for the commands that need a Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from worker.embedded import embedded_server
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
