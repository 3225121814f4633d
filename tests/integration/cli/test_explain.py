"""Explain, end to end: what the worker journaled is what replay decides from the same facts."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.factories import event_record, group
from tests.integration.cli.command import COMMAND, environment, json_lines, offline_push, write_lines
from tests.integration.configuration import APNS, APPKEY, FCM, channels_of, write_configuration
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from worker.processes import Children
from worker.store.keys import Keys

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Story:
    """What was loaded and said, and where to ask about it."""

    config: Path
    now_ms: int
    events: list[dict[str, Any]]
    state: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def explain(self, *arguments: str) -> Any:
        """Ask why."""
        return offline_push("explain", "--app", APPKEY, *arguments, "--config", self.config)


def _state(now_ms: int) -> dict[str, dict[str, Any]]:
    phone = {"device_id": "ios_1", "notifier": APNS, "token": "ab" * 32, "bound_at": 1}
    tablet = {"device_id": "android_[2]", "notifier": FCM, "token": "explained-token", "bound_at": 1}
    return {
        "bob": {"devices": [phone, tablet], "settings": {"style": 1}, "badge": 3},
        "carol": {"devices": [phone | {"token": "cd" * 32}], "settings": {"ignoreDuration": now_ms + _HOUR}},
        "dora": {"devices": [tablet | {"token": "x"}], "conversation": {"type": "NONE"}},
        "emil": {"presence": [{"resource": "web_[b]1[/b]", "online_until": now_ms + _HOUR}]},
    }


def _loadable(user: str, state: Mapping[str, Any]) -> dict[str, Any]:
    members = {name: value for name, value in state.items() if name != "conversation"}
    overrides = {"conversations": {"group:77": state["conversation"]}} if "conversation" in state else {}
    return {"appkey": APPKEY, "user": user, **members, **overrides}


@pytest.fixture(scope="module")
def story(
    redis_url: str, vendors: Vendors, session_children: Children, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """Two group messages to four people, told to a worker by the command line alone."""
    folder, now_ms = tmp_path_factory.mktemp("explain"), time.time_ns() // 1_000_000
    config, state = folder / "config.toml", _state(now_ms)
    write_configuration(config, redis_url, channels_of(vendors))
    common = {"appkey": APPKEY, "timestamp": now_ms, **group("bob", "carol", "dora", "emil")}
    events = [event_record(msg_id=msg_id, **common) for msg_id in ("one", "two")]
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        records = [_loadable(user, members) for user, members in state.items()]
        assert offline_push("load", write_lines(folder / "state.jsonl", records), "--config", config).returncode == 0
        assert offline_push("emit", write_lines(folder / "events.jsonl", events), "--config", config).returncode == 0
        with (folder / "worker.log").open("wb") as log:
            command = [*COMMAND, "worker", "--config", str(config)]
            process = session_children.start(command, env=environment(), stdout=log, stderr=log)
        eventually(lambda: client.xlen(Keys().journal), lambda length: length == 8, 30)
        eventually(lambda: _open_pushes(client), lambda found: found == 0, 30)
        yield Story(config, now_ms, events, state)
        assert session_children.stop(process, 40) == 0


def _open_pushes(client: redis.Redis) -> int:
    keys = Keys()
    waiting: list[Any] = [client.xlen(keys.outbox(APPKEY, notifier)) for notifier in (APNS, FCM)]
    return int(sum(waiting))


def test_journal_is_what_replay_decides(story: Story) -> None:
    """Of every receiver, explain --json is replay --json of the same facts at the same time, with delivery added."""
    explained = [record for user in story.state for record in json_lines(_ask(story, user))]
    cases = [_case(story, record["user"], record["at"]) for record in explained]
    replayed = offline_push("replay", write_lines(story.config.with_name("cases.jsonl"), cases), "--json")
    assert [_undelivered(record) for record in explained] == json_lines(replayed.stdout)
    assert [record["reason"] for record in explained] == ["pushed", "dnd_duration", "remind_none", "online"]


def _case(story: Story, user: str, at: int) -> dict[str, Any]:
    app = {"appkey": APPKEY, "channels": [{"notifier": name, "provider": vendor} for name, vendor in _VENDORS]}
    return {"at": at, "event": story.events[0], "app": app, "recipients": [{"user": user, **story.state[user]}]}


_VENDORS = ((APNS, "apns"), (FCM, "fcm"), ("104410638", "huawei"))


def _ask(story: Story, user: str) -> str:
    return str(story.explain("--user", user, "--msg", "one", "--json").stdout)


def _undelivered(record: dict[str, Any]) -> dict[str, Any]:
    devices = [{name: value for name, value in device.items() if name != "delivery"} for device in record["devices"]]
    return record | {"devices": devices}


def test_delivery_is_told(story: Story) -> None:
    """Each pushed device says what became of its push."""
    (record,) = json_lines(_ask(story, "bob"))
    assert {device["device_id"]: bool(device.get("delivery")) for device in record["devices"]} == {
        "ios_1": True,
        "android_[2]": True,
    }


@pytest.mark.parametrize(("arguments", "expected"), [((), ["two"]), (("--last", "9"), ["two", "one"])])
def test_latest_messages(story: Story, arguments: tuple[str, ...], expected: list[str]) -> None:
    """Without --msg the receiver's latest are explained, the newest first, as many as there are."""
    done = story.explain("--user", "bob", "--json", *arguments)
    assert [record["msg_id"] for record in json_lines(done.stdout)] == expected


@pytest.mark.parametrize("user", ["BOB", f"{APPKEY}_Bob@easemob.com/ios_1"])
def test_user_as_people_write_it(story: Story, user: str) -> None:
    """Capital letters and a JID name the same receiver."""
    assert story.explain("--user", user, "--msg", "one").returncode == 0


@pytest.mark.parametrize("arguments", [("--user", "bob", "--msg", "three"), ("--user", "zoe"), ("--user", "bo")])
def test_nothing_to_explain(story: Story, arguments: tuple[str, ...]) -> None:
    """A message or a user nobody knows is one line that says so, and status 1."""
    done = story.explain(*arguments)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert all(word in line for word in (arguments[1], APPKEY, *arguments[3:]))


@pytest.mark.parametrize("user", ["bob", "emil"])
def test_words_fit_80_columns(story: Story, user: str) -> None:
    """The explanation for people fits 80 columns, names the reason, every rule, and shows ids as they are."""
    done = story.explain("--user", user, "--msg", "one")
    (record,) = json_lines(_ask(story, user))
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert record["reason"] in done.stdout
    assert all(row["rule"] in done.stdout for row in record["trace"])
    assert {"bob": "android_[2]", "emil": "web_[b]1[/b]"}[user] in done.stdout
    assert "token" not in done.stdout


def test_explanation_in_an_old_locale(story: Story) -> None:
    """A locale that knows ASCII only is no reason to fail."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = offline_push("explain", "--app", APPKEY, "--user", "bob", "--config", story.config, env=ascii_only)
    assert (done.returncode, done.stderr, "Rules" in done.stdout) == (0, "", True)
