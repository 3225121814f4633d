"""A vendor that owes nothing to this project: Node's HTTP stack as a child process, with scripted answers."""

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

SCRIPT = Path(__file__).with_name("vendor_stranger.cjs")


def says(status: int, body: object = "", **headers: str) -> dict[str, Any]:
    """Return one scripted answer; a body that is no string is sent as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "body": body if isinstance(body, str) else json.dumps(body), "headers": named}


@dataclass(frozen=True, slots=True)
class Vendor:
    """A running server: where it is, whom to trust, what to say, and what it saw."""

    origin: str
    ca_file: str
    _commands: IO[str]
    _answers: IO[str]

    def script(self, path: str, *answers: dict[str, Any]) -> None:
        """Set what a path answers, in turn; the last answer is repeated."""
        self._ask({"name": "script", "path": path, "answers": answers})

    def seen(self, path: str) -> list[dict[str, Any]]:
        """Return every request that reached a path, oldest first."""
        return [entry for entry in self._ask({"name": "seen"}) if entry["path"] == path]

    def reset(self) -> None:
        """Forget all answers and requests."""
        self._ask({"name": "reset"})

    def _ask(self, command: dict[str, Any]) -> Any:
        self._commands.write(json.dumps(command) + "\n")
        self._commands.flush()
        return json.loads(self._answers.readline())


@contextmanager
def running_vendor(folder: Path) -> Iterator[Vendor]:
    """Run a server on a port the system chose."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: no foreign HTTP/2 server to test against")
    ca = trustme.CA()
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    pem = ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes().decode()
    command = [node, str(SCRIPT), json.dumps({"pem": pem})]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        if child.stdin is None or child.stdout is None:
            raise AssertionError
        port = json.loads(child.stdout.readline())
        yield Vendor(f"https://127.0.0.1:{port}", str(ca_file), child.stdin, child.stdout)
        child.stdin.close()
