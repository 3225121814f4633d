"""Several workers on one configuration, killed, stopped and started one by one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.hard.fake_vendors import FakeVendors
from tests.integration.configuration import NOTIFIERS, channels_of, write_configuration
from tests.integration.eventually import eventually
from tests.integration.worker_process import WorkerProcess
from worker.processes import Children

#: Unacknowledged work of a dead worker is taken over after this.
LEASE_S = 5
START_S = 60.0
#: A worker may drain for 30 seconds.
DRAIN_S = 40.0


class Member(WorkerProcess):
    """One worker of the fleet, in its present life."""

    _life = 0

    def start(self) -> None:
        """Start it; returns at once."""
        self._life = self.log_path.stat().st_size if self.log_path.exists() else 0
        super().start()

    def ready(self) -> None:
        """Wait until it dispatches."""
        eventually(lambda: self.is_dispatching, deadline_s=START_S)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return bool(self._lives) and self.is_alive

    @property
    def is_dispatching(self) -> bool:
        """Whether it has got as far as that, and is still there."""
        with self.log_path.open("rb") as log:
            log.seek(self._life)
            return self.is_alive and b'"dispatch started"' in log.read()


class Fleet:
    """The workers."""

    def __init__(self, children: Children, configuration: Path, size: int) -> None:
        """Start nothing yet. Each has a copy of the configuration, and so a log, of its own."""
        self.members = []
        for number in range(size):
            path = configuration.with_name(f"worker-{number}.toml")
            path.write_text(configuration.read_text())
            self.members.append(Member(children, path))

    def start(self) -> None:
        """Start all and wait until all dispatch."""
        for member in self.members:
            member.start()
        for member in self.members:
            member.ready()

    def dispatching(self) -> list[Member]:
        """Return those that dispatch."""
        return [member for member in self.members if member.is_dispatching]

    def running(self) -> list[Member]:
        """Return those that run."""
        return [member for member in self.members if member.is_running]

    def stop(self) -> list[int]:
        """SIGTERM to all that run, once they dispatch: nothing drains before. Return their exit statuses."""
        running = self.running()
        for member in running:
            member.ready()
            member.terminate()
        return [member.ended(DRAIN_S) for member in running]

    def kill(self) -> None:
        """SIGKILL to all that run."""
        for member in self.running():
            member.kill()


def configure(path: Path, redis_url: str, books: Mapping[str, FakeVendors], **settings: Any) -> Path:
    """Write a configuration whose channels are each vendor's own simulator.

    ``settings`` are ``broker_url`` and keys of ``[worker]``.
    """
    channels: dict[str, dict[str, Any]] = {
        NOTIFIERS[vendor]: channels_of(vendors)[NOTIFIERS[vendor]] for vendor, vendors in books.items()
    }
    channels[NOTIFIERS["huawei"]]["badge_class"] = "com.example.Main"
    write_configuration(path, redis_url, channels, **{"lease_s": LEASE_S, **settings})
    return path


@contextmanager
def running(fleet: Fleet) -> Iterator[Fleet]:
    """Have the workers up for the length of the block. They must end with 0; when the block fails they are killed."""
    with gone_after(fleet):
        fleet.start()
        yield fleet
        assert set(fleet.stop()) == {0}


@contextmanager
def gone_after(fleet: Fleet) -> Iterator[Fleet]:
    """Kill the workers that still run at the end of the block."""
    try:
        yield fleet
    finally:
        fleet.kill()
