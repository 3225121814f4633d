"""Whether a letter goes back, and as what."""

import json
from typing import Any

import msgspec
import pytest

from tests.jobs import push_job
from tests.unit.dead_letters.burial import KEYS, letter
from worker.config_apps import AppSettings
from worker.config_channels import FcmChannel
from worker.console import console_of
from worker.dead_letters.revivals import Kept, Worth
from worker.job import Job
from worker.store.revival import Ledger, Revival

NOW = 1_790_000_000_000
HOUR = 3_600_000
APP = AppSettings.model_construct(
    max_age_s=7200, channels=[FcmChannel.model_construct(notifier="n", provider="fcm", enabled=False)]
)
WORTH = Worth(NOW, {"org#app": console_of("org#app", APP)}, 1000)
MESSAGE = {"msg_id": "1", "chat_type": "chat", "from": "alice", "to": "bob", "payload": {}}
PRESENCE = {"appkey": "org#app", "user": "bob", "resource": "r", "state": "kicked"}


def job(expires_at: int | None, notifier: str = "n", appkey: str = "org#app") -> Any:
    """Return the letter of a push that was decided three hours ago."""
    then = {"event_ms": NOW - 3 * HOUR, "decided_ms": NOW - 3 * HOUR, "bound_at": 5, "attempt": 12}
    made = push_job(appkey=appkey, notifier=notifier, expires_at=expires_at, **then)
    return letter({b"job": msgspec.json.encode(made)}, stream=KEYS.outbox(appkey, notifier), entry_id="")


def event(kind: str, members: dict[str, Any], age_ms: int) -> Any:
    """Return the letter of an event of this age."""
    return letter({kind.encode(): json.dumps({**members, "timestamp": NOW - age_ms}).encode()})


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (job(NOW // 1000), Kept.EXPIRED),
        (job(None), Kept.EXPIRED),
        (job(NOW // 1000 + 1, "other"), Kept.NO_CHANNEL),
        (job(NOW // 1000 + 1, "n", "org#other"), Kept.NO_CHANNEL),
        (event("message", {**MESSAGE, "appkey": "org#app"}, 2 * HOUR), Kept.EXPIRED),
        (event("message", {**MESSAGE, "appkey": "org#unknown"}, 24 * HOUR), Kept.EXPIRED),
        (event("presence", PRESENCE, 400_000), Kept.EXPIRED),
        (event("presence", {**PRESENCE, "lease_s": 5}, 5000), Kept.EXPIRED),
        (event("read", {"appkey": "org#app", "user": "bob", "conversation": "user:alice"}, 0), Kept.EXPIRED),
        (event("read", {"appkey": "org#app", "user": "bob"}, 0), Kept.EXPIRED),
        (letter({f"{number}".encode(): b"" for number in range(3001)}), Kept.TOO_MANY_FIELDS),
        (letter({b"message": b""}, stream="push:{p9}:events"), Kept.STRANGE),
    ],
)
def test_what_stays(found: Any, kept: Kept) -> None:
    """Each with its reason."""
    assert WORTH.revival_of(found) is kept


@pytest.mark.parametrize(
    "found",
    [
        event("message", {**MESSAGE, "appkey": "org#app"}, 2 * HOUR - 1),
        event("message", {**MESSAGE, "appkey": "org#unknown"}, 24 * HOUR - 1),
        event("presence", PRESENCE, 399_999),
        event("read", {"appkey": "org#app", "user": "bob", "msg_id": "1"}, HOUR),
        letter({b"message": b"{"}),
        letter({b"message": b"x" * 1001}),
        letter({b"message": b"{}", b"presence": b"{}", b"trace": b"\xff"}),
        letter({b"job": b"{", b"badge": b"x"}, stream=KEYS.outbox("org#app", "n")),
        letter({b"badge": b"1"}, stream=KEYS.outbox("org#app", "n")),
    ],
)
def test_what_goes_back_as_it_was(found: Any) -> None:
    """Events, and what cannot be read: the worker judges them."""
    revival = WORTH.revival_of(found)
    assert isinstance(revival, Revival)
    assert list(revival.fields.items()) == list(found.fields.items())
    assert revival.ledger is None


def test_a_push_is_renewed() -> None:
    """Attempt 1, retries from now, for a disabled channel too: its lane still empties the outbox. Its end stays."""
    found = job(NOW // 1000 + 1)
    revival = WORTH.revival_of(found)
    assert isinstance(revival, Revival)
    before, after = (msgspec.json.decode(fields[b"job"], type=Job) for fields in (found.fields, revival.fields))
    assert after == msgspec.structs.replace(before, attempt=1, revived_ms=NOW)
    assert revival.ledger == Ledger("org#app", "m", "bob\nn\nd")
    assert revival.fields[b"badge"] == b""


def test_the_end_of_a_letter() -> None:
    """Milliseconds since 1970; None for what cannot be read."""
    assert WORTH.ends_ms(job(NOW // 1000)) == NOW
    assert WORTH.ends_ms(event("presence", PRESENCE, 0)) == NOW + 400_000
    assert WORTH.ends_ms(letter({b"message": b"{"})) is None
