"""How long a flood is, and what it is made from."""

import secrets

import pytest

#: Entries of the short form, a part of ``make test``, and its seed; other runs draw theirs.
SHORT, SHORT_SEED = 8_000, 4
#: Seconds that the long form may take.
_LONGEST_S = 3600


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --entries and --seed."""
    parser.addoption("--entries", type=int, default=SHORT, help="entries of the flood of tests/fuzz")
    parser.addoption("--seed", type=int, default=None, help="make the flood of this seed again")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give a long flood its time."""
    if _entries(config) > SHORT:
        for item in items:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


@pytest.fixture(scope="session")
def entries(request: pytest.FixtureRequest) -> int:
    """How many entries the flood has."""
    return _entries(request.config)


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """What the flood is made from."""
    given = request.config.getoption("--seed", default=None)
    if given is None:
        given = SHORT_SEED if _entries(request.config) <= SHORT else secrets.randbelow(2**32)
    return int(given)


def _entries(config: pytest.Config) -> int:
    # The option is unknown when this directory is collected as part of a larger run.
    return int(config.getoption("--entries", default=SHORT))
