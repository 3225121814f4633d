"""The shipped sample capture, moved to now. deploy/examples/demo/README.md says what is in it and how time is moved."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_DAY = 24 * 60
_MOMENTS = frozenset({"timestamp", "online_until", "bound_at", "ignoreDuration"})
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})")
#: Beside the package when installed from a wheel, else in the source tree.
_PLACES = (Path(__file__).parent / "sample", Path(__file__).parents[2] / "deploy" / "examples" / "demo")


@dataclass(frozen=True, slots=True)
class Sample:
    """All parts of the capture; times are now's."""

    apps: list[dict[str, Any]]
    #: State records.
    state: list[dict[str, Any]]
    #: (kind, event) in stream order.
    events: list[tuple[str, dict[str, Any]]]
    #: (field, value, path of the fault).
    malformed: list[tuple[str, bytes, str]]
    #: Tokens the vendors no longer take.
    tokens: list[dict[str, Any]]
    pushes: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


def load_sample(now_ms: int) -> Sample:
    """Read the capture and move it to ``now_ms``.

    Raises:
        FileNotFoundError: neither the package nor the source tree has it.
    """
    folder = next((place for place in _PLACES if place.is_dir()), _PLACES[0])
    console = json.loads((folder / "apps.json").read_text("utf-8"))
    shift_ms = now_ms - console["base_ms"]
    zones = {app["appkey"]: ZoneInfo(app["timezone"]) for app in console["apps"]}
    minutes = {app: _minute(now_ms, zone) - _minute(console["base_ms"], zone) for app, zone in zones.items()}
    state = _lines(folder / "state.jsonl")
    expected = _lines(folder / "expected.jsonl")
    return Sample(
        apps=console["apps"],
        state=[_moved(record, shift_ms, minutes[record["appkey"]]) for record in state],
        events=[_moved_event(line, shift_ms) for line in _lines(folder / "events.jsonl")],
        malformed=[_raw(line) for line in _lines(folder / "malformed.jsonl")],
        tokens=[_moved(line, shift_ms, 0) for line in _lines(folder / "tokens.jsonl")],
        pushes=[line["push"] for line in expected if "push" in line],
        decisions=[line["decision"] for line in expected if "decision" in line],
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        return [json.loads(line) for line in file]


def _moved_event(line: dict[str, Any], shift_ms: int) -> tuple[str, dict[str, Any]]:
    ((kind, event),) = line.items()
    return kind, event | {"timestamp": event["timestamp"] + shift_ms}


def _raw(line: dict[str, Any]) -> tuple[str, bytes, str]:
    value = base64.b64decode(line["value_base64"]) if "value_base64" in line else line["value"].encode()
    return line["field"], value, line["path"]


def _moved(value: Any, shift_ms: int, shift_minutes: int) -> Any:
    """Return a copy in which every moment and every daily interval is moved."""
    again = partial(_moved, shift_ms=shift_ms, shift_minutes=shift_minutes)
    if isinstance(value, list):
        return [again(item) for item in value]
    if not isinstance(value, dict):
        return value
    moves: dict[str, Callable[[Any], Any]] = dict.fromkeys(_MOMENTS, lambda moment: moment + shift_ms)
    moves["ignoreInterval"] = lambda interval: _CLOCK.sub(partial(_later, minutes=shift_minutes), interval)
    return {name: moves.get(name, again)(member) for name, member in value.items()}


def _later(match: re.Match[str], minutes: int) -> str:
    hour, minute = divmod((int(match[1]) * 60 + int(match[2]) + minutes) % _DAY, 60)
    return f"{hour}:{minute}"


def _minute(at_ms: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return local.hour * 60 + local.minute
