"""Thousands of refusals on one connection: their bodies need flow-control credit, and it has to be given back."""

import time

import pytest
import uvloop

from providers.result import Rejected, RejectionKind
from tests.figures import Figure
from tests.hard.driver import Driver, Story
from tests.hard.fake_vendors import FakeVendors, adapter

PUSHES = 5000
DIED = 1_700_000_000_000


@pytest.mark.parametrize("padding", [0, 2000], ids=["as-apple", "10-megabytes"])
def test_refusals_never_stall_a_connection(plain: FakeVendors, figure: Figure, padding: int) -> None:
    """5,000 times 410 on one connection: each is read in time, also when the bodies outgrow every window.

    The server sends nothing without credit of the stream and of the connection. A client that gives none back stops
    after 65,535 bytes, 1,000 refusals or so, at a window of the default size.
    """
    body = {"reason": "Unregistered", "timestamp": DIED, **({"padding": "x" * padding} if padding else {})}
    plain.rules("apns", {"do": {"action": "reply", "status": 410, "body": body}})
    started = time.perf_counter()
    stories = uvloop.run(refused(plain))
    seconds = time.perf_counter() - started
    counts, longest = plain.statistics("apns"), max(story.longest_s for story in stories.values())
    figure(
        f"{PUSHES} x 410 with {len(str(body))} bytes: {seconds:.1f} s on {counts['connections']['opened']} connection,"
        f" longest send {longest:.2f} s"
    )
    assert {tuple(story.results) for story in stories.values()} == {
        (Rejected("Unregistered", RejectionKind.TOKEN, DIED),)
    }
    assert counts["connections"]["opened"] == 1


async def refused(vendors: FakeVendors) -> dict[str, Story]:
    """Push to tokens that are all gone."""
    async with adapter(vendors, "apns") as provider:
        return await Driver(provider, deadline=20.0).deliver(f"{number:064x}" for number in range(PUSHES))
