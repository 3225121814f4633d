"""What can become of one POST. Import these from ``providers.transport``."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The vendor answered. Header names are lower case; ``body`` is empty when the answer was cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """The vendor provably never processed it: always safe to send again.

    ``configuration`` marks certificate, DNS-name and TLS trouble that will not heal by itself.
    """

    cause: str
    configuration: bool = False


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The vendor may have seen it."""

    cause: str
