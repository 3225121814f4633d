"""The lease of what is being worked on, renewed for as long as the work goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import structlog

from worker.cancellation import end
from worker.store.stream import Stream
from worker.store.trouble import is_passing

#: Renewals in one lease: one that Redis does not take must not lose it.
_PER_LEASE = 3
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def kept_lease(stream: Stream, ids: Callable[[], Collection[bytes]]) -> AsyncIterator[None]:
    """Renew the lease of ``ids()``, whatever they are by then, for the length of the block.

    Without it a send or a batch that takes longer than the lease would be taken over, and done twice.
    """
    renewing = asyncio.create_task(_renew_for_ever(stream, ids))
    try:
        yield
    finally:
        await end(renewing)


async def _renew_for_ever(stream: Stream, ids: Callable[[], Collection[bytes]]) -> None:
    while True:
        await asyncio.sleep(stream.lease_ms / 1000 / _PER_LEASE)
        if held := list(ids()):
            await _renew(stream, held)


async def _renew(stream: Stream, held: list[bytes]) -> None:
    try:
        kept = await stream.renew(held)
    except Exception as error:  # noqa: BLE001 - the work goes on, and the next renewal may pass
        # Of Redis trouble those speak who wait for it.
        if not is_passing(error):
            _log.exception("lease was not renewed", stream=stream.name)
        return
    if kept < len(held):
        _log.debug("entries were settled or taken over", stream=stream.name, entries=len(held) - kept)
