"""The demo's sample capture is what its generator writes, is complete, and stays true at any hour of any day."""

import base64
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy.decision import DeviceReason, Reason
from policy.event import ChatType, MessageEvent
from worker.codec import Fault, decode_entry

_FOLDER = Path(__file__).parents[2] / "deploy" / "examples" / "demo"
_LISTS = ("state", "events", "malformed", "tokens", "expected", "skipped")
_FILES = ("apps.json", "templates.json", *(f"{name}.jsonl" for name in _LISTS))
_MARGIN_MINUTES = 45
_DAY_MINUTES = 24 * 60

_TOKEN_SHAPES = {
    "apns": r"[0-9a-f]{64}",
    "fcm": r"[\w-]{22}:APA91b[\w-]{134}",
    "huawei": r"[\w-]{130}",
}
_DEAD_CODES = {"apns": "Unregistered", "fcm": "UNREGISTERED", "huawei": "80300007"}


@cache
def _lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (_FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


@cache
def _apps() -> dict[str, Any]:
    return {app["appkey"]: app for app in _document()["apps"]}


@cache
def _document() -> Any:
    return json.loads((_FOLDER / "apps.json").read_text("utf-8"))


def _of(kind: str, name: str = "expected") -> list[Any]:
    return [line[kind] for line in _lines(name) if kind in line]


@cache
def _events() -> dict[str, MessageEvent]:
    """Return the message events by id: one delivered twice counts once."""
    events = [msgspec.convert(message, MessageEvent) for message in _of("message", "events")]
    return {event.msg_id: event for event in events}


def _groups() -> list[MessageEvent]:
    return [event for event in _events().values() if event.chat_type is ChatType.GROUP]


def _bindings() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    return ((record, device) for record in _lines("state") for device in record.get("devices", ()))


def _minutes_away(moment_ms: int) -> float:
    return abs(moment_ms - int(_document()["base_ms"])) / 60_000


def test_shipped_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    """Running the generator with nothing but the standard library gives the shipped files, byte for byte."""
    command = [sys.executable, "-B", "-E", "-S", str(_FOLDER / "generate.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {name: (_FOLDER / name).read_bytes() for name in _FILES}


@pytest.mark.parametrize("name", _FILES)
def test_each_file_is_small(name: str) -> None:
    """No file of the sample is larger than 1 MB."""
    assert (_FOLDER / name).stat().st_size < 1_000_000


def test_there_is_enough_to_see() -> None:
    """At least 240 messages over both apps, with hundreds of pushes through each vendor."""
    assert len(_events()) >= 240
    assert Counter(event.appkey for event in _events().values()).keys() == _apps().keys()
    assert min(Counter(push["vendor"] for push in _of("push")).values()) > 300


def test_groups_of_all_sizes() -> None:
    """Groups reach from two other members to one of five hundred, which hears one message, with several of fifty."""
    sizes = Counter(len(event.receivers) for event in _groups())
    assert (min(sizes), max(sizes), sizes[500]) == (2, 500, 1)
    assert sum(count for size, count in sizes.items() if 45 <= size <= 55) >= 5


def test_every_reason_is_shown() -> None:
    """Every reason of the closed list happens to somebody."""
    assert {decision["reason"] for decision in _of("decision")} == {reason.value for reason in Reason}


def test_every_device_reason_is_shown() -> None:
    """Every reason of a device's closed list happens to some device."""
    shown = {line["reason"] for line in _lines("skipped")}
    assert shown | {"pushed"} == {reason.value for reason in DeviceReason}


def test_every_receiver_of_every_event_has_one_expectation() -> None:
    """There is exactly one decision for each receiver of each message, however often it was delivered."""
    decided = Counter((decision["msg_id"], decision["user"]) for decision in _of("decision"))
    assert set(decided.values()) == {1}
    assert decided.keys() == {(event.msg_id, user) for event in _events().values() for user in event.receivers}


def test_pushes_belong_to_pushed_receivers() -> None:
    """A receiver has pushes exactly when the decision says so, and no device is pushed twice for a message."""
    pushed = {(d["msg_id"], d["user"]): d["badge"] for d in _of("decision") if d["reason"] == "pushed"}
    assert {(push["msg_id"], push["user"]): push["badge"] for push in _of("push")} == pushed
    assert set(Counter((push["msg_id"], push["token"]) for push in _of("push")).values()) == {1}


def test_every_push_goes_to_a_bound_token() -> None:
    """Every expected push names a device, its token, and the vendor of an enabled channel of the receiver's app."""
    bound = {(r["appkey"], r["user"], d["device_id"], d["token"]): d["notifier"] for r, d in _bindings()}
    for push in _of("push"):
        appkey = _events()[push["msg_id"]].appkey
        notifier = bound[appkey, push["user"], push["device_id"], push["token"]]
        channel = next(channel for channel in _apps()[appkey]["channels"] if channel["notifier"] == notifier)
        assert (channel["provider"], channel["enabled"]) == (push["vendor"], True)


def test_lit_and_dark_devices_are_all_the_devices() -> None:
    """Where bindings are judged, each binding either has its push or its reason to stay dark."""
    counts = {(r["appkey"], r["user"]): len(r.get("devices", ())) for r in _lines("state")}
    accounted = Counter((line["msg_id"], line["user"]) for line in [*_of("push"), *_lines("skipped")])
    for decision in _of("decision"):
        key = decision["msg_id"], decision["user"]
        is_judged = decision["reason"] in {"pushed", "all_devices_skipped"}
        assert accounted[key] == (counts[_events()[key[0]].appkey, key[1]] if is_judged else 0)


def test_tokens_look_like_the_vendors_own() -> None:
    """Every pushed token has its vendor's shape, and no two bindings share one."""
    tokens = [device["token"] for _, device in _bindings() if device["token"]]
    assert len(tokens) == len(set(tokens))
    assert all(re.fullmatch(_TOKEN_SHAPES[push["vendor"]], push["token"]) for push in _of("push"))


def test_dead_tokens_get_one_message() -> None:
    """A dead token's user gets one message in the whole sample, and the vendor's code is the expected outcome."""
    dead = {line["token"]: line["vendor"] for line in _lines("tokens")}
    refused = {push["token"]: push for push in _of("push") if push["outcome"] != "accepted"}
    heard = Counter((_events()[d["msg_id"]].appkey, d["user"]) for d in _of("decision"))
    assert Counter(dead.values()) == {"apns": 2, "fcm": 2, "huawei": 2}
    assert {token: push["outcome"] for token, push in refused.items()} == {t: _DEAD_CODES[v] for t, v in dead.items()}
    assert all(heard[_events()[push["msg_id"]].appkey, push["user"]] == 1 for push in refused.values())


def test_dead_tokens_died_after_they_were_bound() -> None:
    """The vendor's date is later than the binding, so that the binding is to be retired."""
    bound_at = {device["token"]: device["bound_at"] for _, device in _bindings()}
    assert all(line["timestamp"] > bound_at[line["token"]] for line in _lines("tokens"))


def test_some_events_are_delivered_twice() -> None:
    """Several messages come a second time, unchanged, and never right after the first time."""
    places: dict[str, list[int]] = {}
    for place, line in enumerate(_lines("events")):
        places.setdefault(json.dumps(line), []).append(place)
    repeats = [found for found in places.values() if len(found) > 1]
    assert len(places) - len(_of("presence", "events")) == len(_events())
    assert len(repeats) >= 6
    assert all(second - first >= 4 for first, second in repeats)


def test_users_come_online_and_go_again() -> None:
    """Connections open, with leases of hours, close, and are kicked in the middle of the stream."""
    presence = _of("presence", "events")
    assert Counter(entry["state"] for entry in presence).keys() == {"online", "offline", "kicked"}
    assert all(entry["lease_s"] >= 2 * 3600 for entry in presence if entry["state"] == "online")


def test_a_visit_resets_the_badge() -> None:
    """After a visit to the app the badge counts from one again."""
    badges = [d["badge"] for d in _of("decision") if d["user"] == "mei"]
    visit = badges.index(0)
    assert badges[visit - 1] > 1
    assert badges[visit:][:4] == [0, 0, 1, 2]


def test_stream_order_is_time_order() -> None:
    """Fresh events are minutes old and in order; expired ones are older than 25 hours."""
    messages = [(event.timestamp, event.msg_id) for event in _events().values()]
    expired = {d["msg_id"] for d in _of("decision") if d["reason"] == "expired"}
    fresh = [moment for moment, msg_id in messages if msg_id not in expired]
    assert fresh == sorted(fresh)
    assert _minutes_away(fresh[0]) < 30
    assert all(_minutes_away(moment) > 25 * 60 for moment, msg_id in messages if msg_id in expired)


def test_every_expiry_is_far_from_the_base() -> None:
    """Leases and do-not-disturb ends are at least 45 minutes away, so that a slow demo sees the same."""
    moments = [entry["online_until"] for record in _lines("state") for entry in record.get("presence", ())]
    for record in _lines("state"):
        rules = [record.get("settings", {}), *record.get("conversations", {}).values()]
        moments += [rule["ignoreDuration"] for rule in rules if "ignoreDuration" in rule]
    assert len(moments) > 10
    assert all(_minutes_away(moment) >= _MARGIN_MINUTES for moment in moments)


def test_every_interval_is_far_from_the_base() -> None:
    """Interval ends are at least 45 minutes from the base on the app's wall clock, and never equal."""
    intervals = [(r["appkey"], r["settings"]["ignoreInterval"]) for r in _lines("state") if _has_interval(r)]
    assert len(intervals) >= 6
    for appkey, interval in intervals:
        zone = ZoneInfo(_apps()[appkey]["timezone"])
        local = datetime.fromtimestamp(_document()["base_ms"] / 1000, zone)
        edges = [_minute(edge) for edge in interval.split("-")]
        distances = [abs(edge - _minute(f"{local:%H:%M}")) for edge in edges]
        assert edges[0] != edges[1]
        assert all(_MARGIN_MINUTES <= distance <= _DAY_MINUTES - _MARGIN_MINUTES for distance in distances)


def _has_interval(record: dict[str, Any]) -> bool:
    return "ignoreInterval" in record.get("settings", {})


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def test_lock_screens_speak_many_languages() -> None:
    """Pushes are read in Chinese, English, Japanese, Arabic and German, and in the original."""
    languages = {push["language"] for push in _of("push")}
    assert languages >= {"original", "zh-Hans", "en", "ja", "ar", "de"}


@pytest.mark.parametrize(
    "is_shown",
    [
        lambda push: (push["title"], push["body"]) == ("您有一条新消息", "请点击查看"),
        lambda push: (push["title"], push["body"]) == ("You have a new message", "Click to check"),
        lambda push: push["body"] == "林小北：晚上去吃火锅吗？🍲",
        lambda push: push["body"].startswith("zhou: "),
        lambda push: push["title"] == "Mia (Design)",
        lambda push: push["body"] == "梅子：来听我的小提琴音乐会 🎻",
    ],
    ids=["neutral zh", "neutral en", "nickname", "no nickname", "group nickname", "arguments with placeholders"],
)
def test_lock_screens_show_each_style(is_shown: Callable[[dict[str, Any]], bool]) -> None:
    """Each way to word a lock screen is seen on at least one phone."""
    assert any(is_shown(push) for push in _of("push"))


def test_templates_are_those_of_the_apps() -> None:
    """The file of templates says what the apps' policies say."""
    templates = json.loads((_FOLDER / "templates.json").read_text("utf-8"))
    assert templates == {appkey: app["templates"] for appkey, app in _apps().items()}


@pytest.mark.parametrize("entry", _lines("malformed"))
def test_malformed_entries_are_refused_where_they_say(entry: dict[str, str]) -> None:
    """Each malformed entry is refused as it would be on the stream, at the path the sample names."""
    raw = base64.b64decode(entry["value_base64"]) if "value_base64" in entry else entry["value"].encode()
    fault = decode_entry({entry["field"].encode(): raw}, max_bytes=524_288)
    assert isinstance(fault, Fault)
    assert fault.path == entry["path"]
