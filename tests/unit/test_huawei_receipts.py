"""The table of receipt statuses."""

import re

import pytest

from providers.huawei_receipts import DELIVERED, STATUSES, status_of


def test_only_two_statuses_kill_a_token() -> None:
    """Nothing but an uninstalled app and a foreign token makes us stop: all else may pass."""
    assert [code for code, status in STATUSES.items() if status.is_token_dead] == [2, 5]


def test_words_can_stand_in_the_ledger() -> None:
    """A word is one word, and no two statuses share it."""
    words = [status.word for status in STATUSES.values()]
    assert all(re.fullmatch(r"[a-z_]+", word) for word in words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("code", [1, 300, 9_999])
def test_an_undocumented_status(code: int) -> None:
    """What Huawei may add is kept as unknown and kills no token."""
    assert status_of(code).word == "unknown"
    assert not status_of(code).is_token_dead


def test_delivered_is_delivered() -> None:
    """Status 0 has the word that the ledger ends with."""
    assert status_of(DELIVERED).word == "delivered"
