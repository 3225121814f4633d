"""The short and the long form of the proofs, and the figures that a run leaves behind."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.hard.fake_vendors import FakeVendors, fake_vendors
from worker.processes import Children

_FIGURES = pytest.StashKey[list[str]]()
#: Seconds that a test may take in the long form.
_LONGEST_S = 1500

Figure = Callable[[str], None]
StartVendors = Callable[..., AbstractContextManager[FakeVendors]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long."""
    parser.addoption("--long", action="store_true", help="run the proofs of tests/hard in their long form")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the long form its time."""
    if _is_long(config):
        for item in items:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures of the run."""
    if figures := config.stash.get(_FIGURES, []):
        terminalreporter.section(f"figures ({'long' if _is_long(config) else 'short'} form)")
        for line in figures:
            terminalreporter.line(line)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Keep one line for the end of the run."""
    return request.config.stash.setdefault(_FIGURES, []).append


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether the long form was asked for."""
    return _is_long(request.config)


@pytest.fixture
def start_vendors(session_children: Children, tmp_path: Path) -> StartVendors:
    """Run fake vendors for the length of a block; arguments are the simulator's options."""
    return lambda *options: fake_vendors(session_children, tmp_path / "simulator", *options)


@pytest.fixture
def plain(start_vendors: StartVendors) -> Iterator[FakeVendors]:
    """Vendors that keep to their documentation."""
    with start_vendors("--ledger-payloads", "off") as vendors:
        yield vendors


def _is_long(config: pytest.Config) -> bool:
    # The option is unknown when this directory is collected as part of a larger run.
    return bool(config.getoption("--long", default=False))
