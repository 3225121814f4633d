"""A host that agrees on its protocol: pushes in flight share few connections, whatever happens to one of them."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from providers.result import Accepted
from providers.simulator.exchange import Reply
from providers.simulator.server import Server
from providers.simulator.service import Service
from providers.simulator.tls import Authority
from providers.transport import Answer, Http, Transport
from tests.contract.loop_thread import LoopThread, loop_thread
from tests.figures import Figure
from tests.hard.driver import Driver
from tests.hard.fake_vendors import FakeVendors, adapter
from tests.ports import own_port

PUSHES, IN_FLIGHT = 600, 200
#: Two that carry 200 requests, one to agree on the protocol and one for access tokens; twice, for what was lost.
MOST = 10

ACCIDENTS: dict[str, dict[str, Any]] = {
    "nothing": {"action": "delay", "seconds": 0},
    "reset": {"action": "reset_connection"},
    "sent away": {"action": "goaway"},
    "sent away for errors": {"action": "goaway", "code": "ENHANCE_YOUR_CALM", "end": "rst"},
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_lost_connection_brings_no_storm(plain: FakeVendors, figure: Figure, accident: str) -> None:
    """200 pushes in flight need a handful of connections, also when one is lost under them."""

    async def scenario() -> None:
        async with adapter(plain, "huawei") as provider:
            driver = Driver(provider, in_flight=IN_FLIGHT, deadline=20.0)
            stories = await driver.deliver(f"{number:064x}" for number in range(PUSHES))
            assert {type(story.end) for story in stories.values()} == {Accepted}

    slow = {"do": {"action": "delay", "seconds": 0.02}}
    plain.rules("huawei", slow, {"when": {"nth": 300}, "do": ACCIDENTS[accident]})
    uvloop.run(scenario())
    opened = plain.statistics("huawei")["connections"]["opened"]
    figure(f"connections of huawei, {IN_FLIGHT} in flight, accident: {accident}: {opened} of {MOST} allowed")
    assert opened <= MOST


@contextmanager
def serving(thread: LoopThread, authority: Authority, protocols: tuple[str, ...], port: int) -> Iterator[None]:
    """Answer 200 over these protocols."""
    server = Server(Service(lambda _: Reply(200), protocols), authority.context(protocols))
    thread.run(server.start("127.0.0.1", port))
    try:
        yield
    finally:
        thread.run(server.stop())


async def hung_up(wire: Transport) -> None:
    """Wait until the wire has noticed that its only connection is gone: a request that meets the end is Ambiguous."""
    assert wire._generation is not None
    (connection,) = wire._generation.wires
    async with asyncio.timeout(30):
        while connection.is_open:  # noqa: ASYNC110 - the server's end comes over the network
            await asyncio.sleep(0.01)


def test_a_host_may_change_its_protocol(tmp_path: Path) -> None:
    """When a host that agreed to HTTP/2 comes back with HTTP/1.1 only, no request is lost."""
    authority, ca_file = Authority(), tmp_path / "ca.pem"
    authority.write_ca(ca_file)

    async def scenario(thread: LoopThread) -> None:
        port = own_port()  # still free when it is listened at again
        transport = Transport(f"https://localhost:{port}", http=Http.NEGOTIATE, ca_file=str(ca_file))
        async with aclosing(transport) as wire:
            with serving(thread, authority, ("h2", "http/1.1"), port):
                for _ in range(3):
                    assert isinstance(await wire.post("/", [], b"{}", 20.0), Answer)
            await hung_up(wire)
            with serving(thread, authority, ("http/1.1",), port):
                for _ in range(3):
                    assert isinstance(await wire.post("/", [], b"{}", 20.0), Answer)

    with loop_thread() as thread:
        uvloop.run(scenario(thread))
