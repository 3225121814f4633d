"""The case record: a decision with all it was made from (capture and replay), one JSON object a line."""

from collections.abc import Iterator

import msgspec

from policy.app import AppPolicy
from policy.decide import Deciding
from policy.decision import Decision
from policy.event import MessageEvent, Milliseconds
from policy.identifiers import bare_user
from policy.message import Message
from policy.receiver import Receiver


class Sender(msgspec.Struct, frozen=True):
    """What is known of the sender: the push nickname the receivers see."""

    nickname: str | None = None


class Case(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="v", tag=1):
    """One event, the console's settings and the receivers as they were at ``at`` (milliseconds since 1970).

    ``v`` is the version of the record: always written, 1 when left out, any other is refused.
    """

    at: Milliseconds
    event: MessageEvent
    app: AppPolicy = AppPolicy()
    #: Left out: the event's own receivers, each with the defaults (nothing bound).
    recipients: list[Receiver] | None = None
    sender: Sender = Sender()

    def receivers(self) -> list[Receiver]:
        """Return the receivers to decide for."""
        if self.recipients is not None:
            return self.recipients
        return [Receiver(user) for user in self.event.receivers]

    def decisions(self) -> Iterator[Decision]:
        """Decide for each receiver, as the worker does."""
        deciding = Deciding(self.message(), self.app, self.at)
        for receiver in self.receivers():
            yield deciding.decide(receiver)

    def message(self) -> Message:
        """Return the event with its hints read."""
        sender = bare_user(self.event.sender, self.event.appkey)
        return Message.of(self.event, sender, len(self.event.receivers), self.sender.nickname)
