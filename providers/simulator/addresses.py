"""Which devices a request names, and which message: read before any rule is checked, so it forgives everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from providers.simulator.exchange import Request

_DEVICE_PATH = "/3/device/"
#: A repeat has less time left, so the time to live says nothing about which message it is.
_LIFETIMES = (("message", "android"), ("pushOptions",))
_ENCODE = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Address:
    """The tokens of a request, as sent, and a name for its message that is the same for every repeat."""

    tokens: tuple[str, ...] = ()
    message: str = ""


Reader = Callable[[Request], Address]


def nobody(_: Request) -> Address:
    """Return an address without a device."""
    return Address()


def apns(request: Request) -> Address:
    """Return the device of an APNs push; its message is the ``apns-id``, else the body."""
    path = request.path.partition("?")[0]
    if not path.startswith(_DEVICE_PATH):
        return Address()
    return Address((path.removeprefix(_DEVICE_PATH),), request.header("apns-id") or _digest(request.body))


def fcm(request: Request) -> Address:
    """Return the device of an FCM send; its message is the body without device and time to live."""
    return _in_body(request, "message", ("token", "fid"))


def huawei(request: Request) -> Address:
    """Return the devices of a Huawei send; its message is the body without devices and time to live."""
    address = _in_body(request, "message", ("token",))
    return address if address.tokens else _in_body(request, "target", ("token",))


#: Vendor -> how its requests are addressed.
READERS: Mapping[str, Reader] = {"apns": apns, "fcm": fcm, "huawei": huawei}


def _in_body(request: Request, member: str, names: tuple[str, ...]) -> Address:
    try:
        document = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return Address()
    target = _within(document, (member,))
    named = [target.pop(name) for name in names if name in target]
    tokens = tuple(token for token in _flat(named) if isinstance(token, str))
    for path in _LIFETIMES:
        _within(document, path).pop("ttl", None)
    return Address(tokens, _digest(_ENCODE(document))) if tokens else Address()


def _within(document: Any, path: tuple[str, ...]) -> dict[str, Any]:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _flat(values: list[Any]) -> list[Any]:
    return [part for value in values for part in (value if isinstance(value, list) else [value])]


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=8).hexdigest()
