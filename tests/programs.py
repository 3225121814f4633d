"""Which tests run on both server programs: scripts and stores always, whole deployments when they are asked to."""

from pathlib import Path

import pytest

_FIXTURE, _SECOND = "redis_server", "redis"
#: Tests below these start the project's own programs; elsewhere those do that send to the fake vendors.
_COMMANDS = [Path(__file__).parent / "integration" / folder for folder in ("api", "cli", "console")]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --both."""
    parser.addoption("--both", action="store_true", help="run whole deployments on redis-server, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the second run of whole deployments out: what differs between the programs shows in the scripts."""
    if config.getoption("--both"):
        return
    left_out = [item for item in items if _is_second(item) and _is_deployment(item)]
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=left_out)


def _is_second(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get(_FIXTURE) == _SECOND


def _is_deployment(item: pytest.Item) -> bool:
    uses_vendors = "vendors" in getattr(item, "fixturenames", ())
    return uses_vendors or any(item.path.is_relative_to(folder) for folder in _COMMANDS)
