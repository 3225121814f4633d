"""Whether a push that had to wait is still wanted."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policy.app import AppPolicy, MultiDevice
from policy.devices import judge_devices
from policy.late import LatePush, Unwanted, unwanted
from policy.receiver import Device, Presence, Receiver
from tests.factories import case_record, decoded

SAID, DECIDED, NOW, EXPIRES = 100, 200, 1_000, 10_000
ALL, ANY = MultiDevice.ALL_OFFLINE, MultiDevice.ANY_OFFLINE
PUSH = LatePush("ios_1", SAID, DECIDED, EXPIRES, ALL)


def connection(
    resource: str = "web_1", device_id: str | None = None, *, until: int | None = 0, seen: int = 0
) -> Presence:
    """Return a connection; gone unless ``until`` says otherwise."""
    return Presence(resource, device_id, until, seen)


LIVE, LAPSED = connection(until=NOW + 1, seen=DECIDED + 1), connection(until=NOW, seen=DECIDED)
CAME_AND_WENT = connection(seen=DECIDED + 1)
OWN_LIVE = connection("ios_1", until=NOW + 1)
OWN_BY_ID = connection("mobile_xyz", "ios_1", until=NOW + 1)

#: Name -> (what is different, why it is unwanted at NOW).
TABLE: dict[str, tuple[LatePush, Unwanted | None]] = {
    "nothing happened": (PUSH, None),
    "the moment before it expires": (replace(PUSH, expires_ms=NOW + 1), None),
    "the moment it expires": (replace(PUSH, expires_ms=NOW), Unwanted.TOO_OLD),
    "it names no end": (replace(PUSH, expires_ms=0), Unwanted.TOO_OLD),
    "unbound": (replace(PUSH, is_bound=False), Unwanted.UNBOUND),
    "unbound and read": (replace(PUSH, is_bound=False, read_ms=SAID), Unwanted.UNBOUND),
    "read before it was said": (replace(PUSH, read_ms=SAID - 1), None),
    "read the moment it was said": (replace(PUSH, read_ms=SAID), Unwanted.READ),
    "read afterwards": (replace(PUSH, read_ms=SAID + 1), Unwanted.READ),
    "the message itself was read": (replace(PUSH, message_is_read=True), Unwanted.READ),
    "said at no known time, nothing read": (replace(PUSH, event_ms=0), None),
    "said at no known time, all read": (replace(PUSH, event_ms=0, read_ms=NOW), None),
    "replaced by an older one": (replace(PUSH, latest_ms=SAID - 1), None),
    "it is the newest itself": (replace(PUSH, latest_ms=SAID), None),
    "replaced by a newer one": (replace(PUSH, latest_ms=SAID + 1), Unwanted.REPLACED),
    "all-offline: any connection is there": (replace(PUSH, presence=[LIVE]), Unwanted.ONLINE),
    "all-offline: one of several is there": (replace(PUSH, presence=[LAPSED, LIVE]), Unwanted.ONLINE),
    "all-offline: a connection without an end": (replace(PUSH, presence=[connection(until=None)]), Unwanted.ONLINE),
    "all-offline: an unnamed connection": (replace(PUSH, presence=[connection("", until=NOW + 1)]), Unwanted.ONLINE),
    "all-offline: one came and went": (replace(PUSH, presence=[CAME_AND_WENT]), Unwanted.ONLINE),
    "all-offline: one was here before only": (replace(PUSH, presence=[connection(seen=DECIDED)]), None),
    "all-offline: a lease has ended": (replace(PUSH, presence=[LAPSED]), None),
    "all-offline: kicked only": (replace(PUSH, presence=[connection("ios_1", seen=DECIDED - 50)]), None),
    "any-offline: another device is there": (replace(PUSH, multi_device=ANY, presence=[LIVE]), None),
    "any-offline: another one came and went": (replace(PUSH, multi_device=ANY, presence=[CAME_AND_WENT]), None),
    "any-offline: this device is there": (replace(PUSH, multi_device=ANY, presence=[OWN_LIVE]), Unwanted.ONLINE),
    "any-offline: there by its device id": (replace(PUSH, multi_device=ANY, presence=[OWN_BY_ID]), Unwanted.ONLINE),
    "any-offline: there beside another": (replace(PUSH, multi_device=ANY, presence=[LIVE, OWN_LIVE]), Unwanted.ONLINE),
    "any-offline: this device came and went": (
        replace(PUSH, multi_device=ANY, presence=[connection("x", "ios_1", seen=DECIDED + 1)]),
        Unwanted.ONLINE,
    ),
    "any-offline: this device was kicked": (
        replace(PUSH, multi_device=ANY, presence=[connection("ios_1", seen=DECIDED - 50)]),
        None,
    ),
    "any-offline: this device's lease has ended": (
        replace(PUSH, multi_device=ANY, presence=[connection("ios_1", until=NOW, seen=DECIDED)]),
        None,
    ),
    "any-offline: a device without a name": (
        replace(PUSH, multi_device=ANY, device_id="", presence=[connection("", "", until=NOW + 1)]),
        None,
    ),
    "everything at once": (
        replace(PUSH, expires_ms=1, message_is_read=True, presence=[LIVE], latest_ms=NOW),
        Unwanted.TOO_OLD,
    ),
    "read, online and replaced": (replace(PUSH, read_ms=NOW, presence=[LIVE], latest_ms=NOW), Unwanted.READ),
    "online and replaced": (replace(PUSH, presence=[LIVE], latest_ms=NOW), Unwanted.ONLINE),
}


@pytest.mark.parametrize(("push", "why"), TABLE.values(), ids=list(TABLE))
def test_each_circumstance_has_its_verdict(push: LatePush, why: Unwanted | None) -> None:
    """A late push is dropped only for what has happened since it was decided."""
    assert unwanted(push, NOW) is why


def test_the_table_has_every_reason() -> None:
    """A new reason has to be given a row here."""
    assert {why for _, why in TABLE.values() if why} == set(Unwanted)


NAMES = st.sampled_from(["", "ios_1", "android_2", "web_1"])
TIMES = st.integers(0, 2_000)
CONNECTIONS = st.lists(st.builds(Presence, NAMES, st.none() | NAMES, st.none() | TIMES, TIMES), max_size=4)
PUSHES = st.builds(
    LatePush, NAMES, TIMES, TIMES, TIMES, st.sampled_from(MultiDevice), CONNECTIONS, TIMES, st.booleans(), TIMES
)


@given(PUSHES, TIMES, TIMES)
def test_what_is_unwanted_stays_unwanted(push: LatePush, now_ms: int, wait_ms: int) -> None:
    """Time makes no push wanted again, but for one: a connection that was there all along ends its lease."""
    assume(why := unwanted(push, now_ms))
    later = unwanted(push, now_ms + wait_ms)
    if why is Unwanted.ONLINE and not any(entry.seen_at > push.since_ms for entry in push.presence):
        live = [entry for entry in push.presence if entry.is_live(now_ms)]
        assert later or any(not entry.is_live(now_ms + wait_ms) for entry in live)
    else:
        assert later


@given(PUSHES, TIMES, CONNECTIONS, TIMES, TIMES)
def test_what_happens_makes_nothing_wanted(
    push: LatePush, now_ms: int, came: Sequence[Presence], read_ms: int, latest_ms: int
) -> None:
    """One more connection, a later mark or a newer message never makes a push wanted that was not."""
    assume(unwanted(push, now_ms))
    more = replace(
        push,
        presence=[*push.presence, *came],
        read_ms=max(push.read_ms, read_ms),
        latest_ms=max(push.latest_ms, latest_ms),
    )
    assert unwanted(more, now_ms)


@given(st.sampled_from(MultiDevice), CONNECTIONS, st.lists(NAMES, min_size=1, max_size=3), TIMES, TIMES)
def test_waiting_alone_makes_nothing_unwanted(
    multi_device: MultiDevice, presence: list[Presence], device_ids: list[str], now_ms: int, wait_ms: int
) -> None:
    """What was decided to be pushed is wanted as long as nothing happens: decision and second look agree."""
    devices = [Device(device_id, "n", "t") for device_id in device_ids]
    seen = [Presence(entry.resource, entry.device_id, entry.online_until, now_ms) for entry in presence]
    receiver, app = Receiver("bob", presence=seen, devices=devices), AppPolicy(multi_device=multi_device)
    assume(multi_device is ANY or not receiver.is_online(now_ms))
    for verdict in judge_devices(decoded(case_record()).message(), receiver, app, now_ms):
        push = LatePush(verdict.device.device_id, now_ms, now_ms, now_ms + wait_ms + 1, multi_device, seen)
        assert not verdict.is_pushed or unwanted(push, now_ms + wait_ms) is None
