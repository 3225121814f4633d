"""A path that dies without a word: PING finds it, and later pushes take a new one."""

import asyncio
import time

import uvloop

from providers.base import Provider
from providers.http2.connection import PING_S
from providers.result import Accepted, Result
from tests.contract.lateness import alarm
from tests.figures import Figure
from tests.hard.driver import push, warm_up
from tests.hard.fake_vendors import FakeVendors, adapter
from tests.hard.relay import Relay, relay

#: PING's interval and its time-out; then a send's own deadline, and the loop of a busy machine.
DEADLINE_S = 1.0
#: One before and one after.
CONNECTIONS = {"apns": 2, "huawei": 2}
BOUND_S = 2 * PING_S + 2 * DEADLINE_S


def test_a_silent_path_is_left(plain: FakeVendors, figure: Figure) -> None:
    """When a connection falls silent, sends end in time meanwhile, and soon they pass on another connection.

    APNs speaks HTTP/2 only and Huawei by agreement; both at once, since each takes PING's 20 seconds.
    """
    with relay(plain.port("apns")) as apns, relay(plain.port("huawei")) as huawei:
        recoveries = uvloop.run(both(plain, {"apns": apns, "huawei": huawei}))
        opened = {"apns": apns.opened, "huawei": huawei.opened}
    for vendor, (seconds, longest) in recoveries.items():
        figure(
            f"silent path, {vendor}: a push passed again after {seconds:.1f} s of {BOUND_S:.0f} allowed; longest send"
            f" meanwhile {longest:.2f} s of {DEADLINE_S:.0f}; {opened[vendor]} connections in all"
        )
    assert max(seconds for seconds, _ in recoveries.values()) <= BOUND_S
    assert max(longest for _, longest in recoveries.values()) <= DEADLINE_S + 0.5
    assert opened == CONNECTIONS


async def both(vendors: FakeVendors, paths: dict[str, Relay]) -> dict[str, tuple[float, float]]:
    """Return each vendor's seconds until a push passed again, and its longest send."""
    found = await asyncio.gather(*(recovery(vendors, vendor, path) for vendor, path in paths.items()))
    return dict(zip(paths, found, strict=True))


async def recovery(vendors: FakeVendors, vendor: str, path: Relay) -> tuple[float, float]:
    """Silence the path under a working adapter and push until it works again."""
    async with adapter(vendors, vendor, endpoint=path.origin) as provider:
        await warm_up(provider)
        path.fall_silent()
        silent_since, longest, number = time.perf_counter(), 0.0, 0
        while True:
            number += 1
            result, seconds = await timed(provider, number)
            longest = max(longest, seconds)
            since = time.perf_counter() - silent_since
            if isinstance(result, Accepted) or since > BOUND_S:
                return since, longest


async def timed(provider: Provider, number: int) -> tuple[Result, float]:
    """Send once; return the result and the seconds it took, less those that the machine was late."""
    started = time.perf_counter()
    with alarm(DEADLINE_S) as passed:
        result = await provider.send(push(f"{number:064x}"), DEADLINE_S)
        late_s = passed.late_s()
    return result, min(time.perf_counter() - started, DEADLINE_S + late_s)
