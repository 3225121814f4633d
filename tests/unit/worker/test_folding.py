"""One push for several messages, and the entry of an outbox that says for how many it stands."""

import msgspec
import pytest

from policy.app import Locale
from policy.catch_up import CatchUpPolicy
from policy.texts import Fold
from providers.notification import Notification
from worker.admission import job_of
from worker.codec import Fault
from worker.job import Job
from worker.notifications import folded_job
from worker.store.stream import Entry

NOW = 1_790_000_000_000
SHOWN = Notification(token="t", id="i", title="T", body="B", badge=1, collapse_id="c", data={"m": "m"})
JOB = Job("org#app", "m", "bob", "d", "n", SHOWN, event_ms=NOW, decided_ms=NOW, conversation="user:alice")
FOLDABLE = msgspec.structs.replace(JOB, is_late=True, fold=Fold(Locale.ENGLISH, "alice"))


def entry(job: Job = FOLDABLE, **fields: str) -> Entry:
    """Return an entry of an outbox."""
    members = {name.encode(): text.encode() for name, text in fields.items()}
    return Entry(b"1-1", {b"job": msgspec.json.encode(job), **members})


def test_several_messages_are_worded_as_such() -> None:
    """Title, body and collapse id speak of all; everything else is the newest message's."""
    folded = folded_job(FOLDABLE, 3)
    assert (folded.notification.title, folded.notification.body) == ("alice", "3 new messages")
    assert folded.notification.collapse_id not in {"c", None}
    changed = {"title": "T", "body": "B", "collapse_id": "c"}
    assert msgspec.structs.replace(folded.notification, **changed) == SHOWN


def test_one_message_is_itself() -> None:
    """A push that stands for one message, or that is not to be folded, stays as it is."""
    assert folded_job(FOLDABLE, 1) == FOLDABLE
    assert folded_job(JOB, 3) == JOB


def test_collapse_ids_of_conversations() -> None:
    """Each conversation has its own, the same for all its messages and receivers."""
    others = {"conversation": "user:carol", "appkey": "org#other", "user": "dora", "msg_id": "m2"}
    ids = {
        name: folded_job(msgspec.structs.replace(FOLDABLE, **{name: value}), 2).notification.collapse_id
        for name, value in others.items()
    }
    mine = folded_job(FOLDABLE, 5).notification.collapse_id
    assert (ids["user"], ids["msg_id"]) == (mine, mine)
    assert len({mine, ids["conversation"], ids["appkey"]}) == 3


def test_the_entry_tells_for_how_many() -> None:
    """The hand-off's badge and the number of messages are read beside the job."""
    job = job_of(entry(badge="7", count="3"))
    assert isinstance(job, Job)
    assert (job.notification.badge, job.notification.body) == (7, "3 new messages")
    assert job_of(entry(count="1")) == job_of(entry()) == FOLDABLE


@pytest.mark.parametrize("name", ["badge", "count"])
def test_a_number_that_is_none(name: str) -> None:
    """An entry that somebody else wrote wrongly has its fault named."""
    assert job_of(entry(FOLDABLE, **{name: "many"})) == Fault(f"$.{name}", "not a number")


def test_names_among_late_pushes() -> None:
    """Folded, all messages of a conversation have one name on a device; else each has its own."""
    second = msgspec.structs.replace(FOLDABLE, msg_id="m2")
    fold, newest = CatchUpPolicy.FOLD, CatchUpPolicy.NEWEST_FIRST
    assert second.late_member(fold) == FOLDABLE.late_member(fold)
    assert second.late_member(newest) != FOLDABLE.late_member(newest)
    key = msgspec.structs.replace(SHOWN, collapse_id="goal", is_collapsible=True)
    assert msgspec.structs.replace(FOLDABLE, notification=key).late_member(fold) != FOLDABLE.late_member(fold)


def test_a_fold_says_nothing_of_people_in_logs() -> None:
    """Its title may be somebody's name."""
    assert "alice" not in repr(FOLDABLE.fold)
