"""For every reason not to push: the smallest change to the base record that causes it, from the product's pages alone.

Rows are in the contract's order, so the position of a row is its rank.
"""

from tests.factories import DAY, MINUTE, NOW, Sections, group, online

#: (rule, reason, change)
AFFLICTIONS: tuple[tuple[str, str, Sections], ...] = (
    ("expired", "expired", {"event": {"timestamp": NOW - DAY - 1}}),
    ("ignored_by_sender", "ignored_by_sender", {"ext": {"em_ignore_notification": True}}),
    ("command_message", "command_message", {"payload": {"bodies": [{"type": "cmd", "action": "sync"}]}}),
    ("online_only", "online_only", {"event": {"routetype": "ROUTE_ONLINE"}}),
    ("chat_type", "chat_type", {"event": {"chat_type": "chatroom", "group_id": "9"}}),
    ("group_too_large", "group_too_large", {"event": group("bob", "carol"), "app": {"group_limit": 1}}),
    ("self", "self", {"event": {"from": "bob"}}),
    ("online", "online", {"receiver": {"presence": [online("web_1")]}}),
    ("dnd_interval", "dnd_interval", {"settings": {"ignoreInterval": "22:00-07:00"}}),
    ("dnd_duration", "dnd_duration", {"settings": {"ignoreDuration": NOW + MINUTE}}),
    ("dnd_conversation", "dnd_conversation", {"conversation": {"ignoreDuration": NOW + MINUTE}}),
    ("remind_type", "remind_none", {"settings": {"type": "NONE"}}),
    ("remind_type", "not_mentioned", {"settings": {"type": "AT"}}),
    ("bindings", "no_binding", {"receiver": {"devices": []}}),
    ("devices", "all_devices_skipped", {"ext": {"em_push_filter": {"ignore_device_id": ["ios_1"]}}}),
)

#: Pairs that cannot both hold: a room is no group; without a device none is skipped; one remind type at a time.
EXCLUSIVE = frozenset(
    {("chat_type", "group_too_large"), ("no_binding", "all_devices_skipped"), ("remind_none", "not_mentioned")}
)

#: Easemob's own word for each reason it has one for:
#: https://doc.easemob.com/document/server-side/callback_offline_push.html
DETAILS = {
    "expired": "expire message",
    "ignored_by_sender": "message ignore push",
    "dnd_interval": "user ignore push",
    "dnd_duration": "user ignore push",
    "dnd_conversation": "user ignore push",
    "remind_none": "user ignore push",
    "not_mentioned": "user ignore push",
    "no_binding": "no push binding",
    "all_devices_skipped": "ignore push device id",
}
