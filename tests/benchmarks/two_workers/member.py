"""A worker that can be asked what it alone has settled."""

import re
from pathlib import Path

import httpx

from tests.integration.worker_process import WorkerProcess
from tests.ports import own_port
from worker.processes import Children

_ACCEPTED = re.compile(r'^offline_push_sends_total\{.*outcome="accepted".*\} (\S+)$', re.MULTILINE)


class Member(WorkerProcess):
    """One of several workers; each has its own file of configuration, for the log is beside it, and its own port."""

    def __init__(self, children: Children, configuration: Path) -> None:
        """Start nothing yet."""
        self._metrics = f"http://127.0.0.1:{(port := own_port())}/metrics"
        variables = {"HOST": "127.0.0.1", "PORT": str(port)}
        named = {f"OFFLINE_PUSH_WORKER__METRICS_{name}": value for name, value in variables.items()}
        super().__init__(children, configuration, variables=named)

    def another(self) -> "Member":
        """Return a further worker, not started, with the same configuration."""
        path = self.configuration.with_stem(f"{self.configuration.stem}-2")
        path.write_text(self.configuration.read_text())
        return Member(self.children, path)

    def accepted(self) -> float:
        """Return how many of its pushes are settled as accepted, since it was started."""
        return sum(map(float, _ACCEPTED.findall(httpx.get(self._metrics).text)))
