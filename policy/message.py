"""A message with its push hints read: what every receiver's decision shares."""

import msgspec

from policy.event import Body, ChatType, MessageEvent
from policy.extension import Extension, read_extension

_COMMAND = "cmd"


class Message(msgspec.Struct, frozen=True):
    """An event and its hints. Make one per event, not one per receiver: reading the hints costs more than a rule."""

    event: MessageEvent
    extension: Extension
    sender: str
    receiver_count: int
    is_command: bool
    #: The group's id, or the sender's user id for single chats; and the key of the receiver's override for it.
    conversation_id: str
    conversation: str
    #: The sender's push nickname, shown on the receiver's lock screen; None when it was never set.
    sender_nickname: str | None = None

    @classmethod
    def of(cls, event: MessageEvent, sender: str, receivers: int, sender_nickname: str | None = None) -> "Message":
        """Read a message's hints. ``sender`` is the bare user id, ``receivers`` how many users it goes to."""
        conversation_id = sender if event.chat_type is ChatType.CHAT else event.conversation_id
        return cls(
            event=event,
            extension=read_extension(event),
            sender=sender,
            receiver_count=receivers,
            is_command=_is_command(event.payload.bodies),
            conversation_id=conversation_id,
            conversation=event.conversation_of(conversation_id),
            sender_nickname=sender_nickname,
        )

    @property
    def is_stored(self) -> bool:
        """Whether an offline receiver finds it later, so that it counts as an offline message (the badge).

        Chat rooms have no offline store and online-only messages are never stored.
        """
        return self.event.chat_type is not ChatType.ROOM and not self.extension.online_only


def _is_command(bodies: list[Body]) -> bool:
    # The first one nearly always tells.
    return bool(bodies) and bodies[0].type == _COMMAND and all(body.type == _COMMAND for body in bodies)
