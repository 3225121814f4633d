"""A peer in a process of its own, which sends what it is told to and counts what was refused."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.missing import Missing
from tests.benchmarks.peers.control import IN_FLIGHT
from tests.benchmarks.peers.environment import interpreter
from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig
from tests.benchmarks.turn import BODY, TITLE, Turn
from tests.crosscheck import npm
from tests.crosscheck.place import TOPIC
from tests.integration.eventually import at_last
from tests.integration.vendors import ROOT

PEERS = Path(__file__).parents[1] / "peers"
_DEADLINE_S = 300
#: What a peer that has ended may still say, and for how long.
_LAST_WORDS, _LAST_S = 2000, 5.0


class Peer:
    """A running peer."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket, log: Path) -> None:
        """``control`` is the benchmark's end of the line to it."""
        self._process, self._control, self._log = process, control, log

    def used(self) -> Used:
        """Return what its processes have used."""
        return used_by(self._process.pid)

    def send(self, turn: Turn) -> None:
        """Have it send a turn."""
        refused = self._asked(json.dumps(asdict(turn)).encode() + b"\n")
        if refused != b"0\n":
            at_last(self._process.poll, lambda status: status is not None, _LAST_S)
            raise AssertionError(f"refused {refused!r} of {turn.count}; {self._log.read_text()[-_LAST_WORDS:]}")

    def _asked(self, line: bytes) -> bytes:
        try:
            self._control.sendall(line)
            return self._control.recv(100)
        except OSError as error:  # it has ended, or does not
            return repr(error).encode()


@contextmanager
def running_peer(rig: Rig, name: str, command: Sequence[str], job: Mapping[str, Any]) -> Iterator[Peer]:
    """Run a peer for the length of the block; its job gets what is the same for all of them."""
    ours, theirs = socket.socketpair()
    ours.settimeout(_DEADLINE_S)
    members = {"title": TITLE, "body": BODY, "in_flight": IN_FLIGHT, "control": theirs.fileno(), **job}
    path = rig.folder / f"{name}.log"
    with ours, path.open("wb") as log:
        with theirs:
            process = rig.children.start(
                [*command, json.dumps(members)],
                env=_environment(rig.sinks.ready["ca_file"]),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )
        try:
            yield Peer(process, ours, path)
        finally:
            rig.children.stop(process)


def apns_job(rig: Rig, **members: Any) -> dict[str, Any]:
    """Return the job of an APNs client."""
    ready = rig.sinks.ready
    known = {"port": rig.sinks.port("apns"), "ca_file": ready["ca_file"], "topic": TOPIC}
    return {**known, **ready["credentials"]["apns"], **members}


def fcm_job(rig: Rig) -> dict[str, Any]:
    """Return the job of an FCM client."""
    ready = rig.sinks.ready
    ports = {"fcm.googleapis.com": rig.sinks.port("fcm"), "oauth2.googleapis.com": rig.sinks.port("fcm")}
    return {"endpoint": ready["endpoints"]["fcm"], "ports": ports, **ready["credentials"]["fcm"]}


def python(module: str) -> list[str]:
    """Return the command of a peer that needs what the project has."""
    return [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.peers.{module}"]


def own_python(module: str) -> list[str]:
    """Return the command of a peer that the project does not depend on.

    Raises:
        Missing: it cannot be installed.
    """
    return [interpreter(), "-W", "ignore", "-m", f"tests.benchmarks.peers.{module}"]


def node(script: str) -> list[str]:
    """Return the command of a peer from npm, whose packages are installed once.

    Raises:
        Missing: there is no Node, or no registry.
    """
    try:
        npm.install()
    except pytest.skip.Exception as reason:
        raise Missing(str(reason)) from None
    return ["node", str(PEERS / script)]


def _environment(ca_file: str) -> dict[str, str]:
    """Return an environment in which every library trusts the sink, and asks no proxy for it."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    trusted = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), ca_file)
    return {**kept, **trusted, "NODE_PATH": str(npm.FOLDER / "node_modules"), "PYTHONPATH": str(ROOT)}
