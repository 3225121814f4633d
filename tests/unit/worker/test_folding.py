"""One push for several messages, and the entry of an outbox that says for how many it stands."""

import msgspec
import pytest

from policy.app import Locale
from policy.catch_up import CatchUpPolicy
from policy.texts import Fold
from tests.jobs import changed, push_job
from worker.admission import job_of
from worker.codec import Fault
from worker.job import Job
from worker.notifications import folded_job
from worker.store.stream import Entry

WORDS = {"title": "T", "body": "B", "collapse_id": "c"}
JOB = push_job(badge=1, data={"m": "m"}, conversation="user:alice", **WORDS)
FOLDABLE = changed(JOB, is_late=True, fold=Fold(Locale.ENGLISH, "alice"))


def entry(job: Job = FOLDABLE, **fields: str) -> Entry:
    """Return an entry of an outbox."""
    members = {name.encode(): text.encode() for name, text in fields.items()}
    return Entry(b"1-1", {b"job": msgspec.json.encode(job), **members})


def collapse_id(job: Job, count: int) -> str | None:
    """Return what a push for so many messages is replaced by."""
    return folded_job(job, count).draft.notification.collapse_id


def test_several_messages_are_worded_as_such() -> None:
    """Title, body and collapse id speak of all; everything else is the newest message's."""
    folded = folded_job(FOLDABLE, 3)
    shown = folded.draft.notification
    assert (shown.title, shown.body) == ("alice", "3 new messages")
    assert shown.collapse_id not in {"c", None}
    assert changed(folded, **WORDS) == FOLDABLE


def test_one_message_is_itself() -> None:
    """A push that stands for one message, or that is not to be folded, stays as it is."""
    assert folded_job(FOLDABLE, 1) == FOLDABLE
    assert folded_job(JOB, 3) == JOB


def test_collapse_ids_of_conversations() -> None:
    """Each conversation has its own, the same for all its messages and receivers."""
    others = {"conversation": "user:carol", "appkey": "org#other", "user": "dora", "msg_id": "m2"}
    ids = {name: collapse_id(changed(FOLDABLE, **{name: value}), 2) for name, value in others.items()}
    mine = collapse_id(FOLDABLE, 5)
    assert (ids["user"], ids["msg_id"]) == (mine, mine)
    assert len({mine, ids["conversation"], ids["appkey"]}) == 3


def test_the_entry_tells_for_how_many() -> None:
    """The hand-off's badge and the number of messages are read beside the job."""
    job = job_of(entry(badge="7", count="3"))
    assert isinstance(job, Job)
    assert (job.badge, job.draft.notification.body) == (7, "3 new messages")
    assert job_of(entry(count="1")) == job_of(entry()) == FOLDABLE


@pytest.mark.parametrize("name", ["badge", "count"])
def test_a_number_that_is_none(name: str) -> None:
    """An entry that somebody else wrote wrongly has its fault named."""
    assert job_of(entry(FOLDABLE, **{name: "many"})) == Fault(f"$.{name}", "not a number")


def test_names_among_late_pushes() -> None:
    """Folded, all messages of a conversation have one name on a device; else each has its own."""
    second = changed(FOLDABLE, msg_id="m2")
    fold, newest = CatchUpPolicy.FOLD, CatchUpPolicy.NEWEST_FIRST
    assert second.late_member(fold) == FOLDABLE.late_member(fold)
    assert second.late_member(newest) != FOLDABLE.late_member(newest)
    apart = changed(FOLDABLE, collapse_id="goal", is_collapsible=True)
    assert apart.late_member(fold) != FOLDABLE.late_member(fold)


def test_a_fold_says_nothing_of_people_in_logs() -> None:
    """Its title may be somebody's name."""
    assert "alice" not in repr(FOLDABLE.draft.fold)
