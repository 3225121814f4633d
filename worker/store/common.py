"""What the decisions of a hand-off have in common: it is written once for all, and each names it by its number."""

from collections import Counter
from collections.abc import Hashable
from datetime import UTC, datetime

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.decision import Decision, DeviceVerdict
from worker.job import Draft
from worker.store.keys import Keys
from worker.store.scripts import Argument, KeyTable

_JSON = msgspec.json.Encoder()


class Drafted(msgspec.Struct, frozen=True):
    """A draft as the script knows it. The draft itself is kept: it is known by its identity."""

    number: int
    outbox: str
    replaces: str
    is_late: bool
    draft: Draft


class Common:
    """Frames of decision records, rows of devices, drafts of pushes; ``hand_off.lua`` says what is written of each."""

    def __init__(self, keys: Keys, table: KeyTable) -> None:
        """Collect for one script call: ``table`` is its keys."""
        self._keys, self._table = keys, table
        #: By what tells them apart -> number.
        self._traces: dict[bytes, int] = {}
        self._frames: dict[Hashable, int] = {}
        self._rows: dict[Hashable, int] = {}
        self._drafts: dict[int, Drafted] = {}
        #: Whose text and trace tell a frame apart by their identity: kept, so that nothing takes their place.
        self._framed: list[Decision] = []
        self._frame_arguments: list[Argument] = []
        self._row_arguments: list[Argument] = []
        self._draft_arguments: list[Argument] = []
        #: Pushes that go to each outbox. A late one goes to its shelf, for which no lane needs room.
        self.outboxes: Counter[str] = Counter()

    def frame(self, decision: Decision, override: int | None) -> int:
        """Return the number of the frame of a decision's record."""
        text, trace = decision.text, decision.trace
        key = (decision.msg_id, decision.appkey, decision.at, decision.reason, id(text), id(trace), override)
        return self._frames.get(key) or self._add_frame(key, decision, override)

    def row(self, verdict: DeviceVerdict) -> int:
        """Return the number of the end of a device's row."""
        key = (verdict.device.notifier, verdict.provider, verdict.reason)
        return self._rows.get(key) or self._add_row(key, verdict)

    def draft(self, draft: Draft, provider: str, catch_up: CatchUpPolicy) -> Drafted:
        """Return a draft, for one push more."""
        drafted = self._drafts.get(id(draft)) or self._add_draft(draft, provider, catch_up)
        if not drafted.is_late:
            self.outboxes[drafted.outbox] += 1
        return drafted

    def arguments(self) -> list[Argument]:
        """Return what is written of all."""
        frames = (len(self._traces), *self._traces, len(self._frames), *self._frame_arguments)
        return [*frames, len(self._rows), *self._row_arguments, len(self._drafts), *self._draft_arguments]

    def _add_frame(self, key: Hashable, decision: Decision, override: int | None) -> int:
        self._framed.append(decision)
        number = self._frames[key] = len(self._framed)
        message = self._table.index(self._keys.message(decision.appkey, decision.msg_id))
        trace = self._traces.setdefault(decision.trace.encoded, len(self._traces) + 1)
        self._frame_arguments += (message, "" if override is None else override, decision.frame(), trace)
        return number

    def _add_row(self, key: Hashable, verdict: DeviceVerdict) -> int:
        number = self._rows[key] = len(self._rows) + 1
        self._row_arguments.append(verdict.row().rest())
        return number

    def _add_draft(self, draft: Draft, provider: str, catch_up: CatchUpPolicy) -> Drafted:
        outbox, is_late = self._keys.outbox(draft.appkey, draft.notifier), catch_up is not CatchUpPolicy.PUSH
        drafted = Drafted(len(self._drafts) + 1, outbox, draft.replaces, is_late, draft)
        self._drafts[id(draft)] = drafted
        is_peculiar = is_late or bool(drafted.replaces)
        self._draft_arguments += (self._table.index(outbox), draft.notifier, _JSON.encode(draft), int(is_peculiar))
        if is_peculiar:
            # A time to come would make every later push look replaced.
            self._draft_arguments += (drafted.replaces, min(draft.event_ms, draft.decided_ms))
            self._draft_arguments += self._shelf(draft, provider, catch_up) if is_late else (0,)
        return drafted

    def _shelf(self, draft: Draft, provider: str, catch_up: CatchUpPolicy) -> tuple[Argument, ...]:
        """Return where late pushes of a draft wait."""
        keys, table, channel = self._keys, self._table, (draft.appkey, draft.notifier)
        ready, folding = keys.late_ready(*channel), keys.late_folding(*channel)
        day = datetime.fromtimestamp(draft.decided_ms / 1000, UTC).date().isoformat()
        return (
            table.index(folding if catch_up is CatchUpPolicy.FOLD else ready),
            table.index(ready),
            table.index(keys.late(*channel)),
            table.index(keys.statistics(draft.appkey, day)),
            provider,
            draft.thread(catch_up),
            draft.event_ms,
        )
