"""What is read from an outbox: pushes, and what cannot be read as one."""

import json
from typing import Any

import msgspec
import pytest

from tests.factories import NOW
from tests.jobs import push_job
from worker.admission import LATE_MS, _is_late, job_of, pushes_of
from worker.codec import Fault
from worker.job import Job
from worker.push import Push
from worker.store.stream import Entry

JOB = push_job()
TEXT = msgspec.json.encode(JOB)


def entry(job: bytes = TEXT, badge: bytes | None = None, deliveries: int = 1) -> Entry:
    """Return an outbox entry; None: without a badge."""
    return Entry(b"1-0", {b"job": job} | ({} if badge is None else {b"badge": badge}), deliveries)


@pytest.mark.parametrize(
    ("badge", "shown"), [(None, None), (b"", None), (b"0", 0), (b"7", 7), (b"2147483647", 2147483647)]
)
def test_a_job_shows_the_badge_that_was_counted(badge: bytes | None, shown: int | None) -> None:
    """The hand-off counted after the job was written; a repeat carries its badge in itself."""
    job = job_of(entry(badge=badge))
    assert isinstance(job, Job)
    assert job == push_job(badge=shown)


def test_a_repeat_keeps_its_badge() -> None:
    """What comes back from the schedule has no badge beside it."""
    job = push_job(badge=4)
    assert job_of(entry(msgspec.json.encode(job), b"")) == job


def changed(**members: Any) -> bytes:
    """Return the job's JSON with other members; None removes one."""
    merged = {**json.loads(TEXT), **members}
    return json.dumps({name: value for name, value in merged.items() if value is not None}).encode()


#: Name -> (entry, path of its fault).
UNREADABLE: dict[str, tuple[Entry, str]] = {
    "no job": (Entry(b"1-0", {b"badge": b"1"}), "$"),
    "no JSON": (entry(b"{"), "$"),
    "no UTF-8": (entry(TEXT.replace(b"bob", b"b\xffb")), "$"),
    "too deep": (entry(b"[" * 100_000), "$"),
    "no user": (entry(changed(user=None)), "$.user"),
    "attempt is text": (entry(changed(attempt="2")), "$.attempt"),
    "no token": (entry(changed(token=None)), "$.token"),
    "no draft": (entry(changed(draft=None)), "$.draft"),
    "draft of no message": (entry(changed(draft={"appkey": "org#app"})), "$.draft.msg_id"),
    "badge is no number": (entry(badge=b"many"), "$.badge"),
    "badge is negative": (entry(badge=b"-1"), "$.badge"),
    "badge of thousands of digits": (entry(badge=b"9" * 5000), "$.badge"),
}


@pytest.mark.parametrize(("bad", "path"), UNREADABLE.values(), ids=list(UNREADABLE))
def test_what_cannot_be_read_has_its_fault(bad: Entry, path: str) -> None:
    """Whatever stands in an outbox, the answer is a push or a fault with its place."""
    good = Entry(b"2-0", {b"job": TEXT}, 3)
    pushes, ((found, fault),) = pushes_of([bad, good])
    assert (pushes, found, fault.path) == ([Push(b"2-0", JOB, 3)], bad, path)
    assert isinstance(job_of(bad), Fault)


@pytest.mark.parametrize(
    ("waited_ms", "attempt", "is_late"),
    [(0, 1, False), (LATE_MS, 1, False), (LATE_MS + 1, 1, True), (0, 2, True), (-5_000, 1, False)],
)
def test_repeats_and_what_waited_long_are_looked_at_again(waited_ms: int, attempt: int, is_late: bool) -> None:
    """A push that comes straight from its decision is not: nothing can have happened since."""
    assert _is_late(push_job(attempt=attempt), NOW + waited_ms) is is_late
