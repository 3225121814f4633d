"""Every provider x every odd notification, judged by the fake vendors' own validation."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from providers.notification import Notification
from providers.result import Accepted
from providers.simulator.ledger import Entry
from tests.contract.bench import Bench, bench
from tests.contract.conftest import LOOPS
from tests.contract.fake_vendors import FakeVendors, fake_vendors
from tests.contract.odd_notifications import ODD_TEXT, ROWS, Asked
from tests.contract.promises import notification, send
from tests.contract.vendor_channels import CHANNELS, VENDORS

Payload = dict[str, Any]

#: Channel -> where the title and the badge stand in what the vendor got.
TITLES: dict[str, Callable[[Payload], str]] = {
    "apns": lambda payload: payload["aps"]["alert"]["title"],
    "fcm": lambda payload: payload["notification"]["title"],
    "fcm_data": lambda payload: payload["data"]["title"],
    "huawei": lambda payload: payload["android"]["notification"]["title"],
    "huawei_v3": lambda payload: payload["payload"]["notification"]["title"],
}
BADGES: dict[str, Callable[[Payload], int | None]] = {
    "apns": lambda payload: payload["aps"].get("badge"),
    "fcm": lambda payload: payload["android"].get("notification", {}).get("notification_count"),
    "huawei": lambda payload: payload["android"]["notification"].get("badge", {}).get("set_num"),
    "huawei_v3": lambda payload: payload["payload"]["notification"].get("badge", {}).get("setNum"),
}
#: Channel -> asked for -> shown. FCM has no way to clear: 0 would count up. Data messages show nothing themselves.
SHOWN: dict[str, dict[int | None, int | None]] = {
    "apns": {None: None, 0: 0, 7: 7, 100: 100},
    "fcm": {None: None, 0: None, 7: 7, 100: 100},
    "fcm_data": dict.fromkeys((None, 0, 7, 100)),
    "huawei": {None: None, 0: 0, 7: 7, 100: 99},
}


@pytest.fixture(scope="module")
def vendors() -> Iterator[FakeVendors]:
    """Run the fake vendors for the module."""
    with fake_vendors() as running:
        yield running


@pytest.fixture(scope="module", params=LOOPS)
def place(request: pytest.FixtureRequest, vendors: FakeVendors) -> Iterator[Bench]:
    """Keep a provider of each channel on each kind of event loop."""
    with bench(vendors, request.param) as found:
        yield found


def accepted(place: Bench, channel: str, push: Notification) -> Entry:
    """Send, and return what the vendor wrote about it."""

    async def scenario() -> None:
        assert isinstance(await send(await place.shared(channel), push, 5.0), Accepted)

    place.runner.run(scenario())
    (entry,) = place.vendors.entries(push.token)
    return entry


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_odd_notification(place: Bench, row: Asked, channel: str) -> None:
    """What a vendor would refuse is refused in its words before it is sent; everything else is made to fit."""
    vendor, push = VENDORS[channel], notification(**row.members)

    async def scenario() -> None:
        provider = await place.shared(channel)
        place.vendors.script(vendor)
        place.vendors.simulator.ledger.clear()
        result = await send(provider, push, 5.0)
        place.check(result, row.expected(channel, vendor), vendor, push.token)

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", CHANNELS)
def test_text_arrives_as_it_was_given(place: Bench, channel: str) -> None:
    """Every writing system, emoji and control character reaches the phone unchanged."""
    entry = accepted(place, channel, notification(title=ODD_TEXT))
    assert TITLES.get(channel, TITLES[VENDORS[channel]])(entry.payload) == ODD_TEXT


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("asked", SHOWN["apns"])
def test_a_badge_is_set_cleared_or_left_alone(place: Bench, channel: str, asked: int | None) -> None:
    """A number is shown within the vendor's range, 0 clears where the vendor can, None touches nothing."""
    vendor = VENDORS[channel]
    entry = accepted(place, channel, notification(badge=asked))
    shown = SHOWN.get(channel, SHOWN[vendor])[asked]
    assert BADGES.get(channel, BADGES[vendor])(entry.payload) == shown


@pytest.mark.parametrize("channel", ["fcm_notification", "fcm_data", "fcm_both"])
def test_half_a_character_in_a_token_is_no_exception(place: Bench, channel: str) -> None:
    """A token that UTF-8 cannot carry is the vendor's to judge, not a reason to raise."""

    async def scenario() -> None:
        push = notification(token="ab\ud83d")
        assert isinstance(await send(await place.shared(channel), push, 5.0), Accepted)

    place.runner.run(scenario())
