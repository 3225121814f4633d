"""The bench of the fake Push Kit's tests."""

import pytest

from tests.unit.simulator_huawei.bench import Bench


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Make one RSA key for all tests: it costs more than they do."""
    return Bench(tmp_path_factory.mktemp("huawei"))


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """Return the shared bench as new, but for the token states: a test that sets one uses a token of its own."""
    shared.ledger.clear()
    shared.huawei.token_calls = 0
    return shared
