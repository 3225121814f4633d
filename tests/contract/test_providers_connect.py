"""Every kind of wire x every way in which a connection does not come about."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from providers.base import Provider
from providers.fcm import Fcm
from providers.result import Accepted, Retryable
from providers.transport import Transport
from tests.contract.behaviours import not_sent
from tests.contract.bench import Bench, bench
from tests.contract.conftest import LOOPS
from tests.contract.fake_vendors import FakeVendors, fake_vendors
from tests.contract.promises import notification, send
from tests.contract.vendor_channels import CHANNELS, VENDORS, WIRES

UNSENT = not_sent(seen=0)


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


@asynccontextmanager
async def cold(place: Bench, channel: str, *rules: dict[str, Any], **options: Any) -> AsyncIterator[Provider]:
    """Open a provider that has not connected yet, and close it at the end."""
    place.vendors.script(VENDORS[channel], *rules)
    provider = CHANNELS[channel].build(place.vendors, **options)
    try:
        yield provider
    finally:
        await provider.aclose()


def at_the_push_door(channel: str, fault: dict[str, Any]) -> dict[str, Any]:
    """Return the rule for the first connection that is to carry a push: the token address is asked on another."""
    return {"when": {"nth": 2 if CHANNELS[channel].token_path else 1}, "do": fault}


@pytest.mark.parametrize("channel", WIRES)
def test_a_closed_port(place: Bench, channel: str) -> None:
    """Where nobody listens nothing was sent."""
    push = notification()

    async def scenario() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            origin = f"https://127.0.0.1:{unused.getsockname()[1]}"
            async with cold(place, channel, origin=origin) as provider:
                place.check(await send(provider, push, 5.0), UNSENT, VENDORS[channel], push.token)

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", WIRES)
def test_a_refused_connection(place: Bench, channel: str) -> None:
    """A connection that is reset before TLS sent nothing; the next send makes a new one."""
    push = notification()

    async def scenario() -> None:
        rule = at_the_push_door(channel, {"action": "refuse_connection"})
        async with cold(place, channel, rule) as provider:
            place.check(await send(provider, push, 5.0), UNSENT, VENDORS[channel], push.token)
            assert isinstance(await send(provider, push, 5.0), Accepted)

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", WIRES)
def test_a_stalled_handshake(place: Bench, channel: str) -> None:
    """A handshake that never ends costs the connect limit, not the deadline, and nothing was sent."""
    push = notification()

    async def scenario() -> None:
        rule = at_the_push_door(channel, {"action": "stall_handshake", "seconds": 30})
        async with cold(place, channel, rule, connect_timeout=0.2) as provider, asyncio.timeout(8):
            place.check(await send(provider, push, 10.0), UNSENT, VENDORS[channel], push.token)

    place.runner.run(scenario())


REFUSE = {"action": "refuse_connection"}
STALL = {"action": "stall_handshake", "seconds": 0.5}
#: Google's token is asked for over Python's blocking sockets, which CPython forgets to close when the reset is there
#: before the handshake begins; a port that is closed altogether stands for it below.
NOT_THERE = [
    ("fcm_both", STALL),
    *((channel, fault) for channel in ("huawei_v1", "huawei_v2") for fault in (REFUSE, STALL)),
]


@pytest.mark.parametrize(("channel", "fault"), NOT_THERE)
def test_a_token_address_that_is_not_there(place: Bench, channel: str, fault: dict[str, Any]) -> None:
    """A token address that cannot be reached ends in time, and nothing was sent."""
    push = notification()

    async def scenario() -> None:
        async with cold(place, channel, {"do": fault}) as provider:
            place.check(await send(provider, push, 0.3), UNSENT, VENDORS[channel], push.token)
            # Waits for the attempt that the first send left under way.
            place.check(await send(provider, push, 5.0), UNSENT, VENDORS[channel], push.token)

    place.runner.run(scenario())


def test_google_s_token_address_on_a_closed_port(place: Bench) -> None:
    """A token address where nobody listens is no refusal: nothing was sent, and the push is kept."""
    push = notification()
    account = json.loads(Path(place.vendors.credential("fcm", "service_account_file")).read_bytes())
    wire = Transport(place.vendors.simulator.endpoints["fcm"], ca_file=str(place.vendors.simulator.ca_file))

    async def scenario() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            elsewhere = {"token_uri": f"https://127.0.0.1:{unused.getsockname()[1]}/token"}
            provider = Fcm(wire, account | elsewhere)
            try:
                place.check(await send(provider, push, 5.0), UNSENT, "fcm", push.token)
            finally:
                await provider.aclose()

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", WIRES)
def test_a_stranger_s_certificate(place: Bench, channel: str, tmp_path: Path) -> None:
    """A vendor whose certificate nobody vouches for gets nothing: no token, no text."""
    path, push = tmp_path / "other.pem", notification()
    trustme.CA().cert_pem.write_to_path(str(path))

    async def scenario() -> None:
        async with cold(place, channel, ca_file=str(path)) as provider:
            result = await send(provider, push, 5.0)
            place.check(result, UNSENT, VENDORS[channel], push.token)
            assert isinstance(result, Retryable)
            assert "invalid peer certificate" in result.detail

    place.runner.run(scenario())


@pytest.mark.parametrize("channel", WIRES)
def test_many_sends_through_a_bad_minute(place: Bench, channel: str) -> None:
    """Forty sends at once while every third is reset: each has its own result, and no push is taken twice."""
    pushes = [notification() for _ in range(40)]

    async def scenario() -> None:
        async with place.fresh(channel) as provider:
            reset = {"action": "reset_stream", "after_processing": True}
            place.vendors.script(VENDORS[channel], {"when": {"token_prefix": "0", "every": 3}, "do": reset})
            results = await asyncio.gather(*(send(provider, push, 5.0) for push in pushes))
        assert sum(isinstance(result, Retryable) and result.maybe_sent for result in results) == 13
        assert sum(isinstance(result, Accepted) for result in results) == 27
        assert {place.vendors.taken(push.token) for push in pushes} == {1}

    place.runner.run(scenario())
