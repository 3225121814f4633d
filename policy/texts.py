"""The default texts, in Chinese and English.

Titles and the neutral body are the product's own
(https://doc.easemob.com/document/android/push/push_display_attribute.html); the words for messages without text are
this project's choice, because no page has them.
"""

from typing import NamedTuple

from policy.app import Locale


class Texts(NamedTuple):
    """The default texts of one language."""

    title: str
    body: str
    #: What stands for a body without text, by body type.
    kinds: dict[str, str]
    other: str


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
    ),
}
