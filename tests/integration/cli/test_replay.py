"""Replay: the same decisions from the same records, offline."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories import APNS, HOUR, NOW, case_record, decoded, group, online
from tests.integration.cli.command import json_lines, offline_push, write_lines

#: One case for each way a decision can go that a person would ask about.
_CASES = [
    case_record(),
    case_record({"settings": {"ignoreInterval": "22:00-07:00"}}),
    case_record({"receiver": {"presence": [online("web_1")]}}),
    case_record({"settings": {"type": "AT"}, "event": group("bob", "carol")}),
    case_record({"event": {"timestamp": NOW - 25 * HOUR}}),
    case_record({"receiver": {"devices": []}}),
    case_record({"case": {"recipients": [{"user": name} for name in ("bob", "carol", "[bold]dave[/]")]}}),
    {"at": NOW, "event": case_record()["event"]},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A file of all cases."""
    return write_lines(tmp_path / "cases.jsonl", _CASES)


def test_same_bytes_each_time(cases: Path) -> None:
    """Two replays of one file are the same bytes, whatever the hash seed."""
    first, second = (offline_push("replay", cases, "--json", env={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert first.returncode == 0
    assert first.stdout == second.stdout


def test_decisions_are_those_of_the_policy(cases: Path) -> None:
    """Each receiver of each case has one JSON line: the decision record of ``decide``."""
    expected = [decision.record() for record in _CASES for decision in decoded(record).decisions()]
    assert json_lines(offline_push("replay", cases, "--json").stdout) == expected


def test_a_line_for_people(cases: Path) -> None:
    """Without --json there is one line a decision: message, user, outcome, reason, and why."""
    lines = offline_push("replay", cases).stdout.splitlines()
    assert len(lines) == sum(1 for record in _CASES for _ in decoded(record).decisions())
    assert lines[0].split("  ") == ["1", "bob", "push", "pushed", f"to {APNS}"]
    assert lines[1].split("  ")[2:4] == ["suppress", "dnd_interval"]
    assert "22:13" in lines[1]


def test_needs_no_redis(cases: Path) -> None:
    """Neither a Redis nor the key files of a configuration are touched."""
    config = cases.with_name("config.toml")
    config.write_text(
        '[redis]\nurl = "redis://127.0.0.1:1/0"\n[[apps."org#app".channels]]\nnotifier = "com.example.app"\n'
        'provider = "apns"\ntopic = "t"\nkey_file = "gone.p8"\nkey_id = "K"\nteam_id = "T"\n'
    )
    done = offline_push("replay", cases, "--json", "--config", config)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("appkey", "reason"), [("org#app", "pushed"), ("org#other", "dnd_interval")])
def test_configuration_beats_the_record(appkey: str, reason: str, tmp_path: Path) -> None:
    """With --config an app's policy is the configured one; an app it does not name keeps the record's."""
    config = tmp_path / "config.toml"
    config.write_text(f'[apps."{appkey}"]\ntimezone = "Europe/London"\n' + _CHANNEL.format(appkey=appkey))
    case = json.dumps(case_record({"settings": {"ignoreInterval": "22:00-07:00"}}))
    (record,) = json_lines(offline_push("replay", "-", "--json", "--config", config, stdin=case).stdout)
    assert record["reason"] == reason


_CHANNEL = (
    '[[apps."{appkey}".channels]]\nnotifier = "com.example.app"\nprovider = "apns"\ntopic = "t"\n'
    'key_file = "AuthKey.p8"\nkey_id = "K"\nteam_id = "T"\n'
)


def test_variable_does_not_change_a_replay(cases: Path, tmp_path: Path) -> None:
    """OFFLINE_PUSH_CONFIG alone changes nothing: a record replays to its decision on every machine."""
    config = tmp_path / "config.toml"
    config.write_text('[apps."org#app"]\nadvanced = false\n')
    plain, beside = (
        offline_push("replay", cases, "--json", env=env) for env in ({}, {"OFFLINE_PUSH_CONFIG": str(config)})
    )
    assert plain.stdout == beside.stdout


def test_tokens_stay_out(tmp_path: Path) -> None:
    """A decision never repeats a device's token."""
    record: dict[str, Any] = case_record({"receiver": {"devices": [{"notifier": APNS, "token": "my-secret-token"}]}})
    cases = write_lines(tmp_path / "cases.jsonl", [record])
    for flag in ((), ("--json",)):
        assert "my-secret-token" not in offline_push("replay", cases, *flag).stdout
