"""Which of a receiver's bindings may be lit."""

from collections.abc import Callable
from typing import NamedTuple

from policy.app import AppPolicy, Channel
from policy.decision import DeviceReason, DeviceVerdict
from policy.extension import PushFilter
from policy.message import Message
from policy.receiver import Device, Receiver


class Binding(NamedTuple):
    """One binding and what it is judged by; ``online`` are the names that are online now."""

    device: Device
    channel: Channel | None
    online: frozenset[str]
    filter: PushFilter | None


def judge_devices(message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> tuple[DeviceVerdict, ...]:
    """Return a verdict for each binding, in the order bound. The first check that holds names the reason."""
    online, push_filter = receiver.online_names(now_ms), message.extension.filter
    return tuple(
        [_judge(Binding(device, app.channel(device.notifier), online, push_filter)) for device in receiver.devices]
    )


def _judge(binding: Binding) -> DeviceVerdict:
    provider = binding.channel.provider if binding.channel else ""
    for reason, holds in _CHECKS:
        if holds(binding):
            return DeviceVerdict(binding.device, provider, reason)
    return DeviceVerdict(binding.device, provider, DeviceReason.PUSHED)


def _is_illegal(binding: Binding) -> bool:
    return not binding.device.notifier or binding.device.token == ""


def _is_online(binding: Binding) -> bool:
    # Under all-offline a connected receiver never gets here; a device id may name the connection's resource.
    return binding.device.device_id in binding.online


def _is_kicked(binding: Binding) -> bool:
    return binding.device.kicked


def _is_filtered(binding: Binding) -> bool:
    device, push_filter = binding.device, binding.filter
    return push_filter is not None and push_filter.refuses(device.device_id, device.notifier) is not None


def _has_no_notifier(binding: Binding) -> bool:
    return binding.channel is None


def _is_disabled(binding: Binding) -> bool:
    return binding.channel is not None and not binding.channel.enabled


#: In the order in which the reasons win.
_CHECKS: tuple[tuple[DeviceReason, Callable[[Binding], bool]], ...] = (
    (DeviceReason.ILLEGAL_BINDING, _is_illegal),
    (DeviceReason.DEVICE_ONLINE, _is_online),
    (DeviceReason.DEVICE_KICKED, _is_kicked),
    (DeviceReason.FILTERED, _is_filtered),
    (DeviceReason.NO_NOTIFIER, _has_no_notifier),
    (DeviceReason.NOTIFIER_DISABLED, _is_disabled),
)
