"""The two apps: what their consoles say, and how their lock screens read."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class App:
    """One app key. ``console`` is its policy; the rest is what the author expects of it."""

    appkey: str
    console: dict[str, Any]
    #: Notifier by vendor, and one whose channel is switched off.
    notifiers: dict[str, str]
    disabled: str
    #: (title, body) by what a user chose to see; ``{speaker}``, ``{sender}`` and ``{text}`` are filled in.
    views: dict[str, tuple[str, str]]
    #: Whether one online device keeps all the others dark.
    is_all_offline: bool

    def policy(self) -> dict[str, Any]:
        """Return the app as the case record has it: https://doc.easemob.com/document/server-side/push.html."""
        return {"appkey": self.appkey, **self.console}


CHAT = App(
    appkey="demo#chat",
    console={
        "multi_device": "all-offline",
        "timezone": "Asia/Shanghai",
        "locale": "zh",
        "force_beats": "dnd",
        "channels": [
            {"notifier": "com.example.chat", "provider": "apns", "enabled": True},
            {"notifier": "1234567890", "provider": "fcm", "enabled": True},
            {"notifier": "104410638", "provider": "huawei", "enabled": True},
            {"notifier": "com.example.chat.beta", "provider": "apns", "enabled": False},
        ],
        "templates": {
            "order": {"title_pattern": "订单 {0}", "content_pattern": "{0}：{1}"},
            "invite": {"title_pattern": "{$fromNickname} 邀请您", "content_pattern": "{$msg}"},
            "whisper": {"title_pattern": "悄悄话", "content_pattern": "{$fromNickname}悄悄对您说：{$msg}"},
        },
    },
    notifiers={"apns": "com.example.chat", "fcm": "1234567890", "huawei": "104410638"},
    disabled="com.example.chat.beta",
    views={
        "neutral": ("您有一条新消息", "请点击查看"),
        "detail": ("您有一条新消息", "{speaker}{text}"),
        "whisper": ("悄悄话", "{sender}悄悄对您说：{text}"),
    },
    is_all_offline=True,
)

TEAMS = App(
    appkey="demo#teams",
    console={
        "multi_device": "any-offline",
        "timezone": "Europe/Berlin",
        "locale": "en",
        "force_beats": "all",
        "group_limit": 60,
        "channels": [
            {"notifier": "com.example.teams", "provider": "apns", "enabled": True},
            {"notifier": "9876543210", "provider": "fcm", "enabled": True},
            {"notifier": "104410777", "provider": "huawei", "enabled": True},
            {"notifier": "5550001111", "provider": "fcm", "enabled": False},
        ],
        "templates": {
            "detail": {"title_pattern": "{$dynamicFrom}", "content_pattern": "{$msg}"},
            "meeting": {"title_pattern": "📅 {0}", "content_pattern": "{0}, with {$fromNickname}"},
            "incident": {"title_pattern": "🚨 {0}", "content_pattern": "{$dynamicFrom}: {0}"},
            "brief": {"title_pattern": "Teams", "content_pattern": "A note from {$fromNickname}"},
        },
    },
    notifiers={"apns": "com.example.teams", "fcm": "9876543210", "huawei": "104410777"},
    disabled="5550001111",
    views={
        "neutral": ("You have a new message", "Click to check"),
        "detail": ("{sender}", "{text}"),
        "brief": ("Teams", "A note from {sender}"),
    },
    is_all_offline=False,
)
