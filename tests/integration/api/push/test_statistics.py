"""Push statistics by day and platform."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.api.push.client import Caller
from tests.integration.api.push.stored import Stored
from tests.integration.configuration import APPKEY

NOTHING = {"successCount": 0, "failCount": 0, "arriveCount": 0}
COUNTERS = {
    "apns:accepted": 5,
    "apns:rejected:BadDeviceToken": 2,
    "apns:given_up:500": 1,
    "apns:retry:500": 9,
    "apns:expired:read": 9,
    "apns:folded": 9,
    "fcm:accepted": 3,
    "fcm:uncertain:no_answer": 1,
    "fcm:postponed": 9,
    "huawei:accepted": 4,
    "huawei:delivered": 2,
    "huawei:receipt_5": 9,
    "retired": 9,
}
#: What a platform's three counts are of these.
EXPECTED = {
    "APNS": {"successCount": 5, "failCount": 3, "arriveCount": 0},
    "ANDROID": {"successCount": 3, "failCount": 1, "arriveCount": 0},
    "HUAWEIPUSH": {"successCount": 4, "failCount": 0, "arriveCount": 2},
}


def path(begin: str, end: str, query: str = "") -> str:
    """Return the path of some days."""
    return f"/push/data/offline-push/begin/{begin}/end/{end}{query}"


@pytest.fixture
def day(stored: Stored) -> str:
    """A day on which something happened."""
    key = stored.keys.statistics(APPKEY, "2025-02-28")
    stored.client.delete(key)
    for name, count in {**COUNTERS, "apns:accepted:garbage": "x"}.items():
        stored.client.hset(key, name, str(count))
    return "2025-02-28"


def test_the_days_asked_for(server: Caller, day: str) -> None:
    """Each day has each platform that there are providers for; what only puts off an end is not counted."""
    answer = server.done("GET", path(day, "2025-03-01", "?platform=ALL"))
    assert answer["status"] == "OK"
    assert answer["data"] == {day: EXPECTED, "2025-03-01": dict.fromkeys(EXPECTED, NOTHING)}
    assert server.done("GET", path(day, day))["data"] == {day: EXPECTED}


@pytest.mark.parametrize("platform", ["APNS", "HUAWEIPUSH", "VIVOPUSH"])
def test_one_platform(server: Caller, day: str, platform: str) -> None:
    """A platform that nothing is sent through has counted nothing."""
    data = server.done("GET", path(day, day, f"?platform={platform}"))["data"]
    assert data == {day: {platform: EXPECTED.get(platform, NOTHING)}}


def test_today(server: Caller) -> None:
    """A month can be asked for, days to come included."""
    today = datetime.now(UTC).date().isoformat()
    assert set(server.done("GET", path(today, today))["data"]) == {today}
    assert len(server.done("GET", path("9999-12-01", "9999-12-31"))["data"]) == 31


@pytest.mark.parametrize(
    ("asked", "member"),
    [
        (path("2025-02-30", "2025-03-01"), "begin"),
        (path("2025-03-01", "20250302"), "end"),
        (path("2025-03-02", "2025-03-01"), "end"),
        (path("2025-01-01", "2025-02-01"), "end"),
        (path("1", "2"), "begin"),
        (path("0000-01-01", "0000-01-02"), "begin"),
        (path("2025-03-01", "2025-03-01", "?platform=IOS"), "platform"),
    ],
)
def test_what_cannot_be_asked(server: Caller, asked: str, member: str) -> None:
    """400 names the parameter."""
    assert server.refused("GET", asked).startswith(f"parameters is invalid : {member}")


def test_it_needs_the_app(bob: Caller, day: str) -> None:
    """Users do not see the app's numbers."""
    bob.refused("GET", path(day, day), status=403)


def test_all_partitions_are_counted(run: Any) -> None:
    """Counters of a day are summed over all partitions."""
    from worker.store.keys import Partitions
    from worker.store.scripts import Scripts
    from worker.store.statistics import StatisticsStore

    async def work(client: Any) -> Any:
        partitions = Partitions(3)
        for keys in partitions.all:
            await client.hset(keys.statistics(APPKEY, "2025-02-28"), "apns:accepted", 2)
        return await StatisticsStore(Scripts(client), partitions).of_days(APPKEY, ["2025-02-28", "2025-03-01"])

    first, second = run(work)
    assert (dict(first), dict(second)) == ({"apns:accepted": 6}, {})
