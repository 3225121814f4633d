"""nghttp2's h2load: requests that were worded beforehand, sent by a C program; nothing can be cheaper than that.

Before anything else it shows what nginx can take, so that nobody takes the sink's limit for a subject's.
"""

import re
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.benchmarks.missing import Missing
from tests.benchmarks.peers.control import IN_FLIGHT
from tests.benchmarks.processor import Used
from tests.benchmarks.rig import Rig
from tests.benchmarks.sinks.nginx import Sinks
from tests.benchmarks.turn import BODY, SENDER, TITLE, Turn
from tests.crosscheck.place import TOPIC

_HEADERS = {
    "apns-topic": TOPIC,
    "apns-push-type": "alert",
    "apns-priority": "10",
    "content-type": "application/json",
    "apns-id": "5f0c7a0e-6a4f-4c0b-9d1e-0ff11e9c0de5",
    "apns-expiration": "1800000000",
    "apns-collapse-id": "0" * 32,
    # As long as a provider token.
    "authorization": f"bearer {'x' * 180}",
}
_RATE, _DONE = re.compile(r"finished in .*, ([\d.]+) req/s"), re.compile(r"(\d+) succeeded")
#: For the sink's own limit: connections, and requests.
_CONNECTIONS, _ENOUGH = 4, 50_000
#: Requests beyond those that open the connections.
_STEADY = 20_000


class LoadGenerator:
    """h2load, a process for each turn, on one connection with as many streams as the others have."""

    def __init__(self, rig: Rig) -> None:
        """Nothing runs between turns."""
        self._folder, self._origin = rig.folder, rig.sinks.ready["endpoints"]["apns"]

    def used(self) -> Used:
        """Return what the processes that have ended used; no other child of ours ends during a turn."""
        return Used(_ended_s(), 0)

    def send(self, turn: Turn) -> None:
        """Send one body to every token of the turn."""
        paths = self._folder / "h2load.urls"
        paths.write_text("".join(f"{self._origin}/3/device/{token}\n" for token, _ in turn.notifications()))
        _run(self._folder, turn, ["-n", str(turn.count), "-c", "1", "-m", str(IN_FLIGHT), "-i", str(paths)])


@contextmanager
def load_generator(rig: Rig) -> Iterator[LoadGenerator]:
    """Give h2load.

    Raises:
        Missing: it is not installed.
    """
    _require()
    yield LoadGenerator(rig)


def ceiling(rig: Rig) -> float:
    """Return how many requests a second the sink takes from h2load.

    Raises:
        Missing: h2load is not installed.
    """
    _require()
    turn, url = Turn(0, 1, 1, ("apns",)), f"{rig.sinks.ready['endpoints']['apns']}/3/device/00"
    size = ["-n", str(_ENOUGH), "-c", str(_CONNECTIONS), "-m", str(IN_FLIGHT // _CONNECTIONS)]
    found = _RATE.search(_run(rig.folder, turn, [*size, url]))
    assert found
    return float(found[1])


def cpu_us(sinks: Sinks, folder: Path, connections: int) -> float:
    """Return microseconds of h2load's CPU a request, on so many connections; what it takes to open them is left out.

    Raises:
        Missing: h2load is not installed.
    """
    _require()
    turn, url = Turn(0, 1, 1, ("apns",)), f"{sinks.ready['endpoints']['apns']}/3/device/00"
    size = ["-c", str(connections), "-m", str(max(1, IN_FLIGHT // connections)), url]
    before = _ended_s()
    _run(folder, turn, ["-n", str(connections), *size])
    opened = _ended_s()
    _run(folder, turn, ["-n", str(connections + _STEADY), *size])
    return (_ended_s() - opened - (opened - before)) / _STEADY * 1e6


def _ended_s() -> float:
    """Return the CPU seconds of all children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _run(folder: Path, turn: Turn, arguments: Sequence[str]) -> str:
    body = folder / "h2load.json"
    data = {"t": "someone", "f": SENDER, "m": turn.msg_id(0)}
    alert = {"title": TITLE, "body": BODY}
    body.write_bytes(msgspec.json.encode({**data, "aps": {"badge": 1, "alert": alert, "sound": "default"}}))
    headers = [part for header in _HEADERS.items() for part in ("-H", ": ".join(header))]
    command = ["h2load", "-t", "1", "-d", str(body), *headers, *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    wanted, done = int(arguments[1]), _DONE.search(told)
    assert done, told
    assert int(done[1]) == wanted, told
    return told


def _require() -> None:
    if shutil.which("h2load") is None:
        raise Missing("h2load is not installed (Debian: apt install nghttp2-client)")
