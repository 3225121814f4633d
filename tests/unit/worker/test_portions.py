"""How messages are divided into script calls: by their receivers, and by what each receiver is sent."""

from typing import Any

import msgspec
import pytest

from policy.event import MessageEvent
from tests.factories import event_record
from worker.decider import RECEIVERS_PER_SCRIPT
from worker.decider import batches as portions_of


def event(receivers: int, ext_bytes: int = 0) -> MessageEvent:
    """Return a group message with so large an ``ext``."""
    payload = {"bodies": [], "ext": {"x": "x" * ext_bytes}}
    users = [f"u{number}" for number in range(receivers)]
    return msgspec.convert(event_record(to=users, payload=payload, chat_type="groupchat", group_id="7"), MessageEvent)


#: Messages as (receivers, bytes of ext) -> receivers in each script call.
CALLS: list[tuple[list[tuple[int, int]], list[int]]] = [
    ([], []),
    ([(1, 0)] * 3, [3]),
    ([(500, 0)], [500]),
    ([(1201, 0)], [500, 500, 201]),
    ([(300, 0), (300, 0), (1, 0)], [300, 301]),
    ([(501, 0), (3, 0)], [500, 4]),
    ([(500, 8000)], [500]),
    ([(500, 9000)], [250, 250]),
    ([(25, 400_000)], [10, 10, 5]),
    ([(1, 20_000_000), (1, 0)], [1, 1]),
    ([(1, 100_000)] * 80, [38, 38, 4]),
]


@pytest.mark.parametrize(("messages", "calls"), CALLS)
def test_a_call_holds_what_redis_can_bear(messages: list[tuple[int, int]], calls: list[int]) -> None:
    """Messages share a call while they are small; the larger what each receiver is sent, the fewer share it."""
    events: list[Any] = [(b"%d-0" % number, event(*each)) for number, each in enumerate(messages)]
    batches = list(portions_of(events))
    assert [sum(len(portion.group.users) for portion in batch) for batch in batches] == calls
    assert all(sum(portion.weight for portion in batch) <= RECEIVERS_PER_SCRIPT or len(batch) == 1 for batch in batches)


@pytest.mark.parametrize("receivers", [1, 499, 500, 501, 1500])
def test_each_event_is_acknowledged_once_with_its_last_receivers(receivers: int) -> None:
    """Every receiver is in one portion, and only the last of an event's portions acknowledges it."""
    portions = [portion for batch in portions_of([(b"1-0", event(receivers))]) for portion in batch]
    assert [user for portion in portions for user in portion.group.users] == event(receivers).receivers
    assert [portion.is_last for portion in portions] == [False] * (len(portions) - 1) + [True]
