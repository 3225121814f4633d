"""The undo of retired tokens: which are found, what is shown, and which come back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from providers.notification import fingerprint
from tests.integration.cli.command import Done, json_lines, offline_push, refused
from tests.integration.configuration import APNS, APPKEY, FCM
from worker.store.keys import Keys, Partitions

HOUR_MS = 3_600_000
TOKEN = "5ec7e75ec7e7"
Run = Callable[..., Done]


@pytest.fixture
def run(redis_url: str, database: redis.Redis) -> Run:
    """Run `offline-push retired` on an empty database."""
    assert database.ping()
    return lambda *arguments, **env: offline_push(
        "retired", *arguments, env={"OFFLINE_PUSH_REDIS__URL": redis_url, **env}
    )


def retire(database: redis.Redis, user: str, *devices: dict[str, Any], keys: Keys | None = None) -> str:
    """Set devices of a user aside; return the user's key."""
    key = (keys or Keys()).user(APPKEY, user)
    rows = [{"token": TOKEN, "notifier": APNS, "reason": "Unregistered", "bound_at": 5, **device} for device in devices]
    database.hset(key, "r", json.dumps(rows))
    return key


def members(database: redis.Redis, key: str, field: str) -> list[dict[str, Any]]:
    """Return a list of a user's hash."""
    text: Any = database.hget(key, field)
    return json.loads(text) if text else []


@pytest.fixture
def three(database: redis.Redis) -> None:
    """Three retired tokens of two users."""
    retire(
        database,
        "bob",
        {"device_id": "a", "retired_at": 1_790_000_000_000},
        {"device_id": "b", "retired_at": 1_790_000_000_000 + 9 * HOUR_MS, "notifier": FCM, "reason": "UNREGISTERED"},
    )
    retire(database, "carol", {"device_id": "c", "retired_at": 1_790_000_000_000, "reason": "BadDeviceToken"})


#: Options -> the devices they find.
FILTERS: dict[tuple[str, ...], set[str]] = {
    (): {"a", "b", "c"},
    ("--app", APPKEY): {"a", "b", "c"},
    ("--app", "other#app"): set(),
    ("--user", "org#app_BOB@easemob.com"): {"a", "b"},
    ("--notifier", FCM): {"b"},
    ("--reason", "unregistered"): {"a", "b"},
    ("--since", "2026-09-21T15:00Z"): {"b"},
}


@pytest.mark.parametrize("options", FILTERS)
@pytest.mark.usefixtures("three")
def test_filters(run: Run, options: tuple[str, ...]) -> None:
    """Each option narrows the list."""
    done = run("list", *options, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert {row["device_id"] for row in json_lines(done.stdout)} == FILTERS[options]


@pytest.mark.usefixtures("three")
def test_no_token_is_shown(run: Run) -> None:
    """People and programs get the fingerprint."""
    for options in ((), ("--json",)):
        done = run("list", *options)
        assert TOKEN not in done.stdout
        assert fingerprint(TOKEN) in done.stdout


@pytest.mark.usefixtures("three")
def test_what_was_retired_is_bound_again(run: Run, database: redis.Redis) -> None:
    """A binding comes back as it was; one whose device has bound anew since stays aside."""
    key = Keys().user(APPKEY, "bob")
    database.hset(key, "d", json.dumps([{"device_id": "b", "notifier": FCM, "token": "new", "bound_at": 9}]))
    dry = run("restore", "--user", "bob", "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "2 would be bound again\n")
    done = run("restore", "--user", "bob")
    assert (done.returncode, done.stdout) == (0, "1 bound again\n")
    assert members(database, key, "d") == [
        {"device_id": "b", "notifier": FCM, "token": "new", "bound_at": 9},
        {"device_id": "a", "notifier": APNS, "token": TOKEN, "bound_at": 5},
    ]
    assert [device["device_id"] for device in members(database, key, "r")] == ["b"]
    assert run("restore", "--user", "bob").returncode == 1
    assert [row["device_id"] for row in json_lines(run("list", "--user", "carol", "--json").stdout)] == ["c"]


def test_every_partition_is_looked_at(run: Run, database: redis.Redis) -> None:
    """With several partitions nothing is out of reach."""
    partitions, users = Partitions(4), [f"user{number}" for number in range(12)]
    for user in users:
        keys = partitions.of(APPKEY, user)
        retire(database, user, {"device_id": user, "retired_at": 1_790_000_000_000}, keys=keys)
    done = run("restore", "--all", OFFLINE_PUSH_REDIS__PARTITIONS="4")
    assert done.stdout == "12 bound again\n"


def test_nothing_said_is_refused(run: Run) -> None:
    """An empty variable in a script must not mean every token."""
    refused(run("restore"), "say which")
    assert run("restore", "--user", "").returncode == 2


@pytest.mark.parametrize("text", ["[", "[1]", '{"a": 1}', "\xff"])
def test_garbage_is_nobody_s_binding(run: Run, database: redis.Redis, text: str, tmp_path: Path) -> None:
    """What other programs wrote wrongly stops neither command."""
    database.hset(Keys().user(APPKEY, "bob"), "r", text.encode("latin-1"))
    assert run("list").stdout == "no retired tokens\n"
    assert run("restore", "--all").stdout == "0 bound again\n"
    assert not list(tmp_path.iterdir())
