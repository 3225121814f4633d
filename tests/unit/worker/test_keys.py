"""The key layout: one partition is one slot, and producers can compute it."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.store.keys import Keys, Partitions, conversation_field, partition_of
from worker.store.scripts import KeyTable


@pytest.mark.parametrize("number", [0, 1, 17])
def test_all_keys_of_a_partition_share_its_tag(number: int) -> None:
    """Redis Cluster hashes what stands in the first braces; names with braces change nothing."""
    keys = Keys(number)
    named = [
        keys.events,
        keys.journal,
        keys.dead,
        keys.ledger,
        keys.user("org#app", "{bob}"),
        keys.message("org#app", "{1}"),
        keys.outbox("org#app", "{n}"),
        keys.retry("org#app", "{n}"),
        keys.read_marks("org#app", "{bob}"),
        keys.latest("org#app", "{bob}"),
        keys.statistics("org#app", "2026-01-01"),
    ]
    assert {name.partition("{")[2].partition("}")[0] for name in named} == {f"p{number}"}
    assert len(set(named)) == len(named)


def test_the_events_stream_is_the_contracts() -> None:
    """Producers write to this name."""
    assert Keys().events == "push:{p0}:events"


@given(st.text(), st.text(), st.integers(1, 1024))
def test_the_partition_is_crc32(appkey: str, identifier: str, partitions: int) -> None:
    """The rule that producers in other languages implement too: crc32 of UTF-8, modulo."""
    expected = zlib.crc32(f"{appkey}:{identifier}".encode()) % partitions
    assert partition_of(appkey, identifier, partitions) == expected < partitions


def test_the_partition_is_the_same_for_ever() -> None:
    """A known value, computed elsewhere: a change of the rule would move every key."""
    # CRC-32/ISO-HDLC's published check value.
    assert zlib.crc32(b"123456789") == 0xCBF43926
    assert partition_of("12345678", "9", 2**32) == zlib.crc32(b"12345678:9")


@given(st.text(), st.text(), st.integers(1, 64))
def test_partitions_follow_the_rule(appkey: str, identifier: str, count: int) -> None:
    """A user's and a conversation's keys are found by the producers' rule; one partition needs none."""
    partitions = Partitions(count)
    assert [keys.number for keys in partitions.all] == list(range(count))
    assert partitions.of(appkey, identifier) is partitions.all[partition_of(appkey, identifier, count)]


def test_conversation_fields_are_apart_from_the_others() -> None:
    """No conversation's override can be taken for one of the one-letter members."""
    assert conversation_field("user:alice") == "c:user:alice"
    assert not {"s", "d", "r", "p", "b"} & {conversation_field(""), conversation_field("s")}


def test_a_key_table_counts_from_one_and_keeps_each_key_once() -> None:
    """Arguments name keys by Lua's index."""
    table = KeyTable("a", "b")
    assert [table.index(key) for key in ("b", "c", "a", "c", "d")] == [2, 3, 1, 3, 4]
    assert table.keys == ["a", "b", "c", "d"]
