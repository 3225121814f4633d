"""Late pushes in the scripts: what is folded into what, in which order they leave, and what makes them wait."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import redis

from policy.app import MultiDevice
from tests.factories import APNS, NOW, PHONE, case_record, decoded
from tests.integration import script_calls
from tests.integration.configuration import APPKEY
from tests.jobs import changed
from worker.admission import Admission, Admitted, job_of, pushes_of
from worker.console import Console
from worker.job import Job
from worker.notifications import Wording
from worker.outcome import Uncertain
from worker.store.hand_off import HandOff, HandOffStore, Memory
from worker.store.keys import Keys, Partitions
from worker.store.late import FoldingTimes, LateChannel, LateStore
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.stream import GROUP, Entry

KEYS = Keys()
NAMES = (APPKEY, APNS)
OUTBOX, READY, FOLDING = KEYS.outbox(*NAMES), KEYS.late_ready(*NAMES), KEYS.late_folding(*NAMES)
#: Nothing is waited for.
AT_ONCE = FoldingTimes(0, 0, 0)
#: Longer than a test takes.
NEVER = 1_000_000_000
SECOND = 1000

Run = Callable[[Callable[[Scripts], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def run(run: script_calls.Run) -> Run:
    """Run a coroutine with the worker's own scripts."""
    return lambda work: run(lambda client: work(Scripts(client)))


def late(msg_id: str, age_s: int, policy: str = "fold", seen_ms: int = 0, **parts: Any) -> HandOff:
    """Return the hand-off of alice's message to bob, so many seconds old."""
    event = {"msg_id": msg_id, "timestamp": NOW - age_s * SECOND, **parts.pop("event", {})}
    app = {"catch_up": {"policy": policy, "after_s": 300}, "locale": "en"}
    case = decoded(case_record({"event": event, "app": app, "settings": {"style": 1}}, parts))
    (decision,) = case.decisions()
    made = Wording(case.message(), Console(case.app)).jobs(decision)
    return HandOff(decision, made, case.message().extension.badge, {job.device_id: seen_ms for job in made})


def hand_over(run: Run, *hand_offs: HandOff) -> Any:
    """Hand over; return which were new."""
    return run(lambda scripts: HandOffStore(scripts, KEYS, Partitions(), Memory()).write(hand_offs, []))


def bring(run: Run, times: FoldingTimes = AT_ONCE, rate_per_s: float | None = None) -> Any:
    """Bring what may leave to the outbox; return how many."""
    channel = LateChannel(*NAMES, 300, rate_per_s)
    return run(lambda scripts: LateStore(scripts, KEYS, lambda: [channel], times).bring(channel))


def waiting(run: Run) -> Any:
    """Return how many channels have late pushes."""
    channels = [LateChannel(*NAMES, 300, None), LateChannel(APPKEY, "other", 300, None)]
    return len(run(lambda scripts: LateStore(scripts, KEYS, lambda: channels).waiting()))


def outbox(database: redis.Redis) -> list[Job]:
    """Return what waits for the lane, as the lane will send it."""
    entries: Any = database.xrange(OUTBOX)
    found = [job_of(Entry(*entry)) for entry in entries]
    assert all(isinstance(job, Job) for job in found)
    return [job for job in found if isinstance(job, Job)]


def shown(database: redis.Redis) -> list[tuple[str, str, str, int | None]]:
    """Return message, title, body and badge of what waits for the lane."""
    parts = [(job.draft.msg_id, job.addressed()) for job in outbox(database)]
    return [(msg_id, shown.title, shown.body, shown.badge) for msg_id, shown in parts]


def states(database: redis.Redis, *messages: str) -> list[str]:
    """Return what each message's ledger says of the push to bob."""
    found: list[Any] = [database.hget(KEYS.message(APPKEY, name), f"bob\n{APNS}\nios_1") for name in messages]
    return [state.decode() for state in found]


def statistics(database: redis.Redis) -> dict[bytes, bytes]:
    """Return the day's counters."""
    (key,) = database.keys(KEYS.statistics(APPKEY, "*").replace("{", "?").replace("}", "?"))
    counters: Any = database.hgetall(key)
    return dict(counters)


def left(database: redis.Redis) -> set[bytes]:
    """Return which keys of late pushes there are."""
    keys: Any = database.keys("*:late*")
    return set(keys)


def test_a_conversation_is_folded_into_one_push(run: Run, database: redis.Redis) -> None:
    """Three late messages become one push: the newest one's, with the number of messages and the last badge."""
    hand_over(run, late("m1", 900), late("m2", 800), late("m3", 700))
    assert states(database, "m1", "m2", "m3") == ["folded", "folded", "waiting"]
    assert (waiting(run), bring(run), waiting(run)) == (1, 1, 0)
    assert shown(database) == [("m3", "alice", "3 new messages", 3)]
    assert states(database, "m1", "m2", "m3") == ["folded", "folded", "planned"]
    assert statistics(database) == {b"apns:folded": b"2"}
    assert left(database) == set()


def test_a_single_late_message_is_itself(run: Run, database: redis.Redis) -> None:
    """One message of a conversation is pushed as it would have been."""
    hand_over(run, late("m1", 900))
    bring(run)
    (job,) = outbox(database)
    (as_made,) = late("m1", 900).jobs
    assert job == changed(as_made, badge=1)
    assert "Hello" in job.draft.notification.body


def test_folded_pushes_replace_each_other_on_the_phone(run: Run, database: redis.Redis) -> None:
    """Every fold of a conversation has one collapse id, and the name of its newest push."""
    for first, second in (("m1", "m2"), ("m3", "m4")):
        hand_over(run, late(first, 900), late(second, 800))
        bring(run)
    older, newer = outbox(database)
    assert older.addressed().collapse_id == newer.addressed().collapse_id
    assert newer.addressed().id == late("m4", 800).jobs[0].addressed().id != older.addressed().id


def test_an_older_message_that_comes_second(run: Run, database: redis.Redis) -> None:
    """Whoever comes last is counted, but the newest message speaks, with the icon's latest number."""
    hand_over(run, late("new", 700))
    hand_over(run, late("old", 900))
    bring(run)
    assert states(database, "new", "old") == ["planned", "folded"]
    assert shown(database) == [("new", "alice", "2 new messages", 2)]


def test_a_repeat_is_not_counted(run: Run, database: redis.Redis) -> None:
    """A redelivered event changes neither the number of messages nor the badge, before or after the push has left."""
    assert hand_over(run, late("m1", 900), late("m2", 800), late("m1", 900)) == [True, True, False]
    assert hand_over(run, late("m2", 800)) == [False]
    bring(run)
    assert hand_over(run, late("m2", 800)) == [False]
    assert (bring(run), shown(database)) == (0, [("m2", "alice", "2 new messages", 2)])


def test_conversations_and_devices_are_kept_apart(run: Run, database: redis.Redis) -> None:
    """Each sender, each group and each device has a push of its own."""
    devices: Any = {"receiver": {"devices": [PHONE, {**PHONE, "device_id": "ios_2"}]}}
    crowd: Any = {"event": {"chat_type": "groupchat", "group_id": "77", "to": ["bob"]}}
    hand_over(run, late("m1", 900, **devices), late("m2", 800), late("m3", 700, event={"from": "carol"}))
    hand_over(run, late("m4", 600, **crowd), late("m5", 500, **crowd))
    assert bring(run) == 4
    found = {(job.draft.msg_id, job.device_id): job.draft.notification.body for job in outbox(database)}
    assert found == {
        ("m5", "ios_1"): "2 new messages",
        ("m3", "ios_1"): "carol: Hello",
        ("m2", "ios_1"): "2 new messages",
        ("m1", "ios_2"): "alice: Hello",
    }


def test_the_senders_own_key_folds_apart(run: Run, database: redis.Redis) -> None:
    """Messages that replace each other by the sender's will are one push, of the newest, in its own words."""
    own: Any = {"ext": {"em_apns_ext": {"em_push_collapse_key": "goal"}}}
    hand_over(run, late("m1", 900, **own), late("m2", 800), late("m3", 700, **own))
    bring(run)
    assert [(msg_id, body) for msg_id, _, body, _ in shown(database)] == [
        ("m3", "alice: Hello"),
        ("m2", "alice: Hello"),
    ]
    assert outbox(database)[0].draft.notification.collapse_id == "goal"


def test_what_was_seen_is_not_counted(run: Run, database: redis.Redis) -> None:
    """Messages of before the receiver's last visit are no new messages: only what came after it is."""
    hand_over(run, late("m1", 900), late("m2", 800))
    visit = NOW - 750 * SECOND
    hand_over(run, late("m3", 700, seen_ms=visit), late("m4", 600, seen_ms=visit))
    bring(run)
    assert states(database, "m1", "m2", "m3", "m4") == ["folded", "expired online", "folded", "planned"]
    assert [(msg_id, body) for msg_id, _, body, _ in shown(database)] == [("m4", "2 new messages")]
    assert statistics(database) == {b"apns:folded": b"2", b"apns:expired:online": b"1"}


def test_newest_first(run: Run, database: redis.Redis) -> None:
    """Each message has its push, and the newest leaves first, whatever the order in which they were handed over."""
    hand_over(run, *(late(f"m{age}", age, "newest_first") for age in (900, 600, 800, 700)))
    assert states(database, "m900") == ["waiting"]
    assert bring(run, FoldingTimes(NEVER, NEVER, NEVER)) == 4
    assert [job.draft.msg_id for job in outbox(database)] == ["m600", "m700", "m800", "m900"]
    assert left(database) == set()


def test_live_pushes_go_past(run: Run, database: redis.Redis) -> None:
    """What is not late goes to the outbox at once, under every policy."""
    for policy in ("push", "drop", "newest_first", "fold"):
        hand_over(run, late(f"{policy} live", 10, policy), late(f"{policy} late", 900, policy))
    live = [job.draft.msg_id for job in outbox(database)]
    assert live == ["push live", "push late", "drop live", "newest_first live", "fold live"]


def test_the_outbox_stays_short(run: Run, database: redis.Redis) -> None:
    """Late pushes leave only as long as fewer than the channel takes in a second wait unread in front of a live one."""
    hand_over(run, *(late(f"m{age}", age, "newest_first") for age in range(400, 420)))
    assert [bring(run, rate_per_s=5), bring(run, rate_per_s=5)] == [5, 0]
    database.xgroup_create(OUTBOX, GROUP, id="0")
    database.xreadgroup(GROUP, "me", {OUTBOX: ">"}, count=3)
    assert [bring(run, rate_per_s=5), bring(run, rate_per_s=5)] == [3, 0]
    assert bring(run) == 12


def test_a_second_worker_brings_nothing_twice(run: Run, database: redis.Redis) -> None:
    """Any worker may bring what is ready, all at the same time."""
    hand_over(run, *(late(f"m{age}", age, "newest_first") for age in range(400, 450)))
    channel = LateChannel(*NAMES, 300, 20)

    async def together(scripts: Scripts) -> list[int]:
        stores = [LateStore(scripts, KEYS, lambda: [channel], AT_ONCE) for _ in range(4)]
        return list(await asyncio.gather(*(store.bring(channel) for store in stores)))

    assert sum(run(together)) == 20
    assert [job.draft.msg_id for job in outbox(database)] == [f"m{age}" for age in range(400, 420)]


def test_folding_ends_when_it_is_calm(run: Run, database: redis.Redis) -> None:
    """A fold leaves when no late message came for a while, or after the longest wait."""
    hand_over(run, late("m1", 900))
    assert bring(run, FoldingTimes(NEVER, NEVER, NEVER)) == 0
    assert bring(run, FoldingTimes(0, NEVER, NEVER)) == 1
    hand_over(run, late("m2", 800))
    assert bring(run, FoldingTimes(NEVER, 0, NEVER)) == 1
    assert left(database) == set()


@pytest.mark.parametrize("key", [KEYS.events, KEYS.siding(APPKEY)], ids=["events", "siding"])
def test_a_known_flood_is_waited_for(run: Run, database: redis.Redis, key: str) -> None:
    """While an event that is late waits, calm is no end of the flood; the longest wait is."""
    hand_over(run, late("m1", 900))
    old = time.time_ns() // 1_000_000 - 301 * SECOND
    database.xadd(key, {"message": "{}"}, id=f"{old}-1")
    assert bring(run, FoldingTimes(0, 0, NEVER)) == 0
    assert bring(run, FoldingTimes(NEVER, NEVER, 0)) == 1


def test_a_fresh_event_is_no_flood(run: Run, database: redis.Redis) -> None:
    """Live traffic does not hold back what was folded."""
    hand_over(run, late("m1", 900))
    database.xadd(KEYS.events, {"message": "{}"})
    assert bring(run, FoldingTimes(0, NEVER, NEVER)) == 1


def test_what_comes_while_a_wave_leaves(run: Run, database: redis.Redis) -> None:
    """It joins its conversation where that still waits, else it waits for the next wave."""
    hand_over(run, late("m1", 900), late("c1", 800, event={"from": "carol"}))
    assert bring(run, rate_per_s=1) == 1
    hand_over(run, late("m2", 700), late("c2", 600, event={"from": "carol"}))
    never = FoldingTimes(NEVER, NEVER, NEVER)
    assert (bring(run, never), bring(run, never)) == (1, 0)
    assert [(msg_id, body) for msg_id, _, body, _ in shown(database)] == [
        ("c1", "carol: Hello"),
        ("m2", "2 new messages"),
    ]
    assert (database.zcard(FOLDING), database.exists(READY)) == (1, 0)
    assert bring(run) == 1


@pytest.mark.parametrize(("policy", "visit_age_s"), [("newest_first", 850), ("fold", 850), ("fold", 950)])
def test_a_late_push_is_looked_at_again(run: Run, database: redis.Redis, policy: str, visit_age_s: int) -> None:
    """Whoever came online after the message was said has seen it, also if that was before it was decided."""
    hand_over(run, late("m1", 900, policy))
    bring(run)
    visit = {"resource": "web_1", "online_until": 0, "seen_at": NOW - visit_age_s * SECOND}
    device = {"device_id": "ios_1", "notifier": APNS, "token": "t"}
    database.hset(KEYS.user(APPKEY, "bob"), mapping={"p": json.dumps([visit]), "d": json.dumps([device])})
    database.xgroup_create(OUTBOX, GROUP, id="0")
    answer: Any = database.xreadgroup(GROUP, "me", {OUTBOX: ">"})
    pushes, _ = pushes_of([Entry(*entry) for entry in answer[0][1]])

    async def admit(scripts: Scripts) -> Admitted:
        outbox = OutboxStore(scripts, KEYS, APPKEY, APNS, "apns")
        return await Admission(outbox, "me", lambda: MultiDevice.ALL_OFFLINE, Uncertain.DUPLICATE, lambda: NOW).admit(
            pushes
        )

    admitted = run(admit)
    was_seen = visit_age_s < 900
    assert [settlement.state for settlement in admitted.settlements] == ["expired online"] * was_seen
    assert len(admitted.pushes) == (not was_seen)


def test_a_lost_job_holds_up_nobody(run: Run, database: redis.Redis) -> None:
    """A member whose job somebody deleted is dropped from the shelf, the others leave."""
    hand_over(run, late("m1", 900, "newest_first"), late("m2", 800, "newest_first"))
    database.hdel(KEYS.late(*NAMES), f"bob\n{APNS}\nios_1\nm2")
    bring(run)
    assert [job.draft.msg_id for job in outbox(database)] == ["m1"]
    assert left(database) == set()


def test_a_policy_that_changes_leaves_nothing_behind(run: Run, database: redis.Redis) -> None:
    """What waited under one policy leaves under another."""
    hand_over(run, late("m1", 900, "newest_first"), late("m2", 800), late("m3", 700, "newest_first"))
    assert [bring(run), bring(run)] == [2, 1]
    assert [job.draft.msg_id for job in outbox(database)] == ["m3", "m1", "m2"]
    assert left(database) == set()


def test_a_ledger_that_has_expired_is_not_made_again(run: Run, database: redis.Redis) -> None:
    """A push that outlives its message's memory is sent, and brings no memory back that would never expire."""
    hand_over(run, late("m1", 900), late("m2", 800))
    database.delete(KEYS.message(APPKEY, "m1"), KEYS.message(APPKEY, "m2"))
    hand_over(run, late("m3", 700))
    database.delete(KEYS.message(APPKEY, "m3"))
    assert bring(run) == 1
    assert [body for _, _, body, _ in shown(database)] == ["3 new messages"]
    assert [database.exists(KEYS.message(APPKEY, name)) for name in ("m1", "m2", "m3")] == [0, 0, 0]


def test_a_badge_of_the_senders_own(run: Run, database: redis.Redis) -> None:
    """The number a sender asks for is shown, as without folding."""
    hand_over(run, late("m1", 900), late("m2", 800, ext={"em_apns_ext": {"em_push_badge": 7}}))
    bring(run)
    assert [badge for *_, badge in shown(database)] == [7]
