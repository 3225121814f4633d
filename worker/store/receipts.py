"""Delivery receipts: what a vendor says later about a push that it had accepted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from providers.notification import fingerprint
from worker.store.keys import Keys
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

    def __init__(self, scripts: Scripts, keys: Keys) -> None:
        """Bind to one partition."""
        self._scripts, self._keys = scripts, keys

    async def apply(
        self, appkey: str, notifier: str, provider: str, receipts: Sequence[Receipt], now_ms: int
    ) -> list[int]:
        """Apply the receipts of one request in one script; return for each how many pushes it changed.

        A receipt that came before, that is of a forgotten message or that fits no push changes nothing.
        """
        day = datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
        table = KeyTable(self._keys.statistics(appkey, day))
        arguments: list[Argument] = [now_ms, notifier, self._keys.user(appkey, "")]
        for receipt in receipts:
            arguments += [
                table.index(self._keys.message(appkey, receipt.msg_id)),
                receipt.request_id,
                fingerprint(receipt.token),
                receipt.token,
                receipt.state,
                f"{provider}:{receipt.outcome}",
                int(receipt.is_token_dead),
            ]
        return [int(count) for count in await self._scripts.run("receipt", table.keys, arguments)]
