"""Every combination of remind types, do-not-disturb, mention, force, presence and device policy."""

from collections import Counter

import pytest

from tests.unit.policy.matrix import GOLDEN, cells, decision_for, render, shown
from tests.unit.policy.matrix_reference import expected

pytestmark = pytest.mark.timeout(60)


def test_every_cell_is_what_the_facts_say() -> None:
    """The policy and the set-based reference agree on every one of the 6480 combinations."""
    wanted = expected()
    assert len(wanted) == 2 * 3 * 3 * 6 * 3 * 4 * 5
    assert {cell: shown(decision_for(cell)) for cell in cells()} == wanted


def test_the_golden_file_is_what_the_policy_decides() -> None:
    """The reviewed file and the policy agree; after a wanted change, write the file again and read its diff."""
    assert GOLDEN.read_text(encoding="utf-8").splitlines() == render().splitlines()


def test_every_outcome_is_in_the_matrix() -> None:
    """Every reason of the matrix and every number of devices decides some cells."""
    assert set(Counter(expected().values())) == {
        "push 1", "push 2", "online", "skipped", "d-int", "d-dur", "d-conv", "none", "no-at",
    }  # fmt: skip
