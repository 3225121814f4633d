"""Access tokens and provider tokens: every provider that needs one x everything its source can do."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.apns import Apns
from providers.apns_token import ProviderToken
from providers.base import Provider
from providers.oauth import AccessToken
from providers.result import Accepted, Rejected, Retryable
from providers.transport import Transport
from tests.contract.behaviours import Behaviour, cells, taken
from tests.contract.bench import Bench, bench
from tests.contract.conftest import LOOPS
from tests.contract.fake_vendors import TOPIC, FakeVendors, fake_vendors
from tests.contract.promises import notification, send
from tests.contract.token_address_faults import REFUSED, SLOW, TROUBLE
from tests.contract.vendor_channels import CHANNELS, VENDORS

#: Channel -> vendor, of those that ask a token address; FCM's three styles ask alike.
ASKING = {name: VENDORS[name] for name in ("fcm_both", "huawei_v1", "huawei_v2")}
#: One channel for each kind of token address: v2 asks the same as v1.
SOURCES = {name: VENDORS[name] for name in ("fcm_both", "huawei_v1")}
SENDS = 40


@pytest.fixture(scope="module")
def vendors() -> Iterator[FakeVendors]:
    """Run the fake vendors for the module."""
    with fake_vendors() as running:
        yield running


@pytest.fixture(scope="module", params=LOOPS)
def place(request: pytest.FixtureRequest, vendors: FakeVendors) -> Iterator[Bench]:
    """Open a bench on each kind of event loop."""
    with bench(vendors, request.param) as found:
        yield found


def stop_the_clock(provider: Provider) -> None:
    """Let no time pass for whoever holds the access token: a second after a failure it would ask again."""
    tokens: AccessToken = provider._wire._tokens  # type: ignore[attr-defined]  # of those that ask a token address
    tokens._clock = lambda: 0.0


@pytest.mark.parametrize(("row", "channel"), cells((*TROUBLE, *REFUSED, SLOW), SOURCES), ids=str)
def test_a_token_address(place: Bench, row: Behaviour, channel: str) -> None:
    """Without a token nothing is sent, in time; two sends in a row ask the address once."""
    vendor, path = VENDORS[channel], CHANNELS[channel].token_path
    expected = row.expected(channel, vendor)
    assert expected is not None

    async def scenario() -> None:
        place.vendors.script(vendor, *({"when": {"path": path}, "do": fault} for fault in row.faults))
        provider = CHANNELS[channel].build(place.vendors)
        stop_the_clock(provider)
        try:
            for push in (notification(), notification()):
                place.check(await send(provider, push, row.deadline), expected, vendor, push.token)
        finally:
            await provider.aclose()
        assert place.vendors.hits(vendor) == 1

    place.runner.run(scenario())


def test_a_token_address_recovers(place: Bench) -> None:
    """A second after a failure the address is asked again, and the push goes out."""

    async def scenario(channel: str) -> None:
        vendor, path = VENDORS[channel], CHANNELS[channel].token_path
        place.vendors.script(vendor, {"when": {"path": path}, "do": {"action": "reply", "status": 503}, "times": 1})
        provider = CHANNELS[channel].build(place.vendors)
        try:
            async with asyncio.timeout(15):
                while isinstance(await send(provider, notification(), 1.0), Retryable):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.05)
        finally:
            await provider.aclose()
        assert place.vendors.hits(vendor) == 1

    async def both() -> None:
        await asyncio.gather(scenario("fcm_both"), scenario("huawei_v1"))

    place.runner.run(both())


@pytest.mark.parametrize("channel", ASKING)
def test_a_cold_burst_asks_once(place: Bench, channel: str) -> None:
    """Many sends at once on a new channel share one request for a token."""
    vendor = VENDORS[channel]

    async def scenario() -> None:
        place.vendors.script(vendor)
        provider = CHANNELS[channel].build(place.vendors)
        before = place.vendors.token_calls(vendor)
        try:
            results = await asyncio.gather(*(send(provider, notification(), 5.0) for _ in range(SENDS)))
        finally:
            await provider.aclose()
        assert {type(result) for result in results} == {Accepted}
        assert place.vendors.token_calls(vendor) - before == 1

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", ASKING)
def test_a_token_that_dies_in_use_costs_one_refresh(place: Bench, channel: str) -> None:
    """When the vendor calls the token of many sends expired, one refresh serves them all, and none is lost."""
    vendor, pushes = VENDORS[channel], [notification() for _ in range(SENDS)]

    async def scenario() -> None:
        with place.vendors.tokens_of(vendor, seconds=1800):
            async with place.fresh(channel) as provider:
                before = place.vendors.token_calls(vendor)
                place.vendors.clock.ahead_s += 2000
                results = await asyncio.gather(*(send(provider, push, 5.0) for push in pushes))
            assert place.vendors.token_calls(vendor) - before == 1
        # Who starts after the first refusal waits for the new token and is seen once.
        assert {type(result) for result in results} == {Accepted}
        assert {place.vendors.taken(push.token) for push in pushes} == {1}
        seen = [place.vendors.seen(vendor, push.token) for push in pushes]
        assert set(seen) <= {1, 2}
        assert max(seen) == 2

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", ASKING)
def test_a_token_that_is_always_refused_is_renewed_once(place: Bench, channel: str) -> None:
    """A vendor that refuses the new token too gets no third request, and its token address one question."""
    vendor, push = VENDORS[channel], notification()
    refusal = {"action": "reply", "status": 401, "body": {"error": {"status": "UNAUTHENTICATED"}, "code": "80200001"}}

    async def scenario() -> None:
        async with place.fresh(channel) as provider:
            place.vendors.script(vendor, {"when": {"token": push.token}, "do": refusal})
            before = place.vendors.token_calls(vendor)
            assert isinstance(await send(provider, push, 5.0), Rejected)
            assert place.vendors.token_calls(vendor) - before == 1
            assert place.vendors.seen(vendor, push.token) == 2

    place.runner.run(scenario())


class Turning:
    """A clock that stands two hours back until it has been read so often."""

    def __init__(self, reads: int) -> None:
        self._reads = reads

    def __call__(self) -> float:
        """Return seconds since 1970."""
        self._reads -= 1
        return time.time() - (7200 if self._reads >= 0 else 0)


@pytest.mark.parametrize(("reads", "seen"), [(0, 1), (1, 2)])
def test_an_expired_provider_token_is_replaced_once(place: Bench, reads: int, seen: int) -> None:
    """When APNs calls the provider token expired and the key has a newer one, the push goes out with it."""
    pem = Path(place.vendors.credential("apns", "key_file")).read_bytes()
    names = place.vendors.credential("apns", "key_id"), place.vendors.credential("apns", "team_id")
    push = notification()

    async def scenario() -> None:
        place.vendors.script("apns")
        wire = Transport(place.vendors.simulator.endpoints["apns"], ca_file=str(place.vendors.simulator.ca_file))
        provider = Apns(wire, TOPIC, ProviderToken(pem, *names, clock=Turning(reads)))
        try:
            place.check(await send(provider, push, 5.0), taken(seen=seen), "apns", push.token)
        finally:
            await provider.aclose()

    place.runner.run(scenario())


def test_a_clock_that_stays_behind_is_asked_to_wait(place: Bench) -> None:
    """A provider token that cannot be replaced costs one request, and the push is kept."""
    pem = Path(place.vendors.credential("apns", "key_file")).read_bytes()
    names = place.vendors.credential("apns", "key_id"), place.vendors.credential("apns", "team_id")
    push = notification()

    async def scenario() -> None:
        place.vendors.script("apns")
        wire = Transport(place.vendors.simulator.endpoints["apns"], ca_file=str(place.vendors.simulator.ca_file))
        provider = Apns(wire, TOPIC, ProviderToken(pem, *names, clock=Turning(1000)))
        try:
            result = await send(provider, push, 5.0)
        finally:
            await provider.aclose()
        assert isinstance(result, Retryable)
        assert (result.cause, place.vendors.seen("apns", push.token)) == ("ExpiredProviderToken", 1)

    place.runner.run(scenario())
