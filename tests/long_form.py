"""The short and the long form of the proofs in tests/hard and tests/chaos, and the figures that a run leaves behind."""

from collections.abc import Callable

import pytest

_FIGURES = pytest.StashKey[list[str]]()
#: Seconds that a test may take in the long form.
_LONGEST_S = 1500

Figure = Callable[[str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long."""
    parser.addoption("--long", action="store_true", help="run the proofs of tests/hard and tests/chaos at full length")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the long form its time."""
    if config.getoption("--long"):
        for item in items:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures of the run."""
    if figures := config.stash.get(_FIGURES, []):
        terminalreporter.section(f"figures ({'long' if config.getoption('--long') else 'short'} form)")
        for line in figures:
            terminalreporter.line(line)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Keep one line for the end of the run."""
    return request.config.stash.setdefault(_FIGURES, []).append


@pytest.fixture(scope="session")
def is_long(pytestconfig: pytest.Config) -> bool:
    """Whether the long form was asked for."""
    return bool(pytestconfig.getoption("--long"))
