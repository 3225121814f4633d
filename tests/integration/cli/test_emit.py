"""Emit: captured lines become stream entries."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from tests.factories import case_record, event_record, group
from tests.integration.cli.command import json_lines, offline_push
from worker.codec import decode_entry
from worker.store.keys import Keys

_PRESENCE = {"appkey": "org#app", "user": "bob", "resource": "web_1", "state": "online", "timestamp": 1}
_MESSAGE = event_record(**group("bob", "carol"), unknown={"kept": ["as", "it", 1.50]})


def _entries(database: redis.Redis) -> list[dict[bytes, bytes]]:
    entries: Any = database.xrange(Keys().events)
    return [fields for _, fields in entries]


@pytest.mark.parametrize(
    ("line", "kind", "event"),
    [
        (_MESSAGE, "message", _MESSAGE),
        ({"message": _MESSAGE}, "message", _MESSAGE),
        (_PRESENCE, "presence", _PRESENCE),
        ({"presence": _PRESENCE}, "presence", _PRESENCE),
        (case_record(), "message", case_record()["event"]),
    ],
)
def test_forms_of_a_line(
    line: dict[str, Any], kind: str, event: dict[str, Any], config: Path, database: redis.Redis
) -> None:
    """Each form of a line becomes one entry of one field named by its kind, and the worker can read it."""
    done = offline_push("emit", "-", "--config", config, stdin=json.dumps(line, ensure_ascii=False))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 events emitted\n")
    (fields,) = _entries(database)
    assert {name.decode(): json.loads(value) for name, value in fields.items()} == {kind: event}
    assert isinstance(decode_entry(fields, 1_000_000), msgspec.Struct)


def test_order_is_kept(config: Path, database: redis.Redis) -> None:
    """Entries have the order of the lines, over more than one batch."""
    ids = [str(number) for number in range(1_100)]
    lines = "\n".join(json.dumps(event_record(msg_id=msg_id)) for msg_id in ids)
    assert offline_push("emit", "-", "--config", config, stdin=lines).stderr == "1100 events emitted\n"
    assert [json.loads(fields[b"message"])["msg_id"] for fields in _entries(database)] == ids


_BAD: list[tuple[Any, str]] = [
    ({"message": {**_MESSAGE, "timestamp": "now"}}, "$.timestamp"),
    ({**_PRESENCE, "state": "away"}, "$.state"),
    ({**_PRESENCE, "lease_s": 0}, "$.lease_s"),
    ({"event": []}, "$"),
    ({}, "$.appkey"),
    ([], "$"),
]


def test_lines_that_are_no_events(config: Path, database: redis.Redis) -> None:
    """A line that the worker would refuse is not emitted: its number and the path of the fault are reported."""
    lines = "\n".join(json.dumps(line) for line, _ in _BAD)
    done = offline_push("emit", "-", "--config", config, stdin=lines)
    *reports, count = done.stderr.splitlines()
    expected = [[f"<stdin>:{number}", path] for number, (_, path) in enumerate(_BAD, 1)]
    assert [report.split(": ")[:2] for report in reports] == expected
    assert (done.returncode, count, _entries(database)) == (1, "0 events emitted", [])


def test_shipped_events(config: Path, database: redis.Redis) -> None:
    """The sample capture's events go in as they are."""
    sample = Path(__file__).parents[3] / "deploy/examples/demo/events.jsonl"
    assert offline_push("emit", sample, "--config", config).returncode == 0
    emitted = [{name.decode(): json.loads(value) for name, value in fields.items()} for fields in _entries(database)]
    assert emitted == json_lines(sample.read_text("utf-8"))
