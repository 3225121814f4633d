"""As much as can be read of what other programs wrote."""

import pytest

from policy.receiver import Device, Presence, RemindType, Settings
from worker.store.readable import list_of, record_of

RECORDS: dict[str, tuple[bytes | None, Settings]] = {
    "nothing": (None, Settings()),
    "empty": (b"", Settings()),
    "no JSON": (b"{", Settings()),
    "no text": (b'{"nickname":"\xff"}', Settings()),
    "no object": (b"[1]", Settings()),
    "all of it": (b'{"type":"AT","style":"1"}', Settings(type=RemindType.AT, style="1")),
    "one member is wrong": (b'{"type":"BOGUS","nickname":"Bob"}', Settings(nickname="Bob")),
    "all members are wrong": (b'{"type":5,"nickname":5,"ignoreDuration":-1}', Settings()),
    "members that we do not know": (b'{"nickname":"Bob","x":{"y":[]}}', Settings(nickname="Bob")),
    "too deep": (b'{"nickname":"Bob","x":' + b"[" * 100_000, Settings()),
}


@pytest.mark.parametrize(("text", "expected"), RECORDS.values(), ids=list(RECORDS))
def test_a_record(text: bytes | None, expected: Settings) -> None:
    """A member that cannot be read has its default, and takes no other along."""
    assert record_of(text, Settings) == expected


LISTS: dict[str, tuple[bytes | None, list[Presence]]] = {
    "nothing": (None, []),
    "no JSON": (b"[", []),
    "no list": (b'{"resource":"a"}', []),
    "all of it": (b'[{"resource":"a"},{"resource":"b"}]', [Presence("a"), Presence("b")]),
    "some items are wrong": (b'[5,{"resource":"a"},{"resource":5},null]', [Presence("a")]),
}


@pytest.mark.parametrize(("text", "expected"), LISTS.values(), ids=list(LISTS))
def test_a_list(text: bytes | None, expected: list[Presence]) -> None:
    """An item that cannot be read takes no other along."""
    assert list_of(text, Presence) == expected


def test_kinds_are_told_apart() -> None:
    """The same text is read as what it is asked to be."""
    text = b'[{"resource":"a","device_id":"d"}]'
    assert list_of(text, Presence) == [Presence("a", device_id="d")]
    assert list_of(text, Device) == [Device("d")]
