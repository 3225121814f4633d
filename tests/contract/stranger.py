"""A server that owes nothing to this project: Node's HTTP/2 stack in a child process."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import trustme

SCRIPT = Path(__file__).with_name("stranger.cjs")


def does(behaviour: str, **script: Any) -> str:
    """Return a path segment, fit for a device token, that tells the stranger how to behave."""
    return f"{behaviour}_{json.dumps(script).encode().hex()}" if script else behaviour


@dataclass(frozen=True, slots=True)
class Stranger:
    """A running server: where it is, whom to trust, and what it saw."""

    origin: str
    ca_file: str
    ca: trustme.CA
    _commands: IO[str]
    _answers: IO[str]

    def seen(self) -> list[dict[str, Any]]:
        """Return every request that reached the server, oldest first."""
        found: list[dict[str, Any]] = self._ask("seen")
        return found

    def connections(self) -> int:
        """Return how many connections were ever opened."""
        return int(self._ask("connections"))

    def open(self) -> int:
        """Return how many connections are open."""
        return int(self._ask("open"))

    def hang_up(self) -> None:
        """Destroy every connection."""
        self._ask("hangUp")

    def _ask(self, command: str) -> Any:
        return asked(self._commands, self._answers, command)


class Strangers:
    """Node, which runs one server after the other: each has seen nothing yet, and its start costs next to nothing."""

    def __init__(self, commands: IO[str], answers: IO[str]) -> None:
        self._commands, self._answers = commands, answers

    @contextmanager
    def server(self, folder: Path, *, limit: int = 0, later: int = 0, mutual: bool = False) -> Iterator[Stranger]:
        """Run a server; ``limit`` streams at first, ``later`` after an answer; ``mutual`` asks for a certificate."""
        ca = trustme.CA()
        ca_file = folder / "ca.pem"
        ca.cert_pem.write_to_path(str(ca_file))
        options = {
            "pem": ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes().decode(),
            "ca": ca.cert_pem.bytes().decode(),
            "limit": limit,
            "later": later,
            "mutual": mutual,
        }
        port = asked(self._commands, self._answers, json.dumps(options))
        try:
            yield Stranger(f"https://127.0.0.1:{port}", str(ca_file), ca, self._commands, self._answers)
        finally:
            asked(self._commands, self._answers, "close")


@contextmanager
def running_strangers() -> Iterator[Strangers]:
    """Run Node for the length of the block."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: no foreign HTTP/2 server to test against")
    with subprocess.Popen([node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        if child.stdin is None or child.stdout is None:
            raise AssertionError
        yield Strangers(child.stdin, child.stdout)
        child.stdin.close()


def asked(commands: IO[str], answers: IO[str], command: str) -> Any:
    """Send Node one command; return its answer."""
    commands.write(command + "\n")
    commands.flush()
    return json.loads(answers.readline())
