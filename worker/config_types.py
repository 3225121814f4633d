"""The kinds of values a configuration holds, each with its check."""

import re
from collections.abc import Callable, Collection
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from worker.config_faults import os_fault
from worker.store.place import Address


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values cannot change, errors do not repeat them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    """Return ``path`` relative to the configuration file (``context["directory"]``)."""
    directory: Path = (info.context or {}).get("directory", Path())
    return directory / path


def _readable(path: Path, info: ValidationInfo) -> Path:
    """Refuse a file that cannot be opened, unless ``context["check_files"]`` is false."""
    if (info.context or {}).get("check_files", True):
        _open(path)
    return path


def _open(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError(os_fault(error)) from None


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """Return a check that a value matches ``pattern`` as a whole; its error names what was wanted."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"must be {wanted}")
        return value

    return check


def _url_with(*schemes: str) -> Callable[[str], str]:
    """Return a check that a value is a URL of one of ``schemes``."""
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(value: str) -> str:
        if not _is_url(value, schemes):
            raise ValueError(f"must be a URL that starts with {wanted}")
        return value

    return check


def _is_url(value: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(value)
        place = parts.path if parts.scheme == "unix" else parts.hostname
        return parts.scheme in schemes and bool(place) and parts.port != 0
    except ValueError:  # of a malformed port, which may be half a password: its text must not get out
        return False


def _server_address(value: str) -> str:
    return str(Address.parse(value))


def _network(value: str) -> str:
    try:
        return str(ip_network(value)) if "/" in value else str(ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address, or a network such as 10.0.0.0/8") from None


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a directory, such as "Asia"
        raise ValueError("must be an IANA time zone such as Asia/Shanghai") from None
    return name


#: A value that may not be empty.
Text = Annotated[str, Field(min_length=1)]
#: The vendors there are adapters for.
ProviderName = Literal["apns", "fcm", "huawei"]
#: A path, relative to the configuration file.
RelativePath = Annotated[Path, AfterValidator(_beside_config)]
#: A file that must be readable now; relative to the configuration file.
ReadableFile = Annotated[RelativePath, AfterValidator(_readable)]
#: Easemob's ``org#app``. A slash would not survive the API's ``/{org}/{app}/`` paths. A colon ends it in Redis keys, so
#: events have none either: user ``x:bob`` of ``org#app`` would be user ``bob`` of ``org#app:x``.
AppKey = Annotated[str, AfterValidator(_matching(r"[^#/:\s]+#[^#/:\s]+", '"org#app", without blank, slash and colon'))]
#: The name of an IANA time zone.
Timezone = Annotated[str, AfterValidator(_known_timezone)]
#: Easemob: at most 64 letters and digits.
TemplateName = Annotated[str, AfterValidator(_matching(r"[A-Za-z0-9]{1,64}", "1 to 64 letters and digits"))]
HttpUrl = Annotated[str, AfterValidator(_url_with("https", "http"))]
# The following may hold passwords: their fields are declared with repr=False.
ProxyUrl = Annotated[str, AfterValidator(_url_with("http", "https", "socks5", "socks5h"))]
#: As ``redis.from_url`` takes it.
RedisUrl = Annotated[str, AfterValidator(_url_with("redis", "rediss", "unix"))]
#: A server of a Cluster or a sentinel, ``host:port``.
ServerAddress = Annotated[str, AfterValidator(_server_address)]
#: An IP address or a network in CIDR notation.
Network = Annotated[str, AfterValidator(_network)]
#: Any of kombu's transports.
BrokerUrl = Annotated[str, AfterValidator(_matching(r"[a-z0-9+]+://.*", "a URL"))]
