from collections.abc import Iterator

import pytest

from tests.crosscheck import npm
from tests.crosscheck.place import Place, running


@pytest.fixture(scope="session")
def strangers() -> None:
    """The clients from npm, installed once."""
    npm.install()


@pytest.fixture(scope="package")
def vendors_in_process() -> Iterator[Place]:
    """One set of fake vendors for all cross-checks."""
    with running() as place:
        yield place


@pytest.fixture
def place(vendors_in_process: Place) -> Place:
    """The fake vendors with an empty ledger. Tokens keep their fates, so each test takes its own."""
    vendors_in_process.forget()
    return vendors_in_process
