"""Receivers as other programs may leave them: garbage costs a badge or a connection, never a message unseen."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.receiver import Receiver
from worker.codec import Fault
from worker.store.receivers import connections_of, nickname_of, receiver_of

GOOD: dict[str, bytes] = {
    "settings": b'{"type":"AT","nickname":"Bob"}',
    "devices": b'[{"device_id":"d","notifier":"n","token":"t","bound_at":5}]',
    "presence": b'[{"resource":"web_1","online_until":7}]',
    "badge": b"3",
    "override": b'{"type":"NONE"}',
}
SECRET = "geheimes Wort"


def read(**fields: bytes | None) -> Receiver | Fault:
    """Return what a row is read as, changed by fields."""
    row: dict[str, bytes | None] = {**GOOD, **fields}
    return receiver_of("bob", list(row.values()))


def test_a_good_receiver() -> None:
    """What the tests start from is read whole."""
    receiver = read()
    assert isinstance(receiver, Receiver)
    assert (receiver.badge, receiver.settings.nickname, len(receiver.devices), len(receiver.presence)) == (
        3,
        "Bob",
        1,
        1,
    )


#: Field, what stands there -> the fault.
NEEDED = [
    ("settings", b"{", "the receiver's settings: $: not JSON: Input data was truncated"),
    ("settings", b"\xff", "the receiver's settings: $: not JSON: JSON is malformed: invalid character (byte 0)"),
    ("settings", b"[" * 5000, "the receiver's settings: $: Expected `object`, got `array`"),
    (
        "settings",
        json.dumps({"type": SECRET}).encode(),
        "the receiver's settings: $.type: none of the values that are known here",
    ),
    ("devices", b"{}", "the receiver's devices: $: Expected `array`, got `object`"),
    ("devices", b'[{"token":7}]', "the receiver's devices: $[0].token: Expected `str | null`, got `int`"),
    ("override", b'{"ignoreDuration":-1}', "the receiver's override: $.ignoreDuration: Expected `int` >= 0"),
]


@pytest.mark.parametrize(("field", "text", "reason"), NEEDED)
def test_what_is_needed_and_unreadable_is_a_fault(field: str, text: bytes, reason: str) -> None:
    """Settings, devices and override are not guessed, and the reason quotes nothing of them."""
    assert read(**{field: text}) == Fault("", reason)


def test_another_type_is_a_fault() -> None:
    """A key that holds no hash is a fault of its own."""
    assert receiver_of("bob", None) == Fault("", "the receiver's state is not a hash")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *((str(count).encode(), count) for count in (0, 7, 2**31 - 2)),
        *((text, 0) for text in (b"", b"x", b"-7", b"+7", b" 7", b"1.5", b"1e3", b"1_000", "٣".encode())),
        *((str(count).encode(), 0) for count in (2**31 - 1, 2**63 - 1, 10**30)),
    ],
)
def test_a_badge_that_no_phone_can_show_is_none(text: bytes, count: int) -> None:
    """A counter that holds anything but a small number counts as nothing."""
    receiver = read(badge=text)
    assert isinstance(receiver, Receiver)
    assert receiver.badge == count


@pytest.mark.parametrize(
    ("text", "resources"),
    [
        (
            b'[{"resource":"a"},{"resource":7},{"resource":"b","online_until":"soon"},7,null,{"resource":"c"}]',
            ["a", "c"],
        ),
        (b'{"1":{"resource":"a"}}', []),
        (b"[", []),
        (b"[" * 5000, []),
        (b"\xff", []),
        (b"[]", []),
    ],
)
def test_unreadable_connections_are_nobody_s(text: bytes, resources: list[str]) -> None:
    """Each connection is read by itself: one that is wrong hides no other."""
    assert [connection.resource for connection in connections_of(text)] == resources


@pytest.mark.parametrize(("text", "nickname"), [(GOOD["settings"], "Bob"), (b"", None), (None, None), (b"[7", None)])
def test_a_sender_s_nickname(text: bytes | None, nickname: str | None) -> None:
    """A sender whose settings cannot be read has no nickname, and says what there is to say all the same."""
    assert nickname_of(text) == nickname


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "token", "resource", "style"]), inner),
)
TEXTS = st.binary() | JSON.map(lambda value: json.dumps(value).encode())


@given(fields=st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, TEXTS)))
def test_whatever_stands_there(fields: dict[str, bytes]) -> None:
    """Arbitrary bytes and arbitrary JSON end as a receiver or as a fault."""
    found = read(**fields)
    assert isinstance(found, Receiver) or found.reason.startswith("the receiver's ")
