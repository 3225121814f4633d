"""A push on its way: what waits in an outbox for its channel's lane."""

import msgspec

from policy.catch_up import CatchUpPolicy
from policy.texts import Fold
from providers.notification import Notification
from worker.push_name import push_name

#: Member of the app's data that names the receiver.
_RECEIVER = "t"


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all pushes of a message have in common that show the same through the same channel.

    ``event_ms`` is when the message was accepted by the IM server, ``decided_ms`` when it was decided to push; both
    milliseconds since 1970. ``notification`` is addressed to nobody.
    """

    appkey: str
    msg_id: str
    notifier: str
    notification: Notification
    event_ms: int
    decided_ms: int
    #: ``user:<id>`` or ``group:<id>``: what a read mark names.
    conversation: str = ""
    #: The message was late when it was decided, and its push had to wait: much may have happened since it was said.
    is_late: bool = False
    #: How to word it when it stands for several messages of the conversation.
    fold: Fold | None = None

    @property
    def replaces(self) -> str:
        """The collapse id that the sender named: an older push of it must not come after this one. "" for none."""
        return self.notification.collapse_id or "" if self.notification.is_collapsible else ""

    def thread(self, catch_up: CatchUpPolicy) -> str:
        """Return what late pushes for one device have in common that are folded into one."""
        return f"{self.conversation}\n{self.replaces}" if catch_up is CatchUpPolicy.FOLD else self.msg_id


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One notification for one device, with what settling it needs.

    ``bound_at`` is when the token was bound, milliseconds since 1970.
    """

    user: str
    device_id: str
    token: str
    draft: Draft
    bound_at: int = 0
    #: The number on the icon.
    badge: int | None = None
    #: The number of the next send that the vendor may see.
    attempt: int = 1
    #: Sends that provably never reached the vendor, besides.
    unsent: int = 0
    #: The vendor may have it from an earlier attempt.
    is_uncertain: bool = False
    #: When a person sent it back from the dead letters, milliseconds since 1970; 0: never.
    revived_ms: int = 0

    @property
    def is_repeat(self) -> bool:
        """Whether it was tried before, whether or not it left."""
        return self.attempt > 1 or self.unsent > 0

    @property
    def ledger_field(self) -> str:
        """The field of the message's hash that follows this push. A user id cannot hold a line break."""
        return f"{self.user}\n{self.draft.notifier}\n{self.device_id}"

    def late_member(self, catch_up: CatchUpPolicy) -> str:
        """Return what names it among late pushes: two of one name are folded, those that replace each other apart."""
        return f"{self.ledger_field}\n{self.draft.thread(catch_up)}"

    @property
    def retried_from_ms(self) -> int:
        """When the time for its retries began, milliseconds since 1970."""
        return self.revived_ms or self.draft.decided_ms

    @property
    def latest_field(self) -> str:
        """The field among the user's latest pushes that says which of those that replace each other is the newest."""
        draft = self.draft
        return f"{draft.notifier}\n{self.device_id}\n{draft.replaces}" if draft.replaces else ""

    def addressed(self) -> Notification:
        """Return the notification for this device, under the push's own name: the same for every repeat of it."""
        draft = self.draft
        return msgspec.structs.replace(
            draft.notification,
            token=self.token,
            id=push_name(draft.appkey, draft.msg_id, self.user, draft.notifier, self.device_id),
            badge=self.badge,
            data={_RECEIVER: self.user, **draft.notification.data},
        )

    def shared(self) -> Notification:
        """Return the notification for this device and all that are to show the same, with what is no one's own."""
        shown = self.draft.notification
        # A phone may show only the first notification of a name: that has to be the message's, not one phone's.
        return msgspec.structs.replace(shown, id=shown.collapse_id or "", badge=self.badge)


def with_badge(job: Job, badge: int) -> Job:
    """Return the job with the badge that the hand-off counted: the same, which nobody else may have.

    A copy would cost more than reading it did.
    """
    msgspec.structs.force_setattr(job, "badge", badge)
    return job
