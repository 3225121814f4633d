"""A push on its way: what waits in an outbox for its channel's lane."""

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.texts import Fold
from providers.notification import Notification


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One notification for one device, with what settling it needs.

    ``event_ms`` is when the message was accepted by the IM server, ``decided_ms`` when it was decided to push,
    ``bound_at`` when the token was bound; all milliseconds since 1970.
    """

    appkey: str
    msg_id: str
    user: str
    device_id: str
    notifier: str
    notification: Notification
    event_ms: int
    decided_ms: int
    bound_at: int = 0
    #: The number of the next send that the vendor may see.
    attempt: int = 1
    #: Sends that provably never reached the vendor, besides.
    unsent: int = 0
    #: ``user:<id>`` or ``group:<id>``: what a read mark names.
    conversation: str = ""
    #: The vendor may have it from an earlier attempt.
    is_uncertain: bool = False
    #: When a person sent it back from the dead letters, milliseconds since 1970; 0: never.
    revived_ms: int = 0
    #: The message was late when it was decided, and its push had to wait: much may have happened since it was said.
    is_late: bool = False
    #: How to word it when it stands for several messages of the conversation.
    fold: Fold | None = None

    @property
    def is_repeat(self) -> bool:
        """Whether it was tried before, whether or not it left."""
        return self.attempt > 1 or self.unsent > 0

    @property
    def ledger_field(self) -> str:
        """The field of the message's hash that follows this push. A user id cannot hold a line break."""
        return f"{self.user}\n{self.notifier}\n{self.device_id}"

    def late_member(self, catch_up: CatchUpPolicy) -> str:
        """Return what names it among late pushes: two of one name are folded, those that replace each other apart."""
        thread = f"{self.conversation}\n{self.replaces}" if catch_up is CatchUpPolicy.FOLD else self.msg_id
        return f"{self.ledger_field}\n{thread}"

    @property
    def retried_from_ms(self) -> int:
        """When the time for its retries began, milliseconds since 1970."""
        return self.revived_ms or self.decided_ms

    @property
    def replaces(self) -> str:
        """The collapse id that the sender named: an older push of it must not come after this one. "" for none."""
        return self.notification.collapse_id or "" if self.notification.is_collapsible else ""

    @property
    def latest_field(self) -> str:
        """The field among the user's latest pushes that says which of those that replace each other is the newest."""
        return f"{self.notifier}\n{self.device_id}\n{self.replaces}" if self.replaces else ""


def with_badge(job: Job, badge: bytes) -> Job:
    """Return the job with the badge that the hand-off counted: the same, which nobody else may have.

    A copy would cost more than reading it did.
    """
    msgspec.structs.force_setattr(job.notification, "badge", int(badge))
    return job
