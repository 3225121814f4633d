"""What an app's console decides: multi-device policy, time zone, late messages, channels, templates."""

from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from policy.catch_up import CatchUp
from policy.quiet_hours import time_zone


class MultiDevice(str, Enum):
    """When a user with several devices is pushed: all of them offline, or any of them."""

    ALL_OFFLINE = "all-offline"
    ANY_OFFLINE = "any-offline"


class ForceBeats(str, Enum):
    """What ``em_force_notification`` overrides: do-not-disturb only, or the remind type as well."""

    DND = "dnd"
    ALL = "all"


class Locale(str, Enum):
    """The language of the default texts."""

    CHINESE = "zh"
    ENGLISH = "en"


class Channel(msgspec.Struct, frozen=True):
    """One certificate of the console; ``notifier`` is its name, the only thing a binding refers to."""

    notifier: str
    provider: str
    enabled: bool = True


class Template(msgspec.Struct, frozen=True):
    """A push template: patterns with ``{0}``, ``{$fromNickname}``, ``{$msg}`` and ``{$dynamicFrom}``."""

    title_pattern: str = ""
    content_pattern: str = ""


class AppPolicy(msgspec.Struct, frozen=True, dict=True):
    """The console's settings for one app key, with the defaults of the contract."""

    appkey: str = ""
    multi_device: MultiDevice = MultiDevice.ALL_OFFLINE
    timezone: str = "Asia/Shanghai"
    advanced: bool = True
    force_beats: ForceBeats = ForceBeats.DND
    max_age_s: int = 86_400
    catch_up: CatchUp = CatchUp()
    locale: Locale = Locale.CHINESE
    group_limit: int = 3000
    #: None: not recorded, so every notifier counts as existing (a capture without its console).
    channels: list[Channel] | None = None
    templates: dict[str, Template] = {}

    def __post_init__(self) -> None:
        """Refuse an unknown time zone."""
        time_zone(self.timezone)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which do-not-disturb intervals are read."""
        return time_zone(self.timezone)

    def channel(self, notifier: str) -> Channel | None:
        """Return the channel of this name; an unrecorded console has every channel."""
        if self.channels is None:
            return Channel(notifier, provider="unknown")
        return self._by_notifier.get(notifier)

    @cached_property
    def _by_notifier(self) -> Mapping[str, Channel]:
        # The first of two of a name, as in the list.
        return {channel.notifier: channel for channel in reversed(self.channels or ())}
