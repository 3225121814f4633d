"""The fake vendors of the proofs, in a process of their own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.hard.fake_vendors import FakeVendors, fake_vendors
from worker.processes import Children

StartVendors = Callable[..., AbstractContextManager[FakeVendors]]


@pytest.fixture
def start_vendors(session_children: Children, tmp_path: Path) -> StartVendors:
    """Run fake vendors for the length of a block; arguments are the simulator's options."""
    return lambda *options: fake_vendors(session_children, tmp_path / "simulator", *options)


@pytest.fixture
def plain(start_vendors: StartVendors) -> Iterator[FakeVendors]:
    """Vendors that keep to their documentation."""
    with start_vendors("--ledger-payloads", "off") as vendors:
        yield vendors
