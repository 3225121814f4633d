"""The part of an app's policy that is set over HTTP. What is not set is as the configuration file has it."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policy.app import AppPolicy, ForceBeats, Locale, MultiDevice
from policy.catch_up import CatchUp, CatchUpPolicy
from worker.config_types import Timezone

#: Redis and the vendors count in seconds and milliseconds: a year is beyond all use.
_Seconds = Annotated[int, Field(ge=1, le=31_536_000)]


class CatchUpPatch(BaseModel):
    """What becomes of messages that come late; both members together."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    after_s: _Seconds
    policy: Literal["push", "drop", "newest_first", "fold"]


class PolicyPatch(BaseModel):
    """The members that can be set; each wins over the configuration file. ``null`` gives a member back to the file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {"multi_device": "any-offline", "timezone": "Europe/Berlin"},
                {"catch_up": {"after_s": 300, "policy": "fold"}, "group_limit": 500},
            ]
        },
    )

    multi_device: Literal["all-offline", "any-offline"] | None = None
    timezone: Timezone | None = Field(default=None, examples=["Asia/Shanghai"])
    force_beats: Literal["dnd", "all"] | None = None
    max_age_s: _Seconds | None = None
    catch_up: CatchUpPatch | None = None
    locale: Literal["zh", "en"] | None = None
    group_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class StoredPolicy(PolicyPatch):
    """What Redis holds: also whether the advanced features are on, which has a route of its own.

    What a newer version of the program has written is left alone.
    """

    model_config = ConfigDict(extra="ignore")

    advanced: bool | None = None

    def over(self, policy: AppPolicy) -> AppPolicy:
        """Return a policy with what is set here."""
        changes = {name: _TYPES[name](value) for name, value in self if value is not None}
        return msgspec.structs.replace(policy, **changes)

    def encoded(self) -> bytes:
        """Return the JSON of what is set."""
        return self.model_dump_json(exclude_none=True).encode()


def stored_policy(text: bytes) -> StoredPolicy | None:
    """Return what Redis holds; None: it cannot be read."""
    try:
        return StoredPolicy.model_validate_json(text)
    except ValidationError:
        return None


def _catch_up(value: CatchUpPatch) -> CatchUp:
    return CatchUp(value.after_s, CatchUpPolicy(value.policy))


#: Member -> what makes its value the policy's.
_TYPES: dict[str, Any] = {
    "multi_device": MultiDevice,
    "timezone": str,
    "advanced": bool,
    "force_beats": ForceBeats,
    "max_age_s": int,
    "catch_up": _catch_up,
    "locale": Locale,
    "group_limit": int,
}
