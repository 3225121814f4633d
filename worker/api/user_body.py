"""The body of ``PUT /users/{user}``: nickname, display style, a device's token, the old forms of do-not-disturb."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, StrictBool, WithJsonSchema, model_validator

from worker.api.body import Body, Identifier, MaybeIdentifier, Nickname, Token, absent
from worker.api.refusals import invalid
from worker.store.keys import conversation_field
from worker.store.settings import SETTINGS, Patch


def _number(value: Any) -> Any:
    """Return the number that a text of one or two digits means: clients send both."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,2}", value) else value


def _schema(most: int) -> WithJsonSchema:
    number: JsonValue = {"type": "integer", "minimum": 0, "maximum": most}
    return WithJsonSchema({"anyOf": [number, {"type": "string", "pattern": "^[0-9]{1,2}$"}]})


_Style = Annotated[int, Field(ge=0, le=1), BeforeValidator(_number), _schema(1)]
_Hour = Annotated[int, Field(ge=0, le=23), BeforeValidator(_number), _schema(23)]
_DEVICE = ("device_id", "device_token", "notifier_name")
_QUIET, _START, _END = (f"notification_no_disturbing{part}" for part in ("", "_start", "_end"))
#: Of a group: ``notification_ignore_<group id>``.
IGNORE = "notification_ignore_"
_IGNORED = re.compile(rf"{IGNORE}([^\x00-\x1f\x7f-\x9f]{{1,512}})")
_MOST_GROUPS = 100
_EXAMPLES: list[JsonValue] = [
    {"nickname": "Bob"},
    {"notification_display_style": 1},
    {"device_id": "web_1", "device_token": "4e7a…", "notifier_name": "com.example.app"},
    {"entities": [{f"{IGNORE}1234567": True}]},
]


class UserMembers(Body):
    """Members that are left out stay as they are."""

    model_config = ConfigDict(extra="allow")

    nickname: Nickname = absent(description="what pushes show for this sender; empty: the user id")
    notification_display_style: _Style = absent(description="0: no text on the lock screen, 1: text")
    device_id: Identifier = absent()
    device_token: Token = absent(description="empty: unbind")
    notifier_name: MaybeIdentifier = absent(description="empty: unbind the device from all")
    notification_no_disturbing: StrictBool = absent(description="old form of `ignoreInterval`, with whole hours")
    notification_no_disturbing_start: _Hour = absent()
    notification_no_disturbing_end: _Hour = absent()

    @model_validator(mode="after")
    def _names_groups(self) -> Self:
        flags = {name: value for name, value in (self.model_extra or {}).items() if name.startswith(IGNORE)}
        if not all(_IGNORED.fullmatch(name) and isinstance(value, bool) for name, value in flags.items()):
            raise ValueError(f"{IGNORE}<group id> must be true or false")
        if len(flags) > _MOST_GROUPS:
            raise ValueError(f"{IGNORE}<group id> must be of at most {_MOST_GROUPS} groups")
        return self

    def patches(self) -> list[Patch]:
        """Return what changes in the user's settings and overrides."""
        members = self._profile() | self._quiet_hours()
        return [*([Patch(SETTINGS, members)] if members else []), *self._groups()]

    @property
    def is_advanced(self) -> bool:
        """Whether it changes what belongs to the advanced features."""
        return bool(self._quiet_hours()) or any(True for _ in self._groups())

    def binding(self) -> tuple[str, str, str] | None:
        """Return device id, notifier and token, if it is about a device.

        Raises:
            Refusal: one of the three is missing.
        """
        given = self.model_fields_set.intersection(_DEVICE)
        if not given:
            return None
        for name in _DEVICE:
            if name not in given:
                raise invalid(name, "(Field required)")
        return self.device_id, self.notifier_name, self.device_token

    def _profile(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "nickname" in self.model_fields_set:
            found["nickname"] = self.nickname or None
        if "notification_display_style" in self.model_fields_set:
            found["style"] = int(self.notification_display_style)
        return found

    def _quiet_hours(self) -> dict[str, Any]:
        if _QUIET not in self.model_fields_set:
            return {}
        if not self.notification_no_disturbing:
            return {"ignoreInterval": None}
        for name in (_START, _END):
            if name not in self.model_fields_set:
                raise invalid(name, "(Field required)")
        start, end = int(self.notification_no_disturbing_start), int(self.notification_no_disturbing_end)
        if start == end == 0:
            raise invalid(_START, "(00:00-00:00 switches it off: say false)")
        return {"ignoreInterval": f"{start:02}:00-{end:02}:00"}

    def _groups(self) -> Iterator[Patch]:
        """Yield the old mute of groups. Unmuting takes back only that: the old form knows of no other remind type."""
        for name, is_muted in (self.model_extra or {}).items():
            if name.startswith(IGNORE):
                field = conversation_field(f"group:{name.removeprefix(IGNORE)}")
                muted = {"type": "NONE"}
                yield Patch(field, muted) if is_muted else Patch(field, {"type": None}, condition=muted)


class UserBody(UserMembers):
    """The same members once more inside ``entities``, where older clients put them."""

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    entities: Annotated[list[UserMembers], Field(max_length=20)] = absent(
        description="the same members, where older clients have them"
    )

    def parts(self) -> list[UserMembers]:
        """Return the body and those inside it, in the order in which they apply."""
        return [self, *(self.entities or ())]
