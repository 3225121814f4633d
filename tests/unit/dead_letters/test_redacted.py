"""Redaction by what may be shown: whatever a producer puts where, text and tokens do not come out."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.notification import fingerprint
from tests.unit.dead_letters.burial import KEYS, letter
from worker.dead_letters.contents import contents_of
from worker.dead_letters.record import whole
from worker.dead_letters.redacted import field_content, field_name
from worker.dead_letters.tables import letters_table, lines
from worker.store.letter import Letter

SECRET = "meet me at the pier"
OUTBOX = KEYS.outbox("org#app", "n")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(SECRET),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(SECRET), inner, max_size=3)
    ),
    max_leaves=20,
)
MEMBERS = st.dictionaries(
    st.sampled_from(
        ["appkey", "to", "from", "payload", "draft", "notification", "token", "chat_type", "user", "data", "x"]
    ),
    VALUES,
)


def content(value: Any, *, stream: str = KEYS.events, name: bytes = b"message") -> Any:
    """Return what is shown of one field with this JSON."""
    return field_content(letter({name: json.dumps(value).encode()}, stream=stream), name)


def printed(found: Letter) -> str:
    """Return everything that any command prints of a letter."""
    record = whole(found, None)
    table = letters_table([record])
    cells = [str(cell) for column in table.columns for cell in column.cells]
    return "\n".join([msgspec.json.encode(record).decode(), *cells, *map(str, lines(record, 0))])


@given(
    MEMBERS, st.sampled_from([KEYS.events, OUTBOX, "elsewhere"]), st.sampled_from(["message", "job", "badge", SECRET])
)
def test_no_text_comes_out(members: dict[str, Any], stream: str, name: str) -> None:
    """A sentence in any member, name or field is never printed."""
    assert SECRET not in printed(letter({name.encode(): json.dumps(members).encode()}, stream=stream))


@given(st.binary(), st.binary(), st.sampled_from([KEYS.events, OUTBOX, ""]))
def test_bytes_of_any_kind(name: bytes, value: bytes, stream: str) -> None:
    """Arbitrary names and bytes are described."""
    assert printed(letter({name: value}, stream=stream))


def test_tokens_are_fingerprints() -> None:
    """The token of a job is told by its fingerprint; a token anywhere else by its length."""
    token = "ab" * 32
    shown = content({"token": token, "draft": {"token": token}}, stream=OUTBOX, name=b"job")
    assert shown == {"token": f"[fingerprint {fingerprint(token)}]", "draft": {"token": "[64 characters]"}}
    assert content({"token": token}) == {"token": "[64 characters]"}


def test_names_with_dots_open_no_door() -> None:
    """A member's name that looks like a path to something shown is not that path."""
    assert content({"payload.from": "secret", "to[]": "secret", "to.*": "secret"}) == {
        "payload.from": "[6 characters]",
        "[member 1, 4 characters]": "[6 characters]",
        "[member 2, 4 characters]": "[6 characters]",
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (5, "[number]"),
        (True, True),
        (None, None),
        ({"timestamp": 1.5, "lease_s": 400}, {"timestamp": 1.5, "lease_s": 400}),
        ({"timestamp": 10**30}, {"timestamp": "[number]"}),
        ({"payload": {"ext": {"otp": 482913}}}, {"payload": {"ext": {"otp": "[number]"}}}),
        ({"from": "x" * 129}, {"from": "[129 characters]"}),
        ({"from": "李雷"}, {"from": "李雷"}),
        ({"from": "a\x1b[2J"}, {"from": "[5 characters]"}),
    ],
)
def test_values(value: Any, shown: Any) -> None:
    """Numbers are shown where they are times and sizes, identifiers where they look like some."""
    assert content(value) == shown


def test_depth_is_cut() -> None:
    """What is nested without end is told by its kind, and breaks nothing."""
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    assert "list of 1" in json.dumps(content({"payload": {"ext": deep}}))


def test_a_badge_beside_a_job_is_a_number() -> None:
    """It is the one field of an outbox that is no JSON object; anything else in its place is described."""
    assert field_content(letter({b"badge": b"7"}, stream=OUTBOX), b"badge") == 7
    assert field_content(letter({b"badge": b""}, stream=OUTBOX), b"badge").startswith("[0 bytes")
    assert field_content(letter({b"badge": b"4829131234567"}, stream=OUTBOX), b"badge") == "[number]"


def test_names_of_fields() -> None:
    """A field's name is shown where it looks like one: name and value may be swapped."""
    assert [field_name(name) for name in (b"message", b"a.b:c-d", b"", b"two words", b"\xff")] == [
        "message",
        "a.b:c-d",
        "[0 bytes]",
        "[9 bytes]",
        "[1 bytes]",
    ]


@pytest.mark.parametrize(
    ("members", "appkey", "users"),
    [
        ({"appkey": "org#app", "to": "Bob"}, "org#app", ("bob",)),
        ({"appkey": "org#app", "to": ["org#app_Bob@host", "bob", 7, None]}, "org#app", ("bob",)),
        ({"appkey": "org#app", "user": "emil"}, "org#app", ("emil",)),
        ({"appkey": 7, "to": {}}, "", ()),
        ({}, "", ()),
    ],
)
def test_contents_are_read_leniently(members: dict[str, Any], appkey: str, users: tuple[str, ...]) -> None:
    """App and receivers of a broken event are found where they can be read."""
    contents = contents_of(letter({b"trace": b"1", b"message": json.dumps(members).encode()}))
    assert (contents.appkey, contents.users) == (appkey, users)
