"""Which pushes go out in one request."""

from collections.abc import Hashable, Iterable, Sequence

import msgspec

from providers.base import BatchProvider
from providers.notification import Notification
from worker.push import Push

#: Pushes that go out in one request.
Parcel = Sequence[Push]


def parcels_of(pushes: Iterable[Push], batch: BatchProvider | None) -> list[Parcel]:
    """Sort pushes into parcels; ``batch`` is the provider, if it takes many tokens in one request."""
    if batch is None:
        return [(push,) for push in pushes]
    #: By the draft's identity: those of one message were made from the same.
    shown: dict[int, bytes | None] = {}
    found: dict[Hashable, list[Push]] = {}
    for push in pushes:
        job = push.job
        name = id(job.draft)
        if name not in shown:
            shown[name] = _shared(job.draft.notification, batch)
        # What was tried before goes alone: it may be the fault.
        key = None if job.attempt > 1 else shown[name]
        found.setdefault(push.entry_id if key is None else (key, job.badge), []).append(push)
    most = batch.batch_size
    return [parcel[start : start + most] for parcel in found.values() for start in range(0, len(parcel), most)]


def _shared(notification: Notification, batch: BatchProvider) -> bytes | None:
    """Return what pushes of one request have in common; None: these go alone."""
    return msgspec.json.encode(notification) if batch.may_share(notification) else None
