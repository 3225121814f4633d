"""Which of a receiver's bindings may be lit."""

from collections.abc import Callable, Iterable

from policy.app import AppPolicy
from policy.decision import DeviceReason, DeviceVerdict
from policy.message import Message
from policy.receiver import Device, Receiver

#: A check sees one binding and says why it must stay dark, or None.
Check = Callable[[Device], DeviceReason | None]


def judge_devices(message: Message, receiver: Receiver, app: AppPolicy, now_ms: int) -> tuple[DeviceVerdict, ...]:
    """Return a verdict for each binding, in the order bound. The first failing check names the reason."""
    checks = _checks(message, app, receiver.online_names(now_ms))
    return tuple(_judge(device, app, checks) for device in receiver.devices)


def _judge(device: Device, app: AppPolicy, checks: Iterable[Check]) -> DeviceVerdict:
    channel = app.channel(device.notifier)
    reason = next((reason for check in checks if (reason := check(device))), DeviceReason.PUSHED)
    return DeviceVerdict(device, channel.provider if channel else "", reason)


def _checks(message: Message, app: AppPolicy, online: set[str]) -> tuple[Check, ...]:
    """Return the checks in the order in which their reasons win."""
    push_filter = message.extension.filter

    def illegal(device: Device) -> DeviceReason | None:
        return DeviceReason.ILLEGAL_BINDING if not device.notifier or device.token == "" else None

    def is_online(device: Device) -> DeviceReason | None:
        # Under all-offline a connected receiver never gets here; a device id may name the connection's resource.
        return DeviceReason.DEVICE_ONLINE if device.device_id in online else None

    def kicked(device: Device) -> DeviceReason | None:
        return DeviceReason.DEVICE_KICKED if device.kicked else None

    def filtered(device: Device) -> DeviceReason | None:
        return DeviceReason.FILTERED if push_filter and push_filter.refuses(device.device_id, device.notifier) else None

    def channel(device: Device) -> DeviceReason | None:
        known = app.channel(device.notifier)
        if known is None:
            return DeviceReason.NO_NOTIFIER
        return None if known.enabled else DeviceReason.NOTIFIER_DISABLED

    return illegal, is_online, kicked, filtered, channel
