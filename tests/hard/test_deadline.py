"""A send ends within its deadline, whatever the peer does."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import count

import pytest
import uvloop

from providers.base import Provider
from providers.result import Retryable
from tests.contract.lateness import alarm
from tests.figures import Figure
from tests.hard.driver import push, warm_up
from tests.hard.fake_vendors import VENDORS, FakeVendors, adapter
from tests.hard.peers import mute, nameless, unreachable
from tests.hard.relay import relay
from tests.promptness import least_awaited

DEADLINE_S, ALLOWED_S = 0.6, 0.1

#: What a vendor does with a request, as the simulator's rule.
HABITS = {
    "black hole": {"action": "black_hole"},
    "black hole that took it": {"action": "black_hole", "after_processing": True},
    "trickle": {"action": "trickle", "interval_s": 0.1},
    "slow answer": {"action": "delay", "seconds": 30},
}
PEERS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "stalled TLS handshake": mute,
    "SYN never answered": unreachable,
    "DNS failure": nameless,
}


async def punctual(provider: Provider, figure: Figure, what: str) -> None:
    """Send until a send was in time, a few times at most; none may be final, for there was no answer."""
    numbers, causes = count(1), set[str]()

    async def late() -> float:
        with alarm(DEADLINE_S) as passed:
            result = await provider.send(push(f"{next(numbers):064x}"), DEADLINE_S)
            late_s = passed.late_s()
        assert isinstance(result, Retryable)
        causes.add(result.cause)
        return late_s

    least_s = await least_awaited(late, ALLOWED_S)
    figure(f"deadline of {DEADLINE_S * 1000:.0f} ms, {what}: {least_s * 1000:+.0f} ms, {', '.join(causes)}")
    assert least_s <= ALLOWED_S


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("habit", HABITS)
def test_a_vendor_that_does_not_answer(plain: FakeVendors, figure: Figure, vendor: str, habit: str) -> None:
    """On a connection that has worked, a request without an answer ends in time."""

    async def scenario() -> None:
        async with adapter(plain, vendor) as provider:
            await warm_up(provider)
            plain.rules(vendor, {"do": HABITS[habit]})
            await punctual(provider, figure, f"{vendor}, {habit}")

    uvloop.run(scenario())


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_that_cannot_be_reached(plain: FakeVendors, figure: Figure, peer: str) -> None:
    """A send ends in time when no connection comes about."""

    async def scenario(origin: str) -> None:
        async with adapter(plain, "apns", endpoint=origin) as provider:
            await punctual(provider, figure, peer)

    with PEERS[peer]() as origin:
        uvloop.run(scenario(origin))


def test_a_path_that_dies_after_the_first_answer(plain: FakeVendors, figure: Figure) -> None:
    """A send ends in time on a connection that has fallen silent."""

    async def scenario(origin: str, fall_silent: Callable[[], None]) -> None:
        async with adapter(plain, "apns", endpoint=origin) as provider:
            await warm_up(provider)
            fall_silent()
            await punctual(provider, figure, "silent after the first answer")

    with relay(plain.port("apns")) as path:
        uvloop.run(scenario(path.origin, path.fall_silent))


def test_a_token_endpoint_that_says_nothing(plain: FakeVendors, figure: Figure) -> None:
    """A send that needs an access token first ends in time when none comes."""

    async def scenario() -> None:
        with ExitStack() as stack:
            origin = stack.enter_context(mute())
            async with adapter(plain, "huawei", token_endpoint=f"{origin}/token") as provider:
                await punctual(provider, figure, "mute token endpoint")
                # The refresh goes on for all who come later; it ends here, so that nothing is left open.
                stack.close()
                assert isinstance(await provider.send(push("00" * 32), 5.0), Retryable)

    uvloop.run(scenario())
