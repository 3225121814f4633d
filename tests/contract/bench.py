"""Providers under test on one event loop: ready-made ones that cells share, and fresh ones to be broken."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from providers.base import Provider
from providers.result import Accepted, Result
from tests.contract.behaviours import Behaviour, Outcome, bare
from tests.contract.conftest import LOOPS
from tests.contract.fake_vendors import FakeVendors
from tests.contract.promises import notification, send
from tests.contract.vendor_channels import CHANNELS


class Bench:
    """The fake vendors, a loop, and a provider for each channel."""

    def __init__(self, vendors: FakeVendors, runner: asyncio.Runner) -> None:
        self.vendors, self.runner = vendors, runner
        self._ready: dict[str, Provider] = {}

    def on_shared(self, row: Behaviour, channel: str) -> None:
        """Run one cell on the channel's ready-made provider: the connection outlives the row."""

        async def scenario() -> None:
            await self._cell(row, channel, await self.shared(channel))

        self.runner.run(scenario())

    def on_fresh(self, row: Behaviour, channel: str) -> None:
        """Run one cell on a provider of its own that has sent one push: the connection may end."""

        async def scenario() -> None:
            async with self.fresh(channel) as provider:
                await self._cell(row, channel, provider)

        self.runner.run(scenario())

    async def shared(self, channel: str) -> Provider:
        """Return a channel's ready-made provider, whose connection and access token are there."""
        if channel not in self._ready:
            self._ready[channel] = await self._warm(channel)
        return self._ready[channel]

    @asynccontextmanager
    async def fresh(self, channel: str) -> AsyncIterator[Provider]:
        """Open a provider, let it send one push, and close it at the end."""
        provider = await self._warm(channel)
        try:
            yield provider
        finally:
            await provider.aclose()

    async def aclose(self) -> None:
        """Close the ready-made providers."""
        for provider in self._ready.values():
            await provider.aclose()

    def check(self, result: Result, expected: Outcome, vendor: str, token: str) -> None:
        """Compare a result, and what the vendor saw and took, with what is expected."""
        seen, accepted = self.vendors.seen(vendor, token), self.vendors.taken(token)
        found = Outcome(bare(result), seen, accepted, expected.page)
        assert found == expected, f"{result}, seen {seen}, taken {accepted}"

    async def _warm(self, channel: str) -> Provider:
        self.vendors.script(CHANNELS[channel].vendor)
        provider = CHANNELS[channel].build(self.vendors)
        assert isinstance(await send(provider, notification(), 5.0), Accepted)
        return provider

    async def _cell(self, row: Behaviour, channel: str, provider: Provider) -> None:
        vendor = CHANNELS[channel].vendor
        expected = row.expected(channel, vendor)
        assert expected is not None
        push = notification()
        self.vendors.script(vendor, *row.rules(push.token))
        self.check(await send(provider, push, row.deadline), expected, vendor, push.token)


@contextmanager
def bench(vendors: FakeVendors, loop: str) -> Iterator[Bench]:
    """Open a bench on a kind of event loop, by its name in ``LOOPS``."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        found = Bench(vendors, runner)
        try:
            yield found
        finally:
            runner.run(found.aclose())
