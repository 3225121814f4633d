"""Who may send a push: what the ledger says of the worker before, the app's choice, and whose the push is by now."""

import asyncio
from typing import Any

import msgspec
import pytest
import redis
from redis.asyncio import Redis

from policy.app import MultiDevice
from policy.late import Unwanted
from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run, read_by
from tests.jobs import changed, push_job
from worker.admission import LATE_MS, Admission, Admitted
from worker.job import Job
from worker.outcome import Uncertain, uncertain, unwanted
from worker.push import Push
from worker.store.gathering import gathering
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.stream import GROUP

NOW = 1_790_000_000_000
KEYS = Keys()
OUTBOX, LEDGER, USER = KEYS.outbox(APPKEY, "n"), KEYS.message(APPKEY, "m"), KEYS.user(APPKEY, "bob")
JOB = push_job(expires_at=NOW // 1000 + 600)
OURS = "sending, attempt 1, by me, delivery 2"
DUPLICATE, LOSS = Uncertain.DUPLICATE, Uncertain.LOSS


def admission(client: Redis, prefers: Uncertain, now_ms: int = NOW, multi_device: str = "all-offline") -> Admission:
    """Return the admission of one channel for the worker "me"."""
    outbox = OutboxStore(Scripts(client), KEYS, APPKEY, "n", "apns")
    return Admission(outbox, "me", lambda: MultiDevice(multi_device), prefers, lambda: now_ms)


def pending_push(database: redis.Redis, job: Job = JOB, *, deliveries: int = 1, state: str | None = "planned") -> Push:
    """Return a push to a bound device that "me" has read, after the workers before, with this state in the ledger."""
    database.hset(KEYS.user(APPKEY, job.user), "d", '[{"device_id":"d","notifier":"n","token":"t"}]')
    (entry_id,) = read_by(database, OUTBOX, "me", {"job": msgspec.json.encode(job)})
    if state is not None:
        database.hset(LEDGER, job.ledger_field, state)
    return Push(entry_id, job, deliveries)


#: Deliveries, the ledger's state -> whether the vendor may have it.
TAKEN_OVER: dict[str, tuple[int, str | None, bool]] = {
    "never taken over": (1, "planned", False),
    "a repeat": (1, "retry timeout, attempt 1", False),
    "read and not begun": (2, "planned", False),
    "a repeat that was not begun": (2, "retry timeout, attempt 1", False),
    "begun by another worker": (2, "sending, attempt 1, by other, delivery 1", True),
    "begun by us, and given up": (2, "sending, attempt 1, by me, delivery 1", True),
    "begun by an older version": (2, "sending, attempt 1", True),
    "begun by us a moment ago, the answer was lost": (2, OURS, False),
    "forgotten, and never taken over": (1, None, False),
    "forgotten": (2, None, True),
}


@pytest.mark.parametrize("prefers", Uncertain)
@pytest.mark.parametrize(("deliveries", "state", "may_have_it"), TAKEN_OVER.values(), ids=list(TAKEN_OVER))
def test_what_the_vendor_may_have_is_the_app_s_choice(
    run: Run, database: redis.Redis, deliveries: int, state: str | None, may_have_it: bool, prefers: Uncertain
) -> None:
    """It goes out again, known to be uncertain, or it ends as such; what nobody has begun is sent in any case."""
    push = pending_push(database, deliveries=deliveries, state=state)
    admitted = run(lambda client: admission(client, prefers).admit([push]))
    again = push._replace(job=changed(JOB, is_uncertain=True))
    if not may_have_it:
        assert admitted == Admitted(pushes=[push])
    elif prefers is DUPLICATE:
        assert admitted == Admitted(pushes=[again])
    else:
        assert admitted == Admitted(settlements=[uncertain(push.entry_id, JOB, "taken_over")])


def test_the_ledger_says_who_is_sending_what(run: Run, database: redis.Redis) -> None:
    """Attempt, worker and delivery, so that the next worker knows, and support sees it in explain."""
    push = pending_push(database, changed(JOB, attempt=3), deliveries=2)
    run(lambda client: admission(client, DUPLICATE).admit([push]))
    assert database.hget(LEDGER, JOB.ledger_field) == b"sending, attempt 3, by me, delivery 2"


def test_a_beginning_that_is_repeated_admits_the_same(run: Run, database: redis.Redis) -> None:
    """When Redis answers too late and is asked again, an app that prefers a loss loses nothing over it."""
    pushes = [pending_push(database, changed(JOB, user=user), deliveries=2) for user in ("a", "b")]

    async def twice(client: Redis) -> list[Admitted]:
        gate = admission(client, LOSS)
        return [await gate.admit(pushes), await gate.admit(pushes)]

    assert run(twice) == [Admitted(pushes=pushes)] * 2


@pytest.mark.parametrize("prefers", Uncertain)
def test_two_workers_never_both_send(run: Run, database: redis.Redis, prefers: Uncertain) -> None:
    """A worker that slept over its lease finds its push gone, whatever the app prefers, and leaves the ledger alone."""
    push = pending_push(database)
    database.xclaim(OUTBOX, GROUP, "other", 0, [push.entry_id])
    admitted = run(lambda client: admission(client, prefers).admit([push]))
    assert admitted == Admitted(gone=[push.entry_id])
    assert database.hget(LEDGER, JOB.ledger_field) == b"planned"


LATE = NOW + LATE_MS + 1


@pytest.mark.parametrize("deliveries", [1, 2])
def test_an_unwanted_push_ends(run: Run, database: redis.Redis, deliveries: int) -> None:
    """What nobody wants any more is not sent, also when the vendor may have it; each push has its own reason."""
    jobs = {user: changed(JOB, user=user) for user in ("online", "reads", "waits")}
    database.hset(KEYS.user(APPKEY, "online"), "p", f'[{{"resource":"web_1","online_until":{LATE + 1}}}]')
    database.hset(KEYS.read_marks(APPKEY, "reads"), "*", NOW)
    pushes = [pending_push(database, job, deliveries=deliveries) for job in jobs.values()]
    admitted = run(lambda client: admission(client, DUPLICATE, LATE).admit(pushes))
    online, reads, waits = pushes
    assert admitted.pushes == [waits]
    assert admitted.settlements == [
        unwanted(online.entry_id, online.job, Unwanted.ONLINE),
        unwanted(reads.entry_id, reads.job, Unwanted.READ),
    ]


def test_a_late_push_follows_its_device(run: Run, database: redis.Redis) -> None:
    """It goes to the token that the device has by now, and to nobody when it was unbound; unread is not unbound."""
    names = ("moved", "unbound", "elsewhere", "unreadable", "renamed")
    jobs = {user: changed(JOB, user=user) for user in names}
    pushes = [pending_push(database, job) for job in jobs.values()]
    database.hset(KEYS.user(APPKEY, "moved"), "d", '[{"device_id":"d","notifier":"n","token":"new","bound_at":7}]')
    database.hdel(KEYS.user(APPKEY, "unbound"), "d")
    database.hset(KEYS.user(APPKEY, "elsewhere"), "d", '[{"device_id":"d","notifier":"other","token":"t"}]')
    database.hset(KEYS.user(APPKEY, "unreadable"), "d", "[7")
    database.hset(KEYS.user(APPKEY, "renamed"), "d", '[{"device_id":"new","notifier":"n","token":"t"}]')
    admitted = run(lambda client: admission(client, DUPLICATE, LATE).admit(pushes))
    moved, unbound, elsewhere, unreadable, renamed = pushes
    assert admitted.pushes == [
        moved._replace(job=changed(moved.job, token="new", bound_at=7)),
        unreadable,
        renamed,
    ]
    ends = [unwanted(push.entry_id, push.job, Unwanted.UNBOUND) for push in (unbound, elsewhere)]
    assert admitted.settlements == ends


def test_a_timely_push_is_not_looked_at_again(run: Run, database: redis.Redis) -> None:
    """Within half a minute of its decision only its age counts."""
    database.hset(USER, "p", '[{"resource":"web_1"}]')
    push = pending_push(database)
    assert run(lambda client: admission(client, DUPLICATE, LATE - 1).admit([push])) == Admitted(pushes=[push])
    expired = NOW + 600_000
    (settlement,) = run(lambda client: admission(client, DUPLICATE, expired).admit([push])).settlements
    assert settlement == unwanted(push.entry_id, JOB, Unwanted.TOO_OLD)


@pytest.mark.parametrize(("multi_device", "is_sent"), [("all-offline", False), ("any-offline", True)])
def test_the_app_s_device_policy_counts(run: Run, database: redis.Redis, multi_device: str, is_sent: bool) -> None:
    """Another device online ends the push or does not, as when it was decided."""
    database.hset(USER, "p", '[{"resource":"web_1"}]')
    push = pending_push(database)
    admitted: Any = run(lambda client: admission(client, DUPLICATE, LATE, multi_device).admit([push]))
    assert bool(admitted.pushes) is is_sent
    assert len(admitted.settlements) == (not is_sent)


def test_a_hundred_workers_and_one_push(run: Run, database: redis.Redis) -> None:
    """Of all who believe to hold a push, exactly the one that Redis gave it to last may send it."""
    push = pending_push(database)

    async def race(client: Redis) -> list[Admitted]:
        # As in the worker: a hundred connections at once would try the machine.
        outbox = OutboxStore(Scripts(gathering(client)), KEYS, APPKEY, "n", "apns")
        workers = [Admission(outbox, f"w{n}", lambda: MultiDevice.ALL_OFFLINE, LOSS, lambda: NOW) for n in range(100)]
        database.xclaim(OUTBOX, GROUP, "w42", 0, [push.entry_id])
        return await asyncio.gather(*(worker.admit([push]) for worker in workers))

    admitted = run(race)
    assert [number for number, each in enumerate(admitted) if each.pushes] == [42]
