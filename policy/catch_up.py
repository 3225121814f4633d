"""What becomes of messages that come late, as after an outage: pushed one by one, dropped, newest first, or folded."""

from enum import Enum

import msgspec


class CatchUpPolicy(str, Enum):
    """How the pushes of late messages go out.

    PUSH: as those of any other message. DROP: not at all. NEWEST_FIRST: behind the channel's live pushes, the newest of
    them first. FOLD: behind them too, one for each conversation and device, which says how many messages there are.
    """

    PUSH = "push"
    DROP = "drop"
    NEWEST_FIRST = "newest_first"
    FOLD = "fold"


class CatchUp(msgspec.Struct, frozen=True):
    """An app's policy for late messages: those that are older than ``after_s`` when they are decided."""

    after_s: int = 300
    policy: CatchUpPolicy = CatchUpPolicy.PUSH

    def of(self, age_ms: int) -> CatchUpPolicy:
        """Return the policy for a message of this age: PUSH for one that is not late."""
        return self.policy if age_ms > self.after_s * 1000 else CatchUpPolicy.PUSH
