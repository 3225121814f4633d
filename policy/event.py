"""The message event, in the shape of Easemob's own push service (design contract: one stream entry).

Source: https://doc.easemob.com/document/server-side/callback_postsending.html and the product's test suite.
"""

from enum import Enum
from typing import Annotated, Any

import msgspec

from policy.identifiers import bare_user
from policy.redacted import Redacted

#: No control characters: identifiers become parts of Redis keys and fields.
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f]+\Z", max_length=512)]
#: ``org#app``. No colon: it ends the app's part of a Redis key.
AppKey = Annotated[str, msgspec.Meta(pattern=r"^[^#:\s\x00-\x1f]+#[^#:\s\x00-\x1f]+\Z", max_length=512)]
#: Milliseconds since 1970, up to the year 5138: of more than 14 digits Lua stores an approximation.
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=99_999_999_999_999)]


class ChatType(str, Enum):
    """Where a message was said."""

    CHAT = "chat"
    GROUP = "groupchat"
    ROOM = "chatroom"


class Body(Redacted, msgspec.Struct, frozen=True):
    """One body of a message; only what a notification can show is read."""

    type: Annotated[str, msgspec.Meta(min_length=1)]
    msg: str | None = None


class Translation(Redacted, msgspec.Struct, frozen=True):
    """The text in another language, made by the sender's SDK. ``code`` is an Azure Translator code."""

    code: str
    text: str


class Meta(msgspec.Struct, frozen=True):
    """What the SDK ships beside the message."""

    translations: list[Translation] | None = None
    routetype: str | int | None = None


class Payload(Redacted, msgspec.Struct, frozen=True):
    """The message itself."""

    bodies: list[Body] = []
    ext: dict[str, Any] | None = None
    meta: Meta | None = None
    to: str | None = None
    routetype: str | int | None = None


class MessageEvent(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """A message that the IM server has accepted.

    ``timestamp`` is milliseconds since 1970. ``to`` names the receivers, not the group.
    """

    appkey: AppKey
    msg_id: Identifier
    timestamp: Milliseconds
    chat_type: ChatType
    sender: Identifier
    to: Identifier | Annotated[list[Identifier], msgspec.Meta(min_length=1)]
    payload: Payload
    group_id: str | None = None
    routetype: str | int | None = None

    def __post_init__(self) -> None:
        """Refuse a group message that does not say which group, and a JID without a user."""
        if not (bare_user(self.sender, self.appkey) and all(self._bare())):
            raise ValueError("a JID has no user id")
        if self.chat_type is not ChatType.CHAT and not self.conversation_id:
            raise ValueError("group_id (or payload.to) is required for group and room messages")

    @property
    def conversation_id(self) -> str:
        """The group's id, or the sender's user id for single chats."""
        if self.chat_type is ChatType.CHAT:
            return bare_user(self.sender, self.appkey)
        return self.group_id or self.payload.to or ""

    @property
    def conversation(self) -> str:
        """The key of the receiver's conversation override: ``user:<id>`` or ``group:<id>``."""
        return self.conversation_of(self.conversation_id)

    def conversation_of(self, conversation_id: str) -> str:
        """Return ``conversation`` to who has the conversation's id already."""
        return f"{'user' if self.chat_type is ChatType.CHAT else 'group'}:{conversation_id}"

    @property
    def receivers(self) -> list[str]:
        """The receivers' user ids, each once, in the order given."""
        users = self._bare()
        return users if len(users) == 1 else list(dict.fromkeys(users))

    def _bare(self) -> list[str]:
        if isinstance(self.to, str):
            return [bare_user(self.to, self.appkey)]
        return [bare_user(user, self.appkey) for user in self.to]
