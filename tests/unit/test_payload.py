import json
from typing import Any

import pytest
import wcwidth
from hypothesis import example, given
from hypothesis import strategies as st

from providers import apns_payload
from providers.graphemes import last_boundary
from providers.notification import Notification, PushType
from providers.payload import ALERT_LIMIT, ELLIPSIS, VOIP_LIMIT, encode, fit, truncate

PIECES = [
    "a",
    "你好",
    " ",
    '"',
    "\\",
    "\n",
    "\r\n",
    "\x00",
    "ñ",
    "n\u0303",
    "한국",
    "\u1112\u1161\u11ab",
    "สำ",
    "क्षि",
    "👍🏽",
    "👨‍👩‍👧‍👦",
    "🇨🇳🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "❤️",
    "1️⃣",
    "e" + "\u0301" * 5,
    "\U0001f9d1\u200d\U0001f680",
]
texts = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), max_size=60).map("".join)


def render(text: str) -> dict[str, Any]:
    """Return the smallest document that shows a text."""
    return {"aps": {"alert": {"body": text}}}


@given(texts, st.integers(0, 200))
@example("🇨🇳" * 40, 100)
@example('"' * 100, 31)
def test_the_limit_is_kept_and_the_json_is_valid(text: str, limit: int) -> None:
    """Whatever the text, the body has at most the limit's bytes and reads back as a beginning of that text."""
    body = fit(render, text, limit)
    if body is None:
        assert len(encode(render(""))) > limit
        return
    assert len(body) <= limit
    shown: str = json.loads(body)["aps"]["alert"]["body"]
    assert shown == text or text.startswith(shown.removesuffix(ELLIPSIS))


@given(texts, st.integers(0, 200))
def test_text_is_cut_between_characters(text: str, size: int) -> None:
    """A cut never falls inside what a foreign segmentation calls one character."""
    shown = truncate(text, size)
    kept = len(shown.removesuffix(ELLIPSIS)) if shown != text else len(text)
    ends, at = {0}, 0
    for cluster in wcwidth.iter_graphemes(text):
        at += len(cluster)
        ends.add(at)
    assert kept in ends


@given(texts, st.integers(3, 200))
def test_no_text_is_given_away(text: str, size: int) -> None:
    """The next place where the text could be cut would already break the limit."""
    shown = truncate(text, size)
    if shown == text:
        return
    kept = len(shown) - len(ELLIPSIS)
    further = next((at for at in range(kept + 1, len(text)) if last_boundary(text, at) == at), len(text))
    longer = text[:further] + (ELLIPSIS if further < len(text) else "")
    assert len(encode({"": longer})) - len(encode({"": ""})) > size


@pytest.mark.parametrize(
    ("text", "size", "shown"),
    [
        ("hello", 5, "hello"),
        ("hello!", 5, "he…"),
        ("hello", 2, ""),
        ("ab", 2, "ab"),
        ("👨‍👩‍👧‍👦!", 25, "…"),
        ("🇨🇳🇩🇪", 15, "🇨🇳…"),
        ("🇨🇳🇩🇪", 10, "…"),
        ("xn\u0303yz", 5, "x…"),
        ('a"bcd', 5, "a…"),
    ],
)
def test_known_cuts(text: str, size: int, shown: str) -> None:
    """Cuts that a reader can check by eye."""
    assert truncate(text, size) == shown


def test_lone_surrogates_become_question_marks() -> None:
    """A text that no UTF-8 can carry is sent all the same."""
    assert encode({"t": "a\ud800"}) == b'{"t":"a?"}'
    assert fit(render, "\ud83d" * 500, 100) is not None


def notification(**members: Any) -> Notification:
    """Return a notification of Easemob's shape."""
    return Notification(**{"token": "00ff", "id": "i", "title": "Alice", "body": "hello", **members})


def document(**members: Any) -> Any:
    """Return what the phone would read."""
    return json.loads(apns_payload.encoded(notification(**members)) or b"null")


def test_a_message_looks_like_easemobs() -> None:
    """The app's members stand beside aps, which holds badge, alert and sound."""
    data = {"t": "bob", "f": "alice", "m": "1", "g": "2", "e": {"k": "v"}}
    assert document(data=data, badge=1, sound="ring.caf") == {
        **data,
        "aps": {"badge": 1, "alert": {"body": "hello", "title": "Alice"}, "sound": "ring.caf"},
    }


def test_flags_are_written_as_apple_wants_them() -> None:
    """Flags are the number one; a badge of zero clears the icon and must be sent."""
    assert document(mutable_content=True, content_available=True, category="reply", badge=0)["aps"] == {
        "badge": 0,
        "alert": {"body": "hello", "title": "Alice"},
        "category": "reply",
        "mutable-content": 1,
        "content-available": 1,
    }


def test_data_cannot_replace_aps() -> None:
    """A data member named aps is ignored."""
    assert document(data={"aps": {"sound": "loud"}})["aps"] == {"alert": {"body": "hello", "title": "Alice"}}


def test_a_background_push_shows_nothing() -> None:
    """A background push has no member that a user would notice."""
    silent = document(push_type=PushType.BACKGROUND, badge=4, sound="x", category="c", data={"m": "1"})
    assert silent == {"m": "1", "aps": {"content-available": 1}}


@pytest.mark.parametrize(
    ("kind", "limit"), [(PushType.ALERT, ALERT_LIMIT), (PushType.VOIP, VOIP_LIMIT), (PushType.BACKGROUND, ALERT_LIMIT)]
)
def test_each_kind_has_its_limit(kind: PushType, limit: int) -> None:
    """Long text fills its kind's limit exactly; data that alone exceeds it cannot be sent."""
    fitting = apns_payload.encoded(notification(push_type=kind, body="x" * 9000))
    assert fitting is not None
    assert len(fitting) == (limit if kind is not PushType.BACKGROUND else len(b'{"aps":{"content-available":1}}'))
    assert apns_payload.encoded(notification(push_type=kind, data={"e": "x" * limit})) is None
