"""Memory and file descriptors do not grow with the number of pushes."""

import asyncio
import gc
import itertools
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import uvloop

from providers.base import Provider
from providers.result import Accepted
from tests.figures import Figure
from tests.hard.driver import push
from tests.hard.fake_vendors import VENDORS, FakeVendors, adapter

STATUS, DESCRIPTORS = Path("/proc/self/statm"), Path("/proc/self/fd")
SAMPLES, WARM_UP = 20, 2
#: Megabytes to either side of the middle, after the first tenth.
ALLOWED = 5.0
#: Fewer for each adapter than open a second connection.
IN_FLIGHT = 66

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="there is no /proc to read memory and descriptors from")


def resident() -> int:
    """Return the bytes of memory that this process has in use."""
    gc.collect()
    return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def opened() -> int:
    """Return how many file descriptors this process has open."""
    return len(list(DESCRIPTORS.iterdir()))


def test_memory_and_descriptors_stay_flat(plain: FakeVendors, figure: Figure, is_long: bool) -> None:
    """After the first tenth neither moves, whatever the number of pushes; all three adapters work."""
    pushes = 102_000 if is_long else 10_200
    sizes, descriptors = uvloop.run(watched(plain, pushes))
    flat = [size / 2**20 for size in sizes[WARM_UP:]]
    figure(
        f"{pushes} pushes: {sizes[WARM_UP - 1] / 2**20:.1f} MB after a tenth, then {min(flat):.1f} to {max(flat):.1f},"
        f" {flat[-1]:.1f} at the end; descriptors {min(descriptors[WARM_UP:])} to {max(descriptors[WARM_UP:])}"
    )
    assert max(flat) - min(flat) <= 2 * ALLOWED
    assert flat[-1] - flat[0] <= ALLOWED
    assert len(set(descriptors[WARM_UP:])) == 1


async def watched(vendors: FakeVendors, pushes: int) -> tuple[list[int], list[int]]:
    """Send so many pushes; return memory and descriptors after each twentieth of them."""
    numbers, sizes, descriptors = itertools.count(), [], []
    async with AsyncExitStack() as stack:
        providers = [await stack.enter_async_context(adapter(vendors, vendor, rate_per_s=1e6)) for vendor in VENDORS]
        for _ in range(SAMPLES):
            parts = [itertools.islice(numbers, pushes // SAMPLES // len(VENDORS)) for _ in providers]
            work = zip(providers, parts, strict=True)
            await asyncio.gather(*(send(provider, part) for provider, part in work for _ in range(IN_FLIGHT)))
            sizes.append(resident())
            descriptors.append(opened())
    return sizes, descriptors


async def send(provider: Provider, numbers: Iterator[int]) -> None:
    """Push to one token after the other."""
    for number in numbers:
        assert isinstance(await provider.send(push(f"{number:064x}"), 30.0), Accepted)
