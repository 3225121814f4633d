"""How fast settings are read and written over HTTP, beside a bare Starlette route in the same run.

``python -m tests.benchmarks.api_routes [REQUESTS]``: so many requests of each kind in each of five rounds. The kinds
take turns, so that a busy machine slows all of them; ratios are what to compare between machines.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.h2load import Load, Measure, measured
from tests.compatibility.places import running_place
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT
from worker.processes import Children

_REQUESTS, _ROUNDS, _CONNECTIONS = 10_000, 5, 16
_SETTING = "/org/app/users/bob/notification/user/bob"
_BODY = '{"type":"NONE"}'
_BARE = "bare Starlette route"


@contextmanager
def bare_route(children: Children, folder: Path) -> Iterator[tuple[int, str]]:
    """Run the yardstick for the length of the block; yield its process and its address."""
    ready = folder / "bare"
    with ready.open("wb") as output:
        process = children.start([sys.executable, "-m", "tests.benchmarks.bare"], stdout=output, cwd=ROOT)
    port = int(eventually(ready.read_text, lambda text: text.endswith(chr(10))))
    yield process.pid, f"http://127.0.0.1:{port}"
    children.stop(process)


@contextmanager
def running(children: Children, folder: Path) -> Iterator[Mapping[str, Load]]:
    """Run the API, its Redis server and the yardstick; yield the kinds of requests by name."""
    body = folder / "body.json"
    body.write_text(_BODY)
    with running_place(children, folder) as place, bare_route(children, folder) as (pid, bare):
        server = place.server().as_user("bob")
        server.done("PUT", _SETTING.removeprefix(server.app), {"type": "NONE"})
        headers = (f"authorization: Bearer {server.token}", "content-type: application/json")
        yield {
            f"{_BARE}, GET": Load(pid, bare + _SETTING, headers),
            "a setting, GET": Load(place.pid, place.api + _SETTING, headers),
            f"{_BARE}, PUT": Load(pid, bare + _SETTING, headers, body),
            "a setting, PUT": Load(place.pid, place.api + _SETTING, headers, body),
        }


def main() -> int:
    """Measure and print one line for each kind."""
    if shutil.which("h2load") is None:
        sys.stderr.write("h2load is not installed (Debian: apt install nghttp2-client)\n")
        return 1
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else _REQUESTS
    with tempfile.TemporaryDirectory() as name, Children() as children, running(children, Path(name)) as loads:
        rounds = [
            {kind: measured(load, Path(name, "log"), requests, _CONNECTIONS) for kind, load in loads.items()}
            for _ in range(_ROUNDS)
        ]
    for line in lines(rounds):
        sys.stdout.write(f"{line}\n")
    return 0


def lines(rounds: list[dict[str, Measure]]) -> Iterator[str]:
    """Yield the medians of the rounds, and those of the ratios to the yardstick of the same round and method."""
    yield f"{'':28}{'requests/s':>12}{'of bare':>9}{'p99 ms':>9}{'of bare':>9}{'CPU µs':>9}{'of bare':>9}"
    for kind in rounds[0]:
        pairs = [(each[kind], each[f"{_BARE}, {kind[-3:]}"]) for each in rounds]
        rate, p99, cpu = (
            (median(getattr(ours, name) for ours, _ in pairs), median(_ratio(name, *pair) for pair in pairs))
            for name in ("rate_per_s", "p99_ms", "cpu_us")
        )
        yield f"{kind:28}{rate[0]:12,.0f}{rate[1]:9.2f}{p99[0]:9.1f}{p99[1]:9.1f}{cpu[0]:9.0f}{cpu[1]:9.1f}"


def _ratio(name: str, ours: Measure, bare: Measure) -> float:
    return float(getattr(ours, name) / getattr(bare, name))


if __name__ == "__main__":
    sys.exit(main())
