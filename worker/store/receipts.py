"""Delivery receipts: what a vendor says later about a push that it had accepted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from providers.notification import fingerprint
from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, KeyTable, Scripts


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. ``request_id`` is the vendor's own name of the send, as the ledger has it.

    ``state`` goes into the message's ledger and, when the token is dead, beside the retired binding; ``outcome`` is
    counted.
    """

    msg_id: str
    request_id: str
    token: str = field(repr=False)
    state: str
    outcome: str
    is_token_dead: bool = False


class ReceiptStore:
    """Writes receipts into the ledgers of their messages."""

    def __init__(self, scripts: Scripts, partitions: Partitions, retired_s: int) -> None:
        """Bind; ``retired_s`` is how long a retired token is kept aside."""
        self._scripts, self._partitions, self._retired_ms = scripts, partitions, retired_s * 1000

    async def apply(
        self, appkey: str, notifier: str, provider: str, receipts: Sequence[Receipt], now_ms: int
    ) -> list[int]:
        """Apply the receipts of one request; return for each how many pushes it changed.

        A receipt that came before, that is of a forgotten message or that fits no push changes nothing. It does not
        name the receiver, so each partition is asked, in one script.
        """
        parts = [self._apply(keys, appkey, notifier, provider, receipts, now_ms) for keys in self._partitions.all]
        return [sum(counts) for counts in zip(*await asyncio.gather(*parts), strict=True)]

    async def _apply(
        self, keys: Keys, appkey: str, notifier: str, provider: str, receipts: Sequence[Receipt], now_ms: int
    ) -> list[int]:
        day = datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
        table = KeyTable(keys.statistics(appkey, day))
        arguments: list[Argument] = [now_ms, self._retired_ms, notifier, keys.user(appkey, "")]
        for receipt in receipts:
            arguments += [
                table.index(keys.message(appkey, receipt.msg_id)),
                receipt.request_id,
                fingerprint(receipt.token),
                receipt.token,
                receipt.state,
                f"{provider}:{receipt.outcome}",
                int(receipt.is_token_dead),
            ]
        return [int(count) for count in await self._scripts.run("receipt", table.keys, arguments)]
