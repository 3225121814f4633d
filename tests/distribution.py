"""Which tests stay together when `make test` shares them out among processes (``--dist loadfile``)."""

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

#: Its proofs load the machine by themselves: one at a time.
_TOGETHER = "tests/chaos/"


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no type information
    """Keeps the tests of a file together, for they share servers, and all chaos proofs."""

    def _split_scope(self, nodeid: str) -> str:
        return _TOGETHER if nodeid.startswith(_TOGETHER) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Scheduling | None:
    """Take the place of ``loadfile``."""
    return _Scheduling(config, log) if config.getoption("dist") == "loadfile" else None
