"""What the configuration says of each app, in the words of policy."""

from dataclasses import dataclass, field

from policy.app import AppPolicy, Channel, ForceBeats, Locale, MultiDevice, Template
from policy.catch_up import CatchUp, CatchUpPolicy
from worker.config_apps import AppSettings


@dataclass(frozen=True, slots=True)
class Console:
    """One app: the policy of its decisions and the sounds of its channels by notifier."""

    policy: AppPolicy
    sounds: dict[str, str] = field(default_factory=dict)


def console_of(appkey: str, settings: AppSettings) -> Console:
    """Return the console of a configured app."""
    return Console(policy_of(appkey, settings), _sounds(settings))


def unknown_console(appkey: str) -> Console:
    """Return the console of an app that is not configured: the defaults, and not one channel."""
    return Console(AppPolicy(appkey, channels=[]))


def policy_of(appkey: str, settings: AppSettings) -> AppPolicy:
    """Return the policy of a configured app."""
    return AppPolicy(
        appkey=appkey,
        multi_device=MultiDevice(settings.multi_device),
        timezone=settings.timezone,
        advanced=settings.advanced,
        force_beats=ForceBeats(settings.force_beats),
        max_age_s=settings.max_age_s,
        catch_up=CatchUp(settings.catch_up.after_s, CatchUpPolicy(settings.catch_up.policy)),
        locale=Locale(settings.locale),
        group_limit=settings.group_limit,
        channels=[Channel(channel.notifier, channel.provider, channel.enabled) for channel in settings.channels],
        templates={
            name: Template(each.title_pattern, each.content_pattern) for name, each in settings.templates.items()
        },
    )


def _sounds(settings: AppSettings) -> dict[str, str]:
    return {
        channel.notifier: sound
        for channel in settings.channels
        if (sound := getattr(channel, "sound", None)) is not None
    }
