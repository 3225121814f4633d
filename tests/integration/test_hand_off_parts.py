"""What the hand-off composes from parts: journal and outboxes hold what was decided, whatever people wrote."""

from typing import Any

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from redis.asyncio import Redis

from policy.catch_up import CatchUpPolicy
from policy.decision import DeviceReason, DeviceVerdict, Text
from policy.receiver import Device
from providers.notification import Notification
from tests.decisions import AWKWARD, PROVIDERS, decision_of, messages
from tests.factories import NOW
from tests.integration.configuration import APPKEY
from tests.integration.hand_offs import hand_over
from tests.integration.script_calls import Run
from tests.jobs import changed
from worker.admission import job_of
from worker.job import Draft, Job
from worker.store.hand_off import HandOff, Memory
from worker.store.keys import Keys
from worker.store.late import FoldingTimes, LateChannel, LateStore
from worker.store.scripts import Scripts
from worker.store.stream import Entry

KEYS = Keys()
LATE = (CatchUpPolicy.NEWEST_FIRST, CatchUpPolicy.FOLD)


def badge_of(hand_off: HandOff) -> int:
    """Return the number that the icon of a receiver without unread messages shows."""
    override = hand_off.badge_override
    return int(hand_off.decision.is_counted) if override is None else override


def journal(database: redis.Redis) -> list[Any]:
    """Return the records in the journal, oldest first, each with the badge beside it."""
    entries: Any = database.xrange(KEYS.journal)
    return [(msgspec.json.decode(fields[b"record"]), int(fields[b"badge"])) for _, fields in entries]


def outboxes(database: redis.Redis) -> dict[str, Job]:
    """Return the pushes in all outboxes, as lanes read them, by what the ledger calls them."""
    streams: list[Any] = [database.xrange(KEYS.outbox(APPKEY, name)) for name in PROVIDERS]
    jobs = [job_of(Entry(*entry)) for entries in streams for entry in entries]
    return {job.ledger_field: job for job in jobs if isinstance(job, Job)}


def expected(found: list[HandOff]) -> dict[str, Job]:
    """Return the pushes that were handed over, with the badge that was counted."""
    return {job.ledger_field: changed(job, badge=badge_of(each)) for each in found for job in each.jobs}


def bring(run: Run) -> None:
    """Bring all late pushes from their shelves."""

    async def brought(client: Redis) -> None:
        channels = [LateChannel(APPKEY, name, 300, None) for name in PROVIDERS]
        store = LateStore(Scripts(client), KEYS, lambda: channels, FoldingTimes(0, 0, 0))
        for channel in channels:
            await store.bring(channel)

    run(brought)


@given(found=messages())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_what_was_decided(run: Run, database: redis.Redis, found: list[HandOff]) -> None:
    """The journal has each decision's record, with the counted badge; the outboxes have each push, to the letter."""
    database.flushall()
    assert hand_over(run, found, Memory()) == [True] * len(found)
    records = [({**each.decision.record(), "badge": badge_of(each)}, badge_of(each)) for each in found]
    assert journal(database) == records
    assert outboxes(database) == expected(found)


@given(found=messages(LATE))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_late_push_leaves_its_shelf_as_it_was(run: Run, database: redis.Redis, found: list[HandOff]) -> None:
    """What waits on a shelf comes to its outbox to the letter, with the badge that was counted."""
    database.flushall()
    hand_over(run, found, Memory())
    assert outboxes(database) == {}
    bring(run)
    assert outboxes(database) == expected(found)


def awkward(word: str, catch_up: CatchUpPolicy) -> HandOff:
    """Return a hand-off with this in every place that people and producers fill, a device for each verdict."""
    devices = [Device(f"{word} {reason.value}", "fcm/app", f"{word} token", NOW) for reason in DeviceReason]
    verdicts = [DeviceVerdict(device, "fcm", reason) for device, reason in zip(devices, DeviceReason, strict=True)]
    decision = decision_of(word, Text(word, word, word), verdicts, msg_id=word, catch_up=catch_up)
    shown = Notification(title=word, body=word, data={word: [word]}, sound=word, collapse_id=word, is_collapsible=True)
    draft = Draft(APPKEY, word, "fcm/app", shown, NOW, NOW, word, catch_up is not CatchUpPolicy.PUSH)
    jobs = [
        Job(word, verdict.device.device_id, f"{word} token", draft, NOW) for verdict in verdicts if verdict.is_pushed
    ]
    return HandOff(decision, jobs)


@pytest.mark.parametrize("catch_up", [CatchUpPolicy.PUSH, *LATE])
def test_awkward_words_are_themselves(run: Run, database: redis.Redis, catch_up: CatchUpPolicy) -> None:
    """Quotes, backslashes, control characters and what looks like JSON change no other member."""
    found = [awkward(word, catch_up) for word in AWKWARD]
    hand_over(run, found, Memory())
    bring(run)
    assert journal(database) == [({**each.decision.record(), "badge": 1}, 1) for each in found]
    assert outboxes(database) == expected(found)
    assert len(expected(found)) == len(AWKWARD)


def test_what_is_made_on_the_way_is_kept_apart(run: Run, database: redis.Redis) -> None:
    """Texts and traces that live no longer than their hand-off are not taken for each other."""
    titles = [f"title {number}" for number in range(300)]

    def made() -> Any:
        for title in titles:
            yield HandOff(decision_of(title, Text(title), []), [])

    hand_over(run, made(), Memory())
    assert [(record["user"], record["title"], record["trace"][0]["rule"]) for record, _ in journal(database)] == [
        (title, title, title) for title in titles
    ]
