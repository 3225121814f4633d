"""What may not be logged: secrets, device tokens and the text of messages, by the name of a key or by their look."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

import msgspec
from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"

_CONFIDENTIAL = frozenset(
    {
        "authorization",
        "body",
        "cookie",
        "device_token",
        "key",
        "password",
        "payload",
        "private_key",
        "proxy_authorization",
        "secret",
        "text",
        "title",
        "token",
        "tokens",
    }
)
#: Such as access_token, client_secret. Not _key, which ends collapse_key and routing_key.
_CONFIDENTIAL_ENDS = ("_password", "_secret", "_token")

#: What is confidential wherever it stands; group 1, where there is one, may stay.
_LOOKS = (
    # A PEM block, or what is left of one that was cut off.
    re.compile(r"(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)"),
    # An Authorization header: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    re.compile(r"(?i)(\bbearer +)[A-Za-z0-9._~+/=-]{8,}"),
    # A JWT: its header is base64 of '{"', and it has two dots. https://www.rfc-editor.org/rfc/rfc7519
    re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    # The password in a URL.
    re.compile(r"(://[^:/?#\s@]*:)[^/?#\s@]+(?=@)"),
    # APNs names the device token in the path of a request.
    re.compile(r"(/3/device/)[^\s\"'?]+"),
)
#: Each of them holds one of these, in lower case: most text needs no closer look.
_SIGNS = re.compile("-----begin|bearer|eyj|://|/3/device/")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace confidential values of a log record, at any depth; a structlog processor."""
    return {key: _value(key, value) for key, value in event.items()}


def _value(key: object, value: Any) -> Any:
    return REDACTED if _is_confidential(str(key)) and value is not None else _clean(value)


@lru_cache(maxsize=1_024)
def _is_confidential(key: str) -> bool:
    name = key.lower().replace("-", "_")
    return name in _CONFIDENTIAL or name.endswith(_CONFIDENTIAL_ENDS)


def _clean(value: Any) -> Any:
    """Return ``value`` as plain data that is fit to be logged."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _without_looks(value)
        case Mapping():
            return {_without_looks(str(key)): _value(key, item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(item) for item in value]
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case _:
            return _record(value)


def _record(value: Any) -> Any:
    """Return a struct or dataclass by its fields, so that their names are judged too, and anything else as text."""
    names = _field_names(value)
    if not names:
        return _without_looks(repr(value) if isinstance(value, BaseException) else str(value))
    return {name: _value(name, getattr(value, name)) for name in names}


def _field_names(value: Any) -> Iterable[str]:
    if isinstance(value, msgspec.Struct):
        return value.__struct_fields__
    return [field.name for field in fields(value)] if is_dataclass(value) else []


def _without_looks(text: str) -> str:
    if not _SIGNS.search(text.lower()):
        return text
    for look in _LOOKS:
        text = look.sub(lambda found: (found[1] if found.re.groups else "") + REDACTED, text)
    return text
