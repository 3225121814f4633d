"""An app's settings from the Web SDK: remind type, duration, interval; set, read back, and what they mean."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.integration.deployment import fresh, now_ms

_HOUR_MS = 3_600_000
_WEEK_MS = 7 * 24 * _HOUR_MS
#: What the newer SDK takes for an interval.
_INTERVAL = re.compile(r"^(\d{1,2}):(\d{1,2})-(\d{1,2}):(\d{1,2})$")


def remind(kind: str) -> dict[str, Any]:
    """Return the SDK's options of a remind type."""
    return {"options": {"paramType": 0, "remindType": kind}}


def duration(length_ms: float) -> dict[str, Any]:
    """Return the SDK's options of a duration."""
    return {"options": {"paramType": 1, "duration": length_ms}}


def interval(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    """Return the SDK's options of a daily interval; hours and minutes."""
    ends = {
        name: dict(zip(("hours", "minutes"), at, strict=True)) for name, at in (("startTime", start), ("endTime", end))
    }
    return {"options": {"paramType": 2, **ends}}


def times(data: dict[str, Any]) -> tuple[int, ...]:
    """Return an interval as both SDKs read it: hours and minutes of its start, then of its end."""
    found = _INTERVAL.match(data["ignoreInterval"])
    assert found, data
    return tuple(map(int, found.groups()))


@pytest.mark.parametrize("kind", ["ALL", "AT", "NONE"])
def test_a_remind_type_is_read_back(bob: Client, kind: str) -> None:
    """What is set is answered and read back, and nothing else is."""
    assert bob.done("setSilentModeForAll", remind(kind)) == {"type": kind}
    assert bob.done("getSilentModeForAll") == {"type": kind}


def test_a_user_who_set_nothing(bob: Client) -> None:
    """The answer is an object without the members that have no value: Agora's demo then shows ALL."""
    assert bob.done("getSilentModeForAll").get("type", "ALL") == "ALL"
    assert not {"ignoreDuration", "ignoreInterval"} & bob.done("getSilentModeForAll").keys()


@pytest.mark.parametrize("length_ms", [1, _HOUR_MS, _WEEK_MS])
def test_a_duration_ends_when_the_answer_says(bob: Client, length_ms: int) -> None:
    """Milliseconds go in, the moment at which it ends comes out, and it stays when it is read."""
    before = now_ms()
    ends = bob.done("setSilentModeForAll", duration(length_ms))["ignoreDuration"]
    assert before + length_ms <= ends <= now_ms() + length_ms


def test_a_duration_is_read_back(bob: Client) -> None:
    """The moment at which it ends does not move."""
    ends = bob.done("setSilentModeForAll", duration(_HOUR_MS))["ignoreDuration"]
    assert bob.done("getSilentModeForAll")["ignoreDuration"] == ends


def test_a_new_duration_begins_now(bob: Client) -> None:
    """A shorter one takes the place of a longer one."""
    longer = bob.done("setSilentModeForAll", duration(2 * _HOUR_MS))["ignoreDuration"]
    assert bob.done("setSilentModeForAll", duration(_HOUR_MS))["ignoreDuration"] < longer


def test_a_duration_of_0_ends_the_running_one(bob: Client) -> None:
    """After it, no page shows the user as muted: there is no moment, or it is over."""
    bob.done("setSilentModeForAll", duration(_HOUR_MS))
    answers = [bob.done("setSilentModeForAll", duration(0)), bob.done("getSilentModeForAll")]
    assert all(data.get("ignoreDuration", 0) <= now_ms() for data in answers)


@pytest.mark.parametrize(
    ("start", "end"), [((8, 30), (15, 45)), ((22, 5), (7, 9)), ((5, 5), (5, 5)), ((23, 59), (1, 1))]
)
def test_an_interval_is_read_back(bob: Client, start: tuple[int, int], end: tuple[int, int]) -> None:
    """By day, over midnight, or all day: the same times, in a form that both generations of the SDK understand."""
    assert times(bob.done("setSilentModeForAll", interval(start, end))) == (*start, *end)
    assert times(bob.done("getSilentModeForAll")) == (*start, *end)


def test_there_is_one_interval(bob: Client) -> None:
    """A new one takes the place of the old one."""
    bob.done("setSilentModeForAll", interval((8, 30), (15, 45)))
    bob.done("setSilentModeForAll", interval((22, 5), (7, 9)))
    assert times(bob.done("getSilentModeForAll")) == (22, 5, 7, 9)


def test_each_call_changes_its_own_member(bob: Client) -> None:
    """Interval, duration and type are merged, and each answer is the whole setting."""
    bob.done("setSilentModeForAll", interval((9, 5), (18, 30)))
    ends = bob.done("setSilentModeForAll", duration(_HOUR_MS))["ignoreDuration"]
    data = bob.done("setSilentModeForAll", remind("AT"))
    assert (data["type"], data["ignoreDuration"], times(data)) == ("AT", ends, (9, 5, 18, 30))
    assert bob.done("getSilentModeForAll") == data


def test_a_call_that_names_nothing(bob: Client) -> None:
    """The SDK lets a parameter type of 1.5 pass and sends an empty object: nothing changes, nothing fails."""
    data = bob.done("setSilentModeForAll", remind("NONE"))
    assert bob.done("setSilentModeForAll", {"options": {"paramType": 1.5}}) == data


def test_devices_share_the_setting(bob: Client) -> None:
    """It is the user's: what one device sets, the other reads."""
    bob.done("setSilentModeForAll", remind("NONE"))
    assert bob.on(resource="android_2").done("getSilentModeForAll") == {"type": "NONE"}


def test_users_share_nothing(bob: Client, log_in: Callable[[str], Client]) -> None:
    """Another user's setting is another one."""
    bob.done("setSilentModeForAll", remind("NONE"))
    assert log_in(fresh("eve")).done("getSilentModeForAll").get("type", "ALL") == "ALL"


def test_user_ids_have_no_case(log_in: Callable[[str], Client]) -> None:
    """Easemob writes ids in lower case: however the page writes it, it is the same user."""
    name = fresh("Carol")
    log_in(name).done("setSilentModeForAll", remind("AT"))
    assert log_in(name.lower()).done("getSilentModeForAll") == {"type": "AT"}


@pytest.mark.parametrize(
    "options",
    [interval((0, 30), (7, 1)), interval((8, 0), (12, 0)), interval((0, 0), (0, 0))],
    ids=["0:30", "8:00", "off"],
)
def test_the_sdk_itself_refuses_0(bob: Client, options: dict[str, Any]) -> None:
    """No request is made: why the tests of zeros speak REST."""
    assert "startTime" in bob.threw("setSilentModeForAll", options)


@pytest.mark.parametrize("sent", ["8:00-12:00", "08:00-12:00", "22:00-07:00", "0:30-7:00", "9:5-18:30"])
def test_what_rest_set_is_what_the_sdk_reads(bob: Client, server: Server, sent: str) -> None:
    """Zeros, padded or not, that no Web SDK can send and other clients do."""
    rest, path = server.as_user(bob.user), f"/users/{bob.user}/notification/user/{bob.user}"
    rest.done("PUT", path, {"ignoreInterval": sent})
    assert times(bob.done("getSilentModeForAll")) == tuple(int(part) for part in re.split("[:-]", sent))


@pytest.mark.parametrize("sent", ["", "0:0-0:0", "00:00-00:00"])
def test_rest_ends_an_interval(bob: Client, server: Server, sent: str) -> None:
    """No interval is left, or the one that means none: what the app server sets with its own token."""
    bob.done("setSilentModeForAll", interval((8, 30), (15, 45)))
    path = f"/users/{bob.user}/notification/user/{bob.user}"
    answers = [server.done("PUT", path, {"ignoreInterval": sent})["data"], bob.done("getSilentModeForAll")]
    assert all("ignoreInterval" not in data or times(data) == (0, 0, 0, 0) for data in answers)


def test_the_setting_is_below_data_alone(bob: Client, server: Server) -> None:
    """The newer SDK reads the top level first: no member of the setting may be there."""
    bob.done("setSilentModeForAll", remind("NONE"))
    answer = server.as_user(bob.user).done("GET", f"/users/{bob.user}/notification/user/{bob.user}")
    assert not {"type", "ignoreDuration", "ignoreInterval"} & answer.keys()
    assert answer["data"] == {"type": "NONE"}
