"""What ``/users/{user}`` answers: a user's push settings and bindings under the names of Easemob's older interface."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec
from pydantic import BaseModel

from policy.quiet_hours import parse_interval
from policy.receiver import Device, Settings
from worker.api.bindings import BoundDevice
from worker.api.bindings import shown as shown_bindings
from worker.api.body import absent
from worker.api.silent_mode import shown
from worker.api.user_body import IGNORE
from worker.store.keys import conversation_field
from worker.store.readable import list_of, record_of
from worker.store.settings import SETTINGS


class _Style(msgspec.Struct):
    """Whether a display style was ever set."""

    style: int | str | None = None


_GROUP = conversation_field("group:")
_QUIET = "notification_no_disturbing"


class PushInfo(BoundDevice):
    """A binding. The documented spelling has a capital I, the clients' type declarations have not."""

    device_Id: str  # noqa: N815 - Easemob's


class UserEntity(BaseModel):
    """A user. What is not set is left out; `notification_ignore_<group id>` is there for each muted group."""

    uuid: str
    type: Literal["user"]
    username: str
    activated: bool
    nickname: str = absent()
    notification_display_style: Literal[0, 1] = absent()
    notification_no_disturbing: Literal[True] = absent()
    notification_no_disturbing_start: str = absent(description="whole hours; left out where the interval has minutes")
    notification_no_disturbing_end: str = absent()
    notifier_name: str = absent(description="of the latest binding")
    device_token: str = absent(description="of the latest binding")
    pushInfo: list[PushInfo] = absent()  # noqa: N815 - Easemob's


def entity(appkey: str, user: str, fields: Mapping[str, bytes], now_ms: int) -> dict[str, Any]:
    """Return the entity of a user; ``fields`` are those of their hash."""
    settings = record_of(fields.get(SETTINGS), Settings)
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"easemob:{appkey}:{user}")),
        "type": "user",
        "username": user,
        "activated": True,
        **({"nickname": settings.nickname} if settings.nickname else {}),
        **_style(fields.get(SETTINGS)),
        **_quiet_hours(settings.ignore_interval),
        **{f"{IGNORE}{group}": True for group in _muted(fields, now_ms)},
        **_devices(list_of(fields.get("d"), Device)),
    }


def _style(text: bytes | None) -> dict[str, int]:
    style = record_of(text, _Style).style
    return {} if style is None else {"notification_display_style": int(str(style) == "1")}


def _quiet_hours(text: str | None) -> dict[str, Any]:
    """Return the interval in the old form, which has whole hours only: of others just that there is one."""
    interval = parse_interval(text or "")
    if interval is None:
        return {}
    ends = [divmod(minute, 60) for minute in interval]
    hours = {f"{_QUIET}_{end}": str(hour) for end, (hour, _) in zip(("start", "end"), ends, strict=True)}
    return {_QUIET: True, **(hours if not any(minute for _, minute in ends) else {})}


def _muted(fields: Mapping[str, bytes], now_ms: int) -> Iterator[str]:
    """Yield the groups of remind type NONE."""
    for name, text in fields.items():
        if name.startswith(_GROUP) and shown(text, now_ms).get("type") == "NONE":
            yield name.removeprefix(_GROUP)


def _devices(devices: Sequence[Device]) -> dict[str, Any]:
    """Return the bindings, and once more the latest of them, which is all that older clients look at."""
    if not devices:
        return {}
    latest = max(devices, key=lambda device: device.bound_at)
    listed = [{"device_Id": each["device_id"], **each} for each in shown_bindings(devices)]
    return {"notifier_name": latest.notifier, "device_token": latest.token or "", "pushInfo": listed}
