"""The figures that a run leaves behind: lines that tests note, printed at the end, whichever process they ran in."""

from collections.abc import Callable, Generator

import pytest

_NOTED = pytest.StashKey[list[str]]()
#: A line's name among the user properties of a report, which are what a test process hands on to the one that prints.
_PROPERTY = "figure"

Figure = Callable[[str], None]


@pytest.fixture(scope="session")
def figure(pytestconfig: pytest.Config) -> Figure:
    """Note one line for the end of the run."""
    return pytestconfig.stash.setdefault(_NOTED, []).append


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hand on what was noted since the last report."""
    report = yield
    noted = item.config.stash.get(_NOTED, [])
    report.user_properties = [*report.user_properties, *((_PROPERTY, line) for line in noted)]
    noted.clear()
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of the run, those of each file together."""
    every = [report for reports in terminalreporter.stats.values() for report in reports]
    done = [report for report in every if isinstance(report, pytest.TestReport)]
    ordered = sorted(done, key=lambda report: (report.location[0], report.start))
    if lines := [line for report in ordered for name, line in report.user_properties if name == _PROPERTY]:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(str(line))
