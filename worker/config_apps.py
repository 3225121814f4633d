"""An app of the configuration: its rules' parameters, templates and channels."""

from collections import Counter
from typing import Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from worker.config_channels import Channel
from worker.config_types import ReadableFile, Section, TemplateName, Text, Timezone


class Template(Section):
    """An app's push template, with Easemob's placeholders such as ``{$fromNickname}`` and ``{0}``."""

    title_pattern: str
    content_pattern: str


class CatchUpSettings(Section):
    """What becomes of messages that come late, as after an outage."""

    #: Older messages are late when they are decided.
    after_s: PositiveInt = 300
    #: Late messages are pushed like others, dropped, pushed newest first, or folded into one for each conversation.
    policy: Literal["push", "drop", "newest_first", "fold"] = "push"


class AppSettings(Section):
    """One app, keyed ``org#app`` in the file; each default is Easemob's where Easemob has one."""

    #: When a receiver has several devices: push when all of them are offline, or to each that is.
    multi_device: Literal["all-offline", "any-offline"] = "all-offline"
    #: Whose clock "do not disturb" intervals mean.
    timezone: Timezone = "Asia/Shanghai"
    #: The console's "advanced features": remind types, do not disturb, templates.
    advanced: bool = True
    #: What a message's forced notification overrides: "do not disturb", or every setting of the receiver.
    force_beats: Literal["dnd", "all"] = "dnd"
    #: Older events are not pushed.
    max_age_s: PositiveInt = 86_400
    catch_up: CatchUpSettings = CatchUpSettings()
    #: Language of the server's own texts.
    locale: Literal["zh", "en"] = "zh"
    #: Groups with more receivers than this are not pushed to.
    group_limit: PositiveInt = 3_000
    #: A push that the vendor may have: repeat it, which the phone shows once, or rather lose it.
    uncertain_prefers: Literal["duplicate", "loss"] = "duplicate"
    #: Credentials of the REST API's app token.
    client_id: Text | None = None
    client_secret_file: ReadableFile | None = None
    templates: dict[TemplateName, Template] = Field(default_factory=dict)
    channels: tuple[Channel, ...] = ()

    @field_validator("channels", mode="after")
    @classmethod
    def _has_one_channel_per_notifier(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        counts = Counter(channel.notifier for channel in channels)
        repeated = [notifier for notifier, count in counts.items() if count > 1]
        if repeated:
            raise ValueError(f"several channels have the notifier {', '.join(map(repr, repeated))}")
        return channels

    @model_validator(mode="after")
    def _has_whole_credentials(self) -> Self:
        if bool(self.client_id) != bool(self.client_secret_file):
            raise ValueError("client_id and client_secret_file go together")
        return self
