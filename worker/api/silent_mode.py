"""Remind type and do-not-disturb on the wire: what a client sends, and what it is shown."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from policy.receiver import ConversationSetting, RemindType
from worker.api.body import Body, absent
from worker.api.forms import INTERVAL
from worker.store.readable import record_of

#: A week, in milliseconds.
_LONGEST_MS = 604_800_000
_DEFAULT = RemindType.DEFAULT.value
_EXAMPLES: list[JsonValue] = [{"type": "AT"}, {"ignoreInterval": "22:00-07:30"}, {"ignoreDuration": 3_600_000}]


class SilentMode(Body):
    """Members that are left out stay as they are. ``ignoreDuration`` is milliseconds from now, 0 ends a running one."""

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    type: Literal["ALL", "AT", "NONE", "DEFAULT"] = absent(description="DEFAULT, of a conversation: as the app says")
    ignore_interval: Annotated[str, Field(pattern=INTERVAL)] = absent(
        alias="ignoreInterval", description='every day, in the time zone of the app; "": none'
    )
    ignore_duration: Annotated[int, Field(ge=0, le=_LONGEST_MS)] = absent(
        alias="ignoreDuration", description="milliseconds"
    )

    def members(self, now_ms: int) -> dict[str, Any]:
        """Return what is stored: the end of a duration, and None for what is removed."""
        ends_ms = now_ms + self.ignore_duration if self.ignore_duration else None
        stored = {
            "type": None if self.type == _DEFAULT else self.type,
            "ignore_interval": self.ignore_interval or None,
            "ignore_duration": ends_ms,
        }
        return {_ALIASES[name]: stored[name] for name in self.model_fields_set}


_ALIASES = {name: field.alias or name for name, field in SilentMode.model_fields.items()}


class Shown(BaseModel):
    """A setting. What is not set, or over, is left out."""

    type: Literal["ALL", "AT", "NONE"] = absent()
    ignoreInterval: str = absent(examples=["22:00-07:30"])  # noqa: N815 - Easemob's
    ignoreDuration: int = absent(description="when it ends, milliseconds since 1970")  # noqa: N815 - Easemob's


def shown(text: bytes | None, now_ms: int) -> dict[str, Any]:
    """Return a stored setting as clients read it: what is not set, or over, is left out."""
    setting = record_of(text, ConversationSetting)
    runs = setting.ignore_duration if (setting.ignore_duration or 0) > now_ms else None
    named = setting.type if setting.type is not RemindType.DEFAULT else None
    rest = msgspec.structs.replace(
        setting, type=named, ignore_interval=setting.ignore_interval or None, ignore_duration=runs
    )
    found: dict[str, Any] = msgspec.to_builtins(rest)
    return found
