"""Load and dump: state records go in and come out."""

import json
import string
from pathlib import Path
from typing import Any

import msgspec
import redis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.cli.command import json_lines, offline_push, write_lines
from worker.store.state import StateRecord

_WEIRD = ":[]{}()*?\\^#@_/ \"'%\u00df漢字é\u0300🍲👨\u200d👩\u200d👧\u202e" + string.digits
#: Lower case, as user ids are compared; no control characters, as the contract says.
_NAME = st.text(st.sampled_from(_WEIRD + string.ascii_lowercase), min_size=1, max_size=20).filter(
    lambda name: name == name.lower()
)
_APP = st.sampled_from(["org#app", "org#app2", "[o]*#{p0}?", "组织#应用"])
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_MS = st.integers(0, 99_999_999_999_999)
_TYPE = st.sampled_from(["ALL", "AT", "NONE"])


def _some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


_DEVICE = _some(device_id=_TEXT, notifier=_TEXT, token=_TEXT, bound_at=_MS, kicked=st.booleans())
#: Neither is ever without a member: that is as good as absent.
_SETTINGS = st.fixed_dictionaries(
    {"style": st.just(1)},
    optional={
        "type": _TYPE,
        "ignoreInterval": _TEXT,
        "ignoreDuration": _MS,
        "language": _TEXT,
        "nickname": _TEXT,
        "template": _TEXT,
    },
)
_OVERRIDE = st.fixed_dictionaries({"type": _TYPE}, optional={"ignoreDuration": _MS})
_RECORD = st.fixed_dictionaries(
    {"appkey": _APP, "user": _NAME},
    optional={
        "presence": st.lists(_some(resource=_TEXT, device_id=_TEXT, online_until=_MS), min_size=1, max_size=3),
        "devices": st.lists(_DEVICE, min_size=1, max_size=3),
        "settings": _SETTINGS,
        "conversations": st.dictionaries(_NAME, _OVERRIDE, min_size=1, max_size=3),
        "badge": st.integers(1, 2**53),
    },
).filter(lambda record: len(record) > len(("appkey", "user")))
_RECORDS = st.lists(_RECORD, min_size=20, max_size=60, unique_by=lambda record: (record["appkey"], record["user"]))


def _by_name(text: str) -> dict[tuple[str, str], StateRecord]:
    records = [msgspec.convert(record, StateRecord) for record in json_lines(text)]
    assert len({(record.appkey, record.user) for record in records}) == len(records)
    return {(record.appkey, record.user): record for record in records}


# Every example starts with an empty database, so that the fixtures may live for all of them. Each runs four
# processes: making a failing one smaller would take minutes.
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=_RECORDS)
def test_round_trip(records: list[dict[str, Any]], config: Path, database: redis.Redis) -> None:
    """What was loaded is dumped, whatever the ids are made of; loading the dump again changes not one byte."""
    database.flushall()
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    loaded = offline_push("load", "-", "--config", config, stdin=text)
    assert (loaded.returncode, loaded.stderr) == (0, f"{len(records)} records loaded\n")
    first = offline_push("dump", "--config", config).stdout
    assert _by_name(first) == _by_name(text)
    database.flushall()
    offline_push("load", "-", "--config", config, stdin=first)
    assert sorted(offline_push("dump", "--config", config).stdout.split("\n")) == sorted(first.split("\n"))


_FULL: dict[str, Any] = {
    "appkey": "org#app",
    "user": "bob",
    "presence": [{"resource": "web_1", "online_until": 5}],
    "devices": [{"device_id": "ios_1", "notifier": "n", "token": "t", "bound_at": 7}],
    "settings": {"type": "AT", "nickname": "Bob"},
    "conversations": {"user:alice": {"type": "NONE"}, "group:77": {"type": "AT"}},
    "badge": 3,
}
_NAMES = {"appkey": "org#app", "user": "bob"}


def _state(config: Path, *records: dict[str, Any]) -> dict[str, Any]:
    """Load records one after the other; return the only dumped one, without members that are not set."""
    file = write_lines(config.parent / "state.jsonl", records)
    assert offline_push("load", file, "--config", config).returncode == 0
    (dumped,) = json_lines(offline_push("dump", "--config", config).stdout)
    given_settings = {name: value for name, value in dumped.get("settings", {}).items() if value}
    overrides = {
        name: {key: value for key, value in each.items() if value}
        for name, each in dumped.get("conversations", {}).items()
    }
    return (
        dumped
        | ({"settings": given_settings} if given_settings else {})
        | ({"conversations": overrides} if overrides else {})
    )


def test_load_replaces_what_it_names(config: Path, database: redis.Redis) -> None:
    """A record replaces each member it names as a whole and leaves the others as they are."""
    assert database.ping()
    changed = _state(config, _FULL, {**_NAMES, "settings": {"language": "en"}, "badge": 5})
    assert changed == {**_FULL, "settings": {"language": "en"}, "badge": 5}


def test_load_replaces_one_override(config: Path, database: redis.Redis) -> None:
    """A conversation's override is replaced without touching those of other conversations."""
    assert database.ping()
    changed = _state(config, _FULL, {**_NAMES, "conversations": {"user:alice": {"type": "ALL"}}})
    assert changed["conversations"] == {"user:alice": {"type": "ALL"}, "group:77": {"type": "AT"}}


def test_empty_members_are_removed(config: Path, database: redis.Redis) -> None:
    """An empty list and a badge of zero remove the member."""
    assert database.ping()
    changed = _state(config, _FULL, {**_NAMES, "devices": [], "presence": [], "badge": 0})
    assert changed == {name: value for name, value in _FULL.items() if name not in {"devices", "presence", "badge"}}


def test_user_is_the_one_the_worker_knows(config: Path, database: redis.Redis) -> None:
    """A JID and capital letters name the same receiver as the bare lower-case id."""
    assert database.ping()
    file = write_lines(config.parent / "state.jsonl", [{"appkey": "org#app", "user": "ORG#app_Bob@h/r", "badge": 1}])
    assert offline_push("load", file, "--config", config).returncode == 0
    assert json_lines(offline_push("dump", "--config", config).stdout) == [{**_NAMES, "badge": 1}]
