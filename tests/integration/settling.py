"""Sends settled as the worker settles them."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from tests.integration.configuration import APPKEY
from tests.integration.script_calls import Run
from worker.store.keys import Keys
from worker.store.outbox import OutboxStore
from worker.store.scripts import Scripts
from worker.store.settlements import Settled, Settlement, SettlementStore

_KEYS = Keys()


def settled(run: Run, settlements: Mapping[str, Sequence[Settlement]], now_ms: int) -> list[Settled]:
    """Settle a batch of Apple's channels, by the name of each, in one script; return what came of each settlement."""

    async def settle(client: Redis) -> list[Settled]:
        scripts = Scripts(client)
        batch = {OutboxStore(scripts, _KEYS, APPKEY, name, "apns"): each for name, each in settlements.items()}
        return await SettlementStore(scripts, _KEYS).settle(batch, now_ms)

    found: list[Settled] = run(settle)
    return found
