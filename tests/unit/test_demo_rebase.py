"""The sample moved to now: at any hour of any day everything keeps its relation to now."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy.app import AppPolicy
from policy.case import Case
from worker.demo.sample import Sample, load_sample

_FOLDER = Path(__file__).parents[2] / "deploy" / "examples" / "demo"
_DAY = 24 * 60
_MOMENTS = ("timestamp", "online_until", "bound_at", "ignoreDuration")
_BERLIN = ZoneInfo("Europe/Berlin")


def _ms(*when: int, zone: ZoneInfo | None = None, fold: int = 0) -> int:
    moment = datetime(*when, tzinfo=zone or UTC, fold=fold)  # type: ignore[arg-type, misc]  # year, month, day, ...
    return int(moment.timestamp() * 1000)


#: Base, midnights, a leap day, the year's ends, and both of Berlin's clock changes: before, in and after each.
_NOWS = {
    "base": _ms(2026, 9, 21, 14, 13, 20),
    "utc midnight": _ms(2026, 11, 23),
    "berlin midnight": _ms(2026, 11, 23, zone=_BERLIN),
    "berlin a minute to midnight": _ms(2026, 11, 22, 23, 59, 59, zone=_BERLIN),
    "shanghai midnight": _ms(2026, 11, 23, zone=ZoneInfo("Asia/Shanghai")),
    "leap day": _ms(2028, 2, 29, 12),
    "new year": _ms(2026, 12, 31, 23, 59, 59),
    "spring, before": _ms(2027, 3, 28, 1, 59, zone=_BERLIN),
    "spring, after": _ms(2027, 3, 28, 3, 1, zone=_BERLIN),
    "spring, the evening before": _ms(2027, 3, 27, 22, 30, zone=_BERLIN),
    "spring, the evening after": _ms(2027, 3, 28, 22, 30, zone=_BERLIN),
    "autumn, first half past two": _ms(2026, 10, 25, 2, 30, zone=_BERLIN),
    "autumn, second half past two": _ms(2026, 10, 25, 2, 30, zone=_BERLIN, fold=1),
    "autumn, after": _ms(2026, 10, 25, 3, 1, zone=_BERLIN),
    "before the base": _ms(2025, 1, 1, 3, 4, 5),
    "years later": _ms(2040, 6, 15, 4, 5, 6),
}


@cache
def _base_ms() -> int:
    return int(json.loads((_FOLDER / "apps.json").read_text("utf-8"))["base_ms"])


@cache
def _shipped() -> Sample:
    return load_sample(_base_ms())


@pytest.fixture(params=_NOWS)
def now_ms(request: pytest.FixtureRequest) -> int:
    """A moment to play the demo at."""
    return _NOWS[request.param]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (member name, value) of everything, in the order of the file."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _leaves(inner, member)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value


def _played(sample: Sample) -> list[Any]:
    return [sample.state, sample.events, sample.tokens]


def test_at_the_base_nothing_moves() -> None:
    """Played at its base the sample is what the files say, but for leading zeros of intervals."""
    lines = [json.loads(line) for line in (_FOLDER / "state.jsonl").read_text("utf-8").splitlines()]
    assert [_readable(record) for record in _shipped().state] == [_readable(line) for line in lines]


def _readable(record: dict[str, Any]) -> list[Any]:
    return [(name, _parsed(value) if name == "ignoreInterval" else value) for name, value in _leaves(record)]


def test_moments_keep_their_distance(now_ms: int) -> None:
    """Every moment is as far from now as it was from the base, and nothing else but intervals has changed."""
    shift = now_ms - _base_ms()
    pairs = zip(_leaves(_played(_shipped())), _leaves(_played(load_sample(now_ms))), strict=True)
    for (name, before), (same_name, after) in pairs:
        assert name == same_name
        if name in _MOMENTS:
            assert after == before + shift
        elif name != "ignoreInterval":
            assert after == before


def test_intervals_keep_their_distance(now_ms: int) -> None:
    """Both ends of every interval are as many minutes of the day from the app's local time as they were at the base."""
    zones = {app["appkey"]: ZoneInfo(app["timezone"]) for app in _shipped().apps}
    for before, after in zip(_shipped().state, load_sample(now_ms).state, strict=True):
        zone = zones[before["appkey"]]
        assert _distances(before, _base_ms(), zone) == _distances(after, now_ms, zone)


def _distances(record: dict[str, Any], at_ms: int, zone: ZoneInfo) -> list[int]:
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    minute = local.hour * 60 + local.minute
    return [(end - minute) % _DAY for interval in _intervals(record) for end in interval]


def _intervals(value: Any) -> list[tuple[int, int]]:
    texts = [text for name, text in _leaves(value) if name == "ignoreInterval"]
    return [_parsed(text) for text in texts]


def _parsed(text: str) -> tuple[int, int]:
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (part.split(":") for part in text.split("-")))
    return start, end


def test_there_are_intervals_of_both_apps() -> None:
    """The tests of intervals have something to test in each app's zone."""
    found = {record["appkey"] for record in _shipped().state if _intervals(record)}
    assert found == {app["appkey"] for app in _shipped().apps}


@pytest.mark.parametrize("minutes_later", [0, 5, 40])
def test_interval_decisions_are_the_same(now_ms: int, minutes_later: int) -> None:
    """Who is not to be disturbed by an interval at the base is not at any other time, nor while the demo goes on."""
    at_ms = now_ms + int(timedelta(minutes=minutes_later).total_seconds() * 1000)
    assert _undisturbed(load_sample(now_ms), at_ms) == _undisturbed(_shipped(), _base_ms())


def _undisturbed(sample: Sample, at_ms: int) -> set[tuple[str, str]]:
    """Return (app, user) of those whom their interval keeps from being disturbed at ``at_ms``."""
    zones = {app["appkey"]: app["timezone"] for app in sample.apps}
    return {
        (record["appkey"], record["user"])
        for record in sample.state
        if _intervals(record) and _reason(record, zones[record["appkey"]], at_ms) == "dnd_interval"
    }


def _reason(record: dict[str, Any], zone: str, at_ms: int) -> str:
    event = {"appkey": record["appkey"], "msg_id": "1", "timestamp": at_ms, "chat_type": "chat", "from": "nobody"}
    receiver = {"user": record["user"], "settings": {"ignoreInterval": record["settings"]["ignoreInterval"]}}
    case = {"at": at_ms, "event": {**event, "to": record["user"], "payload": {"bodies": [{"type": "txt", "msg": "x"}]}}}
    app = msgspec.to_builtins(AppPolicy(record["appkey"], timezone=zone))
    (decision,) = msgspec.convert({**case, "app": app, "recipients": [receiver]}, Case).decisions()
    return decision.reason.value
