"""Backlog: what waits, what would become of it, and that looking changes nothing."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.factories import event_record, group
from tests.integration.cli.command import COMMAND, Done, environment, json_lines, offline_push, refused
from tests.integration.cli.terminal import terminal
from tests.integration.deployment import now_ms
from worker.store.keys import Keys

KEYS = Keys()
FOLD, DROP, PUSH = "org#fold", "org#drop", "org#push"
NOTIFIER = "com.example.app"
HOUR_MS = 3_600_000
DEVICE = {"device_id": "ios_1", "notifier": NOTIFIER, "token": "geheim", "bound_at": 1}

_CHANNEL = """[[apps."{app}".channels]]
notifier = "com.example.app"
provider = "apns"
topic = "com.example.app"
key_file = "key.p8"
key_id = "K"
team_id = "T"
"""


@pytest.fixture
def config(redis_url: str, tmp_path: Path) -> Path:
    """A configuration of three apps, whose key files are not here."""
    path = tmp_path / "config.toml"
    sections = [f'[redis]\nurl = "{redis_url}"\n']
    for app, policy in ((FOLD, "fold"), (DROP, "drop"), (PUSH, "push")):
        sections.append(f'[apps."{app}".catch_up]\npolicy = "{policy}"\n{_CHANNEL.format(app=app)}')
    path.write_text("\n".join(sections))
    return path


def bind(database: redis.Redis, app: str, *users: str) -> None:
    """Give users a device."""
    for user in users:
        database.hset(KEYS.user(app, user), "d", json.dumps([DEVICE]))


def say(
    database: redis.Redis, app: str, msg_id: str, age_ms: int = 0, stream: str = KEYS.events, **members: Any
) -> None:
    """Add a message of alice to bob."""
    event = event_record(appkey=app, msg_id=msg_id, timestamp=now_ms() - age_ms, **members)
    database.xadd(stream, {"message": json.dumps(event)})


def backlog(config: Path, *arguments: str) -> Done:
    """Run the command."""
    return offline_push("backlog", "--config", config, *arguments)


def records(config: Path, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """Return the records by kind."""
    done = backlog(config, "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, list[dict[str, Any]]] = {}
    for record in json_lines(done.stdout):
        found.setdefault(record.pop("record"), []).append(record)
    return found


def fates(found: Mapping[str, list[dict[str, Any]]]) -> dict[tuple[str, str, str], int]:
    """Return the decisions."""
    return {(row["app"], row["outcome"], row["reason"]): row["count"] for row in found["decisions"]}


def test_what_would_become_of_each_app(database: redis.Redis, config: Path) -> None:
    """Late messages are folded, dropped or pushed as the app says, and what is younger or older is told apart."""
    for app in (FOLD, DROP, PUSH):
        bind(database, app, "bob", "carol")
        for number in range(3):
            say(database, app, f"late{number}", HOUR_MS)
        say(database, app, "late group", HOUR_MS, **group("bob", "carol", "dora"))
        say(database, app, "new")
        say(database, app, "old", 25 * HOUR_MS)
    found = records(config)
    assert fates(found) == {
        (FOLD, "push", "late: catch_up fold"): 5,
        (FOLD, "push", ""): 1,
        (FOLD, "suppress", "no_binding"): 1,
        (FOLD, "suppress", "expired"): 1,
        (DROP, "push", ""): 1,
        (DROP, "suppress", "expired: catch_up drop"): 6,
        (DROP, "suppress", "expired"): 1,
        (PUSH, "push", ""): 6,
        (PUSH, "suppress", "no_binding"): 1,
        (PUSH, "suppress", "expired"): 1,
    }
    pushes = {(row["app"], row["catch_up"]): (row["pushes"], row["notifications"]) for row in found["pushes"]}
    # Bob's talk with alice, the group on his phone, the group on carol's.
    assert pushes == {(FOLD, "fold"): (5, 3), (FOLD, "push"): (1, 1), (DROP, "push"): (1, 1), (PUSH, "push"): (6, 6)}
    assert all(row["provider"] == "apns" and row["is_exact"] for row in found["pushes"])


def test_ages_and_kinds(database: redis.Redis, config: Path) -> None:
    """Events are counted by app, kind and age; what cannot be read, and apps nobody configured, stand apart."""
    for age_ms in (0, 2 * 60_000, 30 * 60_000, 2 * HOUR_MS, 30 * HOUR_MS):
        say(database, PUSH, f"m{age_ms}", age_ms)
    presence = {"appkey": PUSH, "user": "bob", "resource": "web", "state": "online", "timestamp": now_ms()}
    database.xadd(KEYS.events, {"presence": json.dumps(presence)})
    database.xadd(KEYS.events, {"read": json.dumps({"appkey": "org#else", "user": "bob"})})
    database.xadd(KEYS.events, {"message": "{"})
    events = {(row["app"], row["kind"]): row["ages"] for row in records(config)["events"]}
    ages = dict.fromkeys(("<1min", "<5min", "<1h", "<1day", "older"), 0)
    assert events == {
        (PUSH, "message"): dict.fromkeys(ages, 1),
        (PUSH, "presence"): ages | {"<1min": 1},
        ("(not configured)", "read"): ages | {"<1min": 1},
        ("(not configured)", "malformed"): ages | {"<1min": 1},
    }


def test_a_message_that_was_handed_over_is_a_repeat(database: redis.Redis, config: Path) -> None:
    """A redelivered event, for the receivers that it was handed over for, would change nothing."""
    bind(database, PUSH, "bob", "carol")
    say(database, PUSH, "m1", **group("bob", "carol"))
    database.hset(KEYS.message(PUSH, "m1"), "bob", "1-1")
    found = records(config)
    assert fates(found) == {(PUSH, "repeat", "handed over before"): 1, (PUSH, "push", ""): 1}
    assert found["pushes"][0]["pushes"] == 1


def test_one_app_and_so_many_events(database: redis.Redis, config: Path) -> None:
    """--app leaves the others out, --limit looks at the oldest so many; both say how many there are."""
    for number in range(450):
        say(database, PUSH if number % 2 else DROP, f"m{number}")
    found = records(config, "--app", PUSH, "--limit", "250")
    assert found["looked_at"] == [{"count": 250, "of": 450}]
    assert {(row["app"], row["count"]) for row in found["events"]} == {(PUSH, 125)}
    assert {row["app"] for row in found["waiting"]} == {PUSH}
    assert "450 events wait, 250 of them looked at" in backlog(config, "--limit", "250").stdout


def test_what_was_put_aside_waits_too(database: redis.Redis, config: Path) -> None:
    """Events in a siding are part of the backlog, and as old as they came."""
    bind(database, PUSH, "bob")
    database.sadd(KEYS.sidings, PUSH)
    say(database, PUSH, "m1", 2 * HOUR_MS, KEYS.siding(PUSH))
    old = now_ms() - 2 * HOUR_MS
    presence = {"appkey": PUSH, "user": "bob", "resource": "web", "state": "offline", "timestamp": old}
    database.xadd(KEYS.siding(PUSH), {"origin": f"{old}-1", "presence": json.dumps(presence)})
    found = records(config)
    assert found["looked_at"] == [{"count": 2, "of": 2}]
    assert [row["ages"]["<1day"] for row in found["events"]] == [1, 1]


def test_what_waits_behind_the_decision(database: redis.Redis, config: Path) -> None:
    """Outboxes, late pushes, retries and dead letters are counted."""
    names = (FOLD, NOTIFIER)
    database.xadd(KEYS.outbox(*names), {"job": "{}"})
    database.zadd(KEYS.late_ready(*names), {"a": 1, "b": 2})
    database.zadd(KEYS.late_folding(*names), {"a": 1, "b": 2, "c": 3})
    database.zadd(KEYS.retry(*names), {"a": 1, "b": 2, "c": 3, "d": 4})
    database.xadd(KEYS.dead, {"field": "x"})
    found = records(config)
    (row,) = (row for row in found["waiting"] if row["app"] == FOLD)
    assert {name: row[name] for name in ("outbox", "ready", "folding", "retry")} == {
        "outbox": 1,
        "ready": 2,
        "folding": 3,
        "retry": 4,
    }
    assert found["dead_letters"] == [{"count": 1}]


def test_looking_changes_nothing(database: redis.Redis, config: Path) -> None:
    """Every key is after the preview what it was before, and no consumer has read anything."""
    bind(database, FOLD, "bob")
    database.xgroup_create(KEYS.events, "push", id="0", mkstream=True)
    for number in range(250):
        say(database, FOLD, f"m{number}", HOUR_MS)
    before = {key: database.dump(key) for key in database.keys("*")}
    records(config)
    assert {key: database.dump(key) for key in database.keys("*")} == before


def test_words_fit_80_columns(database: redis.Redis, config: Path) -> None:
    """What is printed for people fits 80 columns and holds no token and no text."""
    bind(database, FOLD, "bob")
    for number in range(2):
        say(database, FOLD, f"m{number}", HOUR_MS)
    database.zadd(KEYS.retry(FOLD, NOTIFIER), {"a": 1})
    done = backlog(config)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in ("2 events wait", FOLD, "late: catch_up fold", "folded", NOTIFIER, "RETRY"):
        assert words in done.stdout
    assert not any(word in done.stdout for word in ("geheim", "Hello"))


def test_a_long_look_shows_how_far_it_is(database: redis.Redis, config: Path) -> None:
    """On a terminal a large backlog has a bar, on standard error; what is printed stays clean."""
    pipe = database.pipeline(transaction=False)
    for _ in range(10_000):
        pipe.xadd(KEYS.events, {"message": "{"})
    pipe.execute()
    command = [*COMMAND, "backlog", "--config", str(config)]
    with terminal() as (errors, shown):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, env=environment(TERM="xterm"), check=True)
    assert b"/10000" in shown.result()
    assert b"10,000 events wait" in done.stdout
    assert b"\x1b" not in done.stdout


def test_nothing_waits(database: redis.Redis, config: Path) -> None:
    """An idle deployment has no backlog, which is no fault."""
    assert database.dbsize() == 0
    done = backlog(config)
    assert (done.returncode, done.stdout.strip()) == (0, "0 events wait")


def test_bad_usage(database: redis.Redis, config: Path, tmp_path: Path) -> None:
    """An app that is not configured, and a server that does not answer, are one line and status 2."""
    assert database.ping()
    done = backlog(config, "--app", "org#none")
    assert (done.returncode, done.stdout) == (2, "")
    assert "org#none: no such app" in done.stderr
    nowhere = tmp_path / "nowhere.toml"
    nowhere.write_text('[redis]\nurl = "redis://127.0.0.1:1/0"\n')
    refused(backlog(nowhere), "redis")
