"""What a hand-off writes once for all its decisions, and what is only alike, or only has the same place in memory."""

import msgspec
import pytest

from policy.catch_up import CatchUpPolicy
from policy.decide import Deciding
from policy.decision import Decision, DeviceReason, DeviceVerdict, Text
from policy.receiver import Device
from tests.decisions import decision_of
from tests.factories import NOW, PHONE, case_record, decoded
from tests.jobs import push_job
from worker.console import Console
from worker.job import Draft
from worker.notifications import Wording
from worker.store.common import Common
from worker.store.keys import Keys
from worker.store.scripts import KeyTable

KEYS = Keys()
OUTBOX = KEYS.outbox("org#app", "n")
MANY = 100
PUSH = CatchUpPolicy.PUSH


@pytest.fixture
def common() -> Common:
    """Of a script call without decisions yet."""
    return Common(KEYS, KeyTable("stream"))


def verdict(notifier: str = "n", reason: DeviceReason = DeviceReason.PUSHED, provider: str = "fcm") -> DeviceVerdict:
    """Return the verdict on one device."""
    return DeviceVerdict(Device("d", notifier, "t"), provider, reason)


def test_receivers_share_a_frame(common: Common) -> None:
    """Whoever reads the same of a message has its record's frame in common, whatever their devices."""
    text = Text("alice", "Hello")
    found = [decision_of(user, text, [verdict(notifier)]) for user, notifier in (("bob", "n"), ("carol", "o"))]
    assert [common.frame(each, None) for each in found] == [1, 1]


#: What makes the frame of a record another one.
CHANGES = {
    "message": {"msg_id": "m2"},
    "app": {"appkey": "org#other"},
    "time": {"at": NOW + 1},
    "text": {"text": Text("alice", "Bonjour")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_another_record_is_another_frame(common: Common, change: dict[str, object]) -> None:
    """So is one whose badge the sender has set."""
    decision = decision_of("bob", Text("alice", "Hello"), [verdict()])
    other = msgspec.structs.replace(decision, **change)
    assert [common.frame(decision, None), common.frame(other, None), common.frame(decision, 7)] == [1, 2, 3]
    assert [common.frame(other, None), common.frame(decision, 7), common.frame(decision, 0)] == [2, 3, 4]


def test_silence_for_different_reasons(common: Common) -> None:
    """Two receivers of whom nobody's phone lights up, each for another reason: Easemob's word is each one's own."""
    reasons = (DeviceReason.FILTERED, DeviceReason.NO_NOTIFIER)
    (case,) = (decoded(case_record()),)
    receivers = [
        msgspec.structs.replace(case.receivers()[0], devices=[device])
        for device in (Device("d", PHONE["notifier"], ""), Device("d", "unknown", "t"))
    ]
    deciding = Deciding(case.message(), case.app, NOW)
    found = [deciding.decide(receiver) for receiver in receivers]
    assert len({decision.reason for decision in found}) == 1
    assert len({decision.detail for decision in found}) == len(reasons)
    assert len({common.frame(decision, None) for decision in found}) == len(reasons)


def test_rows_are_told_apart(common: Common) -> None:
    """A device's row ends as its channel, its provider and its verdict say."""
    rows = [verdict(), verdict("o"), verdict(reason=DeviceReason.FILTERED), verdict(provider="apns")]
    assert [common.row(each) for each in [*rows, *rows]] == [1, 2, 3, 4, 1, 2, 3, 4]


def test_pushes_are_counted_by_outbox(common: Common) -> None:
    """For those that go to an outbox now their lane is asked for room; late ones wait elsewhere."""
    draft, late = push_job().draft, push_job(is_late=True).draft
    for each, catch_up in ((draft, PUSH), (draft, PUSH), (late, CatchUpPolicy.FOLD), (push_job().draft, PUSH)):
        common.draft(each, "fcm", catch_up)
    assert common.outboxes == {OUTBOX: 3}


def test_what_is_gone_is_not_taken_for_what_took_its_place(common: Common) -> None:
    """Texts, traces and drafts are known by their place in memory, so they are kept as long as that counts."""

    def decision() -> Decision:
        return decision_of("bob", Text("alice", "Hello"), [verdict()])

    def draft() -> Draft:
        return msgspec.json.decode(msgspec.json.encode(push_job().draft), type=Draft)

    numbers = list(range(1, MANY + 1))
    assert [common.frame(decision(), None) for _ in numbers] == numbers
    assert [common.draft(draft(), "fcm", PUSH).number for _ in numbers] == numbers


def test_a_text_has_its_own_draft() -> None:
    """Receivers with the same text share one draft; a text that takes another's place in memory has its own."""
    case = decoded(case_record())
    wording = Wording(case.message(), Console(case.app))
    text = Text("alice", "Hello")
    (bob,), (carol,) = (wording.jobs(decision_of(user, text, [verdict()])) for user in ("bob", "carol"))
    assert bob.draft is carol.draft
    titles = [f"title {number}" for number in range(MANY)]
    made = [wording.jobs(decision_of("bob", Text(title), [verdict()])) for title in titles]
    assert [job.draft.notification.title for (job,) in made] == titles
