"""nghttp2's h2load: many requests of one kind over some connections, and how long each took."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.benchmarks.processor import threads_of


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one kind: the process that answers them, a URL, a header, and for a PUT the file with its body."""

    pid: int
    url: str
    headers: tuple[str, ...] = ()
    body: Path | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What one run showed: requests a second, the slowest of 100 in milliseconds, CPU microseconds for each."""

    rate_per_s: float
    p99_ms: float
    cpu_us: float


def measured(load: Load, log: Path, requests: int, connections: int) -> Measure:
    """Send the requests over HTTP/1.1, as fast as they are answered.

    Raises:
        RuntimeError: an answer was no 200.
    """
    log.unlink(missing_ok=True)
    before_s = _cpu_s(load)
    subprocess.run(_command(load, log, requests, connections), check=True, capture_output=True, timeout=600)
    rows = [tuple(map(int, line.split("\t"))) for line in log.read_text().splitlines()]
    if len(rows) != requests or {status for _, status, _ in rows} != {200}:
        raise RuntimeError(f"{load.url}: {len(rows)} answers, statuses {sorted({status for _, status, _ in rows})}")
    cpu_us = (_cpu_s(load) - before_s) / requests * 1e6
    lasted_us = max(start + took for start, _, took in rows) - min(start for start, _, _ in rows)
    return Measure(requests / lasted_us * 1e6, quantiles((took for _, _, took in rows), n=100)[98] / 1e3, cpu_us)


def _cpu_s(load: Load) -> float:
    return sum(threads_of(load.pid).values())


def _command(load: Load, log: Path, requests: int, connections: int) -> list[str]:
    put = ["-H", ":method: PUT", "-d", str(load.body)] if load.body else []
    headers = [part for header in load.headers for part in ("-H", header)]
    size = ["-n", str(requests), "-c", str(connections), "-t", "1"]
    return ["h2load", "--h1", *size, f"--log-file={log}", *headers, *put, load.url]
