"""Which pushes go out in one request: those that show the same, no more of them than the vendor takes."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from providers import huawei_batch
from providers.notification import Notification
from providers.result import Accepted, Result
from tests.jobs import changed, push_job
from worker.admission import job_of
from worker.job import Job
from worker.parcels import parcels_of
from worker.push import Push
from worker.store.stream import Entry


class Small:
    """Takes three tokens in a request, of the same notifications as Huawei's."""

    batch_size = 3

    def may_share(self, notification: Notification) -> bool:
        """Answer as Huawei's adapter does."""
        return huawei_batch.may_share(notification)

    async def send(self, _: Notification, __: float) -> Result:
        """Take it."""
        return Accepted()

    async def send_batch(self, _: Notification, tokens: Sequence[str], __: float) -> Sequence[Result]:
        """Take them."""
        return [Accepted()] * len(tokens)

    async def aclose(self) -> None:
        """Have nothing to close."""


GROUP = push_job(data={"m": "m", "g": "77"}, title="Night runners")
SINGLE = push_job(data={"m": "m3"})
#: Drafts of two messages to a group, of a translation, of what the sender lets replace each other, of a single chat.
JOBS = [
    GROUP,
    changed(GROUP, msg_id="m2", data={"m": "m2", "g": "77"}),
    changed(GROUP, body="Bonjour"),
    changed(GROUP, collapse_id="score", is_collapsible=True),
    SINGLE,
]


def as_read(job: Job) -> Job:
    """Return the job as it is read from an outbox: it has its draft to itself."""
    read = job_of(Entry(b"1-1", {b"job": msgspec.json.encode(job)}))
    assert isinstance(read, Job)
    return read


#: Number of the job, badge, attempt, and whether it is read back.
ROWS = st.tuples(
    st.integers(0, len(JOBS) - 1), st.sampled_from([None, 1, 2]), st.sampled_from([1, 1, 1, 2]), st.booleans()
)


def push_of(place: int, number: int, badge: int | None, attempt: int, is_read: bool) -> Push:
    """Return a push that has its draft in common with others, or one that was read from its outbox."""
    job = msgspec.structs.replace(JOBS[number], badge=badge, attempt=attempt)
    return Push(b"%d-1" % place, as_read(job) if is_read else job)


@given(st.lists(ROWS, max_size=30))
def test_who_shares_a_request(rows: list[tuple[int, int | None, int, bool]]) -> None:
    """Each push goes once; with those only that show the same, never a repeat; and in as few requests as there can be.

    Pushes that were read back have equal drafts and not the same one: they share a request all the same.
    """
    pushes = [push_of(place, *row) for place, row in enumerate(rows)]
    parcels = parcels_of(pushes, Small())
    assert Counter(push.entry_id for parcel in parcels for push in parcel) == Counter(push.entry_id for push in pushes)
    for parcel in parcels:
        first, *others = [push.job for push in parcel]
        assert len(parcel) <= Small.batch_size
        assert all((job.shared(), job.draft) == (first.shared(), first.draft) for job in others)
        assert not others or {job.attempt for job in (first, *others)} == {1}
    shared = Counter((number, badge) for number, badge, attempt, _ in rows if JOBS[number] != SINGLE and attempt == 1)
    alone = len(rows) - sum(shared.values())
    assert len(parcels) == alone + sum(-(-count // Small.batch_size) for count in shared.values())


def test_pushes_keep_their_order() -> None:
    """Within what is sent in one request, and from one request to the next."""
    pushes = [Push(b"%d-1" % number, changed(GROUP, token=f"t{number}")) for number in range(7)]
    found = parcels_of(pushes, Small())
    assert [[push.job.token for push in parcel] for parcel in found] == [["t0", "t1", "t2"], ["t3", "t4", "t5"], ["t6"]]


def test_a_vendor_of_single_tokens() -> None:
    """Each push is a request."""
    pushes = [Push(b"%d-1" % number, GROUP) for number in range(4)]
    assert parcels_of(pushes, None) == [(push,) for push in pushes]
