"""The default texts, in Chinese and English.

Titles and the neutral body are the product's own
(https://doc.easemob.com/document/android/push/push_display_attribute.html); the words for messages without text and
for several messages are this project's choice, because no page has them.
"""

from typing import NamedTuple

import msgspec

from policy.app import Locale
from policy.redacted import Redacted


class Texts(NamedTuple):
    """The default texts of one language."""

    title: str
    body: str
    #: What stands for a body without text, by body type.
    kinds: dict[str, str]
    other: str
    #: What many messages of one conversation are folded into: the title where the phone shows no names, else the body.
    many_title: str
    many_body: str


TEXTS = {
    Locale.CHINESE: Texts(
        "您有一条新消息",
        "请点击查看",
        {
            "img": "[图片]",
            "audio": "[语音]",
            "video": "[视频]",
            "file": "[文件]",
            "loc": "[位置]",
            "custom": "[自定义消息]",
        },
        "[消息]",
        "您有{count}条新消息",
        "{count}条新消息",
    ),
    Locale.ENGLISH: Texts(
        "You have a new message",
        "Click to check",
        {
            "img": "[Image]",
            "audio": "[Voice]",
            "video": "[Video]",
            "file": "[File]",
            "loc": "[Location]",
            "custom": "[Custom message]",
        },
        "[Message]",
        "You have {count} new messages",
        "{count} new messages",
    ),
}


class Fold(Redacted, msgspec.Struct, frozen=True):
    """What one notification for several messages is worded from; ``title`` is "" where no name may be shown."""

    locale: Locale
    title: str

    def text(self, count: int) -> tuple[str, str]:
        """Return title and body for so many messages."""
        texts = TEXTS[self.locale]
        if self.title:
            return self.title, texts.many_body.format(count=count)
        return texts.many_title.format(count=count), texts.body
