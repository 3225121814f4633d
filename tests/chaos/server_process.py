"""One Redis or Valkey process that may be killed, frozen and started again on its port with its data."""

import signal
import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.chaos.access import Access
from tests.integration.eventually import eventually
from tests.ports import HOST, own_port
from worker.embedded import _PROGRAMS, Backend, EmbeddedError
from worker.processes import Children

#: Spoken to by anyone, without TLS.
OPEN = Access()
_START_S = 30
#: A server that does not answer is given up after this; nobody asks one that is frozen.
_ANSWER_S = 15


def program_of(backend: Backend) -> str:
    """Return the path of a server program: ``valkey`` from its wheel, ``redis`` from the PATH.

    Raises:
        EmbeddedError: it is not installed.
    """
    return _PROGRAMS[backend]()


def is_installed(backend: Backend) -> bool:
    """Return whether the program can be run here."""
    try:
        return bool(program_of(backend))
    except EmbeddedError:
        return False


def arguments(options: dict[str, str]) -> list[str]:
    """Return options as arguments: ``append_only="yes"`` is ``--append-only yes``."""
    return [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]


def replicating(appendfsync: str) -> dict[str, str]:
    """Return the options of a server that keeps what it has, and whose replicas are soon in step."""
    return {
        "bind": HOST,
        "save": "",
        "appendonly": "yes",
        "appendfsync": appendfsync,
        "maxmemory_policy": "noeviction",
        # Replicas are there in a moment, not in the five seconds that a busy server waits for more of them.
        "repl_diskless_sync_delay": "0",
        "repl_ping_replica_period": "1",
    }


class ServerProcess:
    """A server with a directory and a port of its own. It keeps them over its lives."""

    def __init__(self, children: Children, command: list[str], directory: Path, access: Access = OPEN) -> None:
        """``command`` is the program and its options, but for port, directory and log."""
        directory.mkdir(parents=True, exist_ok=True)
        self._children, self._command, self.directory, self._access = children, command, directory, access
        self.port = own_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Its URL, database 0."""
        return self._access.url(self.address)

    @property
    def is_running(self) -> bool:
        """Whether the process is alive, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def client(self) -> redis.Redis:
        """Return a client that repeats nothing by itself; the caller closes it."""
        options = self._access.client_options()
        return redis.Redis(HOST, self.port, socket_timeout=_ANSWER_S, retry=Retry(NoBackoff(), 0), **options)

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        place = {"dir": str(self.directory), "logfile": str(self.directory / "server.log")}
        options = arguments(self._access.port_options(self.port) | place)
        quiet = subprocess.DEVNULL
        process = self._children.start([*self._command, *options], stdout=quiet, stderr=quiet)
        self._process = process
        eventually(lambda: process.poll() is not None or self._answers(process), deadline_s=_START_S)
        assert process.poll() is None, self._last_words()

    def kill(self) -> None:
        """``kill -9``: what was not on disk is lost."""
        self._signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> None:
        """End it in good order."""
        self._gone()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, as behind a dead network."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        try:
            with self.client() as client:
                return int(client.info("server")["process_id"]) == process.pid
        except redis.RedisError:  # not listening yet, or still loading its file
            return False

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def _gone(self) -> None:
        assert self._process
        self._children.stop(self._process)

    def _last_words(self) -> str:
        log = self.directory / "server.log"
        return log.read_text("utf-8", "replace")[-500:] if log.exists() else "it wrote no log"
