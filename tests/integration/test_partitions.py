"""State spread over four partitions of one server: the same story, and every key where it belongs."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.integration.api.api_process import SECRET, USER, Api, running_api, v1
from tests.integration.cli.command import json_lines, offline_push
from tests.integration.configuration import APPKEY, HUAWEI, NOTIFIERS, channels_of, write_configuration
from tests.integration.eventually import eventually
from tests.integration.spread import COUNT, PARTITIONS, Spread, away, home, message, presence, spread_names, token_of
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.keys import partition_of
from worker.store.stream import GROUP

USERS_EACH, MESSAGES_EACH, KILLS = 30, 8, 4


@pytest.fixture(scope="module")
def spread(
    redis_server: EmbeddedServer,
    vendors: Vendors,
    session_children: Children,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Spread]:
    """A running worker with four partitions."""
    folder = tmp_path_factory.mktemp("spread")
    (folder / "receipt-secret").write_text(f"{SECRET}\n")
    channels = channels_of(vendors)
    channels[HUAWEI] |= {"receipt_user": USER, "receipt_secret_file": "receipt-secret"}
    write_configuration(folder / "config.toml", redis_server.url, channels, partitions=COUNT, lease_s=2)
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        vendors.reset()
        worker = WorkerProcess(session_children, folder / "config.toml").started()
        yield Spread(client, vendors, worker, folder)
        assert worker.stop() == 0


@pytest.fixture(scope="module")
def api(spread: Spread, session_children: Children) -> Iterator[Api]:
    """The HTTP API beside it."""
    with running_api(session_children, spread.worker.configuration, spread.folder / "api.log") as running:
        yield running


def test_messages_find_their_receivers(spread: Spread) -> None:
    """Wherever sender and receiver are at home, the phone is lit, and explain finds the decision and its end."""
    senders, users = spread_names("alice"), spread_names("bob", 4)
    spread.load(*users)
    events = [message(senders[number // 4], user) for number, user in enumerate(users)]
    assert len({(home(event["from"]), home(event["to"])) for event in events}) == COUNT**2
    spread.emit(*events)
    spread.done()
    for event in events:
        user, msg_id = event["to"], event["msg_id"]
        assert [push["payload"]["m"] for push in spread.pushes(user)] == [msg_id]
        assert (spread.badge(user), spread.state(user, msg_id).split()[0]) == (1, "accepted")
    for event, options in ((events[1], ()), (events[2], ("--msg", events[2]["msg_id"]))):
        (record,) = spread.explain(event["to"], *options)
        assert (record["msg_id"], record["reason"], record["badge"]) == (event["msg_id"], "pushed", 1)
        assert record["devices"][0]["delivery"].startswith("accepted ")


def test_a_group_is_decided_in_every_partition(spread: Spread) -> None:
    """One event, receivers everywhere: each is decided once, also when the event comes again."""
    users = spread_names("member", 10)
    spread.load(*users, vendor="fcm")
    event = message("alice", users, chat_type="groupchat", group_id="77")
    spread.emit(event)
    spread.emit(event)
    spread.done()
    assert [len(spread.pushes(user, "fcm")) for user in users] == [1] * len(users)
    assert [spread.badge(user) for user in users] == [1] * len(users)
    for keys in PARTITIONS.all:
        ledger: Any = spread.client.hgetall(keys.message(APPKEY, event["msg_id"]))
        assert {field for field in ledger if b"\n" not in field} == {
            user.encode() for user in users if home(user) == keys
        }


def test_presence_counts_wherever_it_was_added(spread: Spread) -> None:
    """A gateway that adds to one stream only reaches every user: state and badge are the user's own."""
    users = spread_names("carol")
    spread.load(*users)
    spread.emit(*(message("alice", user) for user in users))
    spread.done()
    assert [spread.badge(user) for user in users] == [1] * COUNT
    for user in users:
        spread.add(away(user), "presence", presence(user, "online"))
    spread.done()
    second = {user: message("alice", user) for user in users}
    spread.emit(*second.values())
    spread.done()
    for user in users:
        (connection,) = json.loads(spread.client.hget(home(user).user(APPKEY, user), "p") or "[]")
        assert (connection["resource"], spread.badge(user)) == ("web_1", 0)
        assert spread.reason(user, second[user]["msg_id"]) == "online"


def test_read_marks_lie_with_the_user(spread: Spread) -> None:
    """A read event, added wherever, is marked in the user's partition and acknowledged in its own."""
    users = spread_names("dave")
    for user in users:
        spread.add(away(user), "read", {"appkey": APPKEY, "user": user, "conversation": "user:alice"})
    spread.done()
    for user in users:
        assert spread.client.hkeys(home(user).read_marks(APPKEY, user)) == [b"user:alice"]
        assert not spread.client.exists(away(user).read_marks(APPKEY, user))


def test_receipts_find_their_push(spread: Spread, api: Api) -> None:
    """Huawei names no user: a receipt finds its push in whichever partition it is, and retires a dead token there."""
    users = spread_names("erin")
    spread.load(*users, vendor="huawei")
    event = message("alice", users, chat_type="groupchat", group_id="78")
    spread.emit(event)
    spread.done()
    for number, user in enumerate(users):
        (push,) = spread.pushes(user, "huawei")
        status = 5 if number % 2 else 0
        api.post(v1(event["msg_id"], push["token"], push["vendor_id"], status)).raise_for_status()
        said = "receipt 5 token_unknown" if status else "delivered"
        assert spread.state(user, event["msg_id"], "huawei").startswith(said)
        bound: Any = spread.client.hget(home(user).user(APPKEY, user), "d")
        assert (bound is None) == bool(status)


def test_a_backup_is_whole(spread: Spread) -> None:
    """``dump`` gives every user of every partition once, and ``load`` puts each back where it was."""
    users = spread_names("frank", 5)
    spread.load(*users)

    def dumped() -> dict[str, dict[str, Any]]:
        done = offline_push("dump", *spread.config)
        found = [record for record in json_lines(done.stdout) if record["user"] in users]
        assert len(found) == len({record["user"] for record in found})
        return {record["user"]: record for record in found}

    before = dumped()
    assert {user: record["devices"][0]["token"] for user, record in before.items()} == {
        user: token_of(user, "apns") for user in users
    }
    for user in users:
        spread.client.delete(home(user).user(APPKEY, user))
    (spread.folder / "dump.jsonl").write_text("".join(json.dumps(record) + "\n" for record in before.values()))
    offline_push("load", spread.folder / "dump.jsonl", *spread.config)
    assert dumped() == before


def test_dead_letters_stay_in_their_partition(spread: Spread) -> None:
    """What cannot be read is buried where it was added, events and pushes; the command sees all of them."""
    for keys in PARTITIONS.all:
        spread.client.xadd(keys.events, {"message": "{"})
        spread.client.xadd(keys.outbox(APPKEY, HUAWEI), {"job": "["})
    spread.done()
    for keys in PARTITIONS.all:
        letters: Any = spread.client.xrange(keys.dead)
        streams = {fields[b"stream"].decode() for _, fields in letters}
        assert streams == {keys.events, keys.outbox(APPKEY, HUAWEI)}
    listed = json_lines(offline_push("dead-letters", "list", "--json", *spread.config).stdout)
    assert Counter(re.findall(r"^p\d", letter["id"])[0] for letter in listed) == {f"p{n}": 2 for n in range(COUNT)}
    dropped = offline_push("dead-letters", "drop", "--all", *spread.config)
    assert dropped.returncode == 0
    assert [spread.client.xlen(keys.dead) for keys in PARTITIONS.all] == [0] * COUNT


def settled(spread: Spread) -> int:
    """Return how many sends are settled."""
    counted = 0
    for key in spread.client.scan_iter("*:stat:*"):
        fields: Any = spread.client.hgetall(key)
        counted += sum(int(number) for name, number in fields.items() if name.endswith(b":accepted"))
    return counted


def decided(spread: Spread) -> int:
    """Return how many decisions are handed over."""
    lengths: list[Any] = [spread.client.xlen(keys.journal) for keys in PARTITIONS.all]
    return sum(lengths)


def in_flight(spread: Spread) -> int:
    """Return how many pushes were read and not settled."""
    streams = [keys.outbox(APPKEY, name) for keys in PARTITIONS.all for name in NOTIFIERS.values()]
    summaries: list[Any] = [spread.client.xpending(name, GROUP) for name in streams if spread.client.exists(name)]
    return sum(int(summary["pending"]) for summary in summaries)


def wait_for(spread: Spread, number: int, mark: int) -> None:
    """Wait until so much is handed over, or settled, by turns."""
    progress = settled if number % 2 else decided
    eventually(lambda: progress(spread), lambda count: count >= mark, 30)


def test_kills_lose_and_double_nothing(spread: Spread) -> None:
    """Killed between the partitions of its hand-offs, a worker leaves nobody out and counts nobody twice."""
    users = spread_names("kim", USERS_EACH)
    spread.load(*users, vendor="fcm")
    groups = [users[start : start + 40] for start in range(0, len(users), 40)]
    events = [
        message("alice", group, chat_type="groupchat", group_id=str(number))
        for _ in range(MESSAGES_EACH)
        for number, group in enumerate(groups)
    ]
    total, allowed, before = len(users) * MESSAGES_EACH, 0, (decided(spread), settled(spread))
    spread.worker.kill()
    spread.emit(*events)
    for number in range(KILLS):
        spread.worker.start()
        wait_for(spread, number, before[number % 2] + total * (number + 1) // (KILLS + 2))
        spread.worker.kill()
        allowed += in_flight(spread)
    spread.worker.started()
    spread.done()
    pushes = [push for push in spread.vendors.requests() if push["token"] in {token_of(user, "fcm") for user in users}]
    told = Counter((push["token"], push["payload"]["data"]["m"]) for push in pushes)
    assert told.keys() == {(token_of(user, "fcm"), event["msg_id"]) for event in events for user in event["to"]}
    assert told.total() - total <= allowed
    assert {spread.badge(user) for user in users} == {MESSAGES_EACH}
    assert decided(spread) - before[0] == total
    assert [spread.client.xlen(keys.dead) for keys in PARTITIONS.all] == [0] * COUNT


#: Kinds of keys whose last part is a user.
OF_USERS = {"u", "read", "latest"}


def test_every_key_lies_where_it_belongs(spread: Spread) -> None:
    """No key is without a partition's tag, and nothing of a user is in another user's partition."""
    user = spread_names("lou")[1]
    spread.load(user)
    spread.emit(message("alice", user, payload={"ext": {"em_apns_ext": {"em_push_collapse_key": "score"}}}))
    spread.done()
    kinds: Counter[str] = Counter()
    for key in spread.every_key():
        found = re.fullmatch(r"push:\{p(\d+)\}:(\w+)(?::(org#app)(?::(.*))?)?", key)
        assert found, key
        number, kind, rest = int(found[1]), found[2], found[4]
        assert number < COUNT
        kinds[kind] += 1
        assert {partition_of(APPKEY, name, COUNT) for name in users_of(spread, key, kind, rest)} <= {number}, key
    assert kinds.keys() - {"dead", "retry"} == {
        "events",
        "journal",
        "ledger",
        "out",
        "u",
        "m",
        "read",
        "latest",
        "stat",
    }


def users_of(spread: Spread, key: str, kind: str, rest: str) -> set[str]:
    """Return the users whose something lies in a key."""
    if kind in OF_USERS:
        return {rest}
    if kind == "m":
        fields: Any = spread.client.hkeys(key)
        return {field.decode().split("\n")[0] for field in fields}
    if kind == "journal":
        entries: Any = spread.client.xrange(key)
        return {json.loads(fields[b"record"])["user"] for _, fields in entries}
    return set()
