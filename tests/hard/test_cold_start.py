"""A cold start against APNs: one stream until the first answer, on a path with a round trip of 80 ms."""

import time
from collections import Counter

import uvloop

from providers.result import Accepted, Retryable
from tests.figures import Figure
from tests.hard.driver import Driver, Story
from tests.hard.fake_vendors import FakeVendors, adapter
from tests.hard.relay import Relay, relay

BURST, HALF_ROUND_TRIP_S = 500, 0.04
#: What the simulator allows after the first valid token, as Apple does; and what our adapter puts on a connection.
ADVERTISED, OURS = 1000, 400


def tokens(name: str, count: int) -> list[str]:
    """Return device tokens."""
    return [f"{name.encode().hex()}{number:032x}" for number in range(count)]


def test_a_cold_burst_loses_nothing_and_then_fills_its_streams(plain: FakeVendors, figure: Figure) -> None:
    """500 pushes at once on a new connection all arrive once, and later ones fill the streams that we want."""
    with relay(plain.port("apns"), HALF_ROUND_TRIP_S) as path:
        stories, seconds, most_open = uvloop.run(scenario(plain, path))
    counts = plain.statistics("apns")
    repeats = Counter(result.cause for story in stories for result in story.results if isinstance(result, Retryable))
    figure(
        f"cold start: burst of {BURST} over {2000 * HALF_ROUND_TRIP_S:.0f} ms in {seconds:.2f} s; refused streams"
        f" {counts['streams']['refused']}, repeated by the driver for {dict(repeats)}; then {most_open} streams open on"
        f" a connection: {ADVERTISED} are advertised, we put {OURS} on one and open another"
    )
    assert {type(story.end) for story in stories} == {Accepted}
    assert counts["accepted"] == BURST + 2 * OURS
    assert most_open == OURS


async def scenario(vendors: FakeVendors, path: Relay) -> tuple[list[Story], float, int]:
    """Send the burst, then as much as two connections take; return stories, seconds of the first, most open streams."""
    async with adapter(vendors, "apns", endpoint=path.origin, concurrency=2 * OURS) as provider:
        driver = Driver(provider, in_flight=2 * OURS, deadline=30.0)
        started = time.perf_counter()
        cold = await driver.deliver(tokens("cold", BURST))
        seconds = time.perf_counter() - started
        vendors.rules("apns", {"do": {"action": "delay", "seconds": 4.0}})
        warm = await driver.deliver(tokens("warm", 2 * OURS))
        return [*cold.values(), *warm.values()], seconds, vendors.statistics("apns")["streams"]["most_open"]
