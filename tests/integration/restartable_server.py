"""A Redis server that is restarted, killed and robbed of its file, and keeps its port over all of it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.ports import own_port
from worker.embedded import _PROGRAMS, Backend, _answers, _options
from worker.processes import Children

#: Parameters of a test that is to hold on either program.
BACKENDS = (
    "valkey",
    pytest.param(
        "redis", marks=pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
    ),
)
#: Longer than any server hangs in a test.
_PATIENCE_S = 30.0


class RestartableServer:
    """A Redis server that keeps its port and its append-only file over restarts.

    Args:
        children: who owns the process.
        backend: which program; EmbeddedError when it is not installed.
        directory: where its files are.
        options: of the server, ``appendfsync="always"`` for instance.
    """

    def __init__(self, children: Children, backend: Backend, directory: Path, **options: str) -> None:
        """Choose the port; start nothing yet."""
        self._children, self._directory, self.port = children, directory, own_port()
        own = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        self._command = [_PROGRAMS[backend](), *_options(directory, append_only=True), *own, "--port", str(self.port)]

    @property
    def url(self) -> str:
        """For redis-py and for the configuration."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """Return a client that asks once, and is patient: redis-py would ask again by itself, ten times."""
        return redis.Redis.from_url(self.url, socket_timeout=_PATIENCE_S, retry=Retry(NoBackoff(), 0))

    def start(self) -> None:
        """Start it and wait until it answers."""
        quiet = subprocess.DEVNULL
        self._process = self._children.start(self._command, stdout=quiet, stderr=quiet)
        assert _answers(self._process, self.port)

    def stop(self) -> None:
        """End it in good order."""
        self._children.stop(self._process)

    def kill(self) -> None:
        """SIGKILL: what it has not written yet is gone."""
        self._process.kill()
        self._process.wait()
        self._children.stop(self._process)

    def forget(self) -> None:
        """Remove its append-only file; it must not run."""
        shutil.rmtree(self._directory / "appendonlydir")


@contextmanager
def running_server(
    children: Children, directory: Path, backend: Backend = "valkey", **options: str
) -> Iterator[RestartableServer]:
    """Run a server for the length of the block; arguments as above."""
    server = RestartableServer(children, backend, directory, **options)
    directory.mkdir()
    server.start()
    try:
        yield server
    finally:
        server.stop()
