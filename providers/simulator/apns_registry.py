"""What the fake APNs knows: teams with their keys, and devices with their fates."""

import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

_WORDS = {
    "bad": "BadDeviceToken",
    "wrong_topic": "DeviceTokenNotForTopic",
    "unregistered": "Unregistered",
    "expired": "ExpiredToken",
    "throttled": "TooManyRequests",
}
#: What ``set_token`` may say of a device token, in a word or in Apple's, and APNs' reason for it; None accepts.
#: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
STATES: dict[str, str | None] = {"valid": None, **_WORDS, **{reason: reason for reason in _WORDS.values()}}
#: The answers that name the moment since when the token is dead.
_TIMED = frozenset({"Unregistered", "ExpiredToken"})


@dataclass(frozen=True, slots=True)
class TeamKey:
    """One provider authentication key. None stands for every topic, or for both environments."""

    key_id: str
    team_id: str
    public_key: ec.EllipticCurvePublicKey = field(repr=False)
    topics: frozenset[str] | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of one device token. None stands for every topic, or for both environments."""

    reason: str | None = None
    #: Milliseconds since 1970: when the token died, for ``Unregistered`` and ``ExpiredToken``.
    timestamp_ms: int | None = None
    topics: frozenset[str] | None = None
    environment: str | None = None

    def verdict(self, topic: str, environment: str) -> "Verdict":
        """Return APNs' judgement of a push to this device."""
        if self.environment not in {None, environment}:
            return Verdict("BadDeviceToken")
        if self.reason is None and self.topics is not None and topic not in self.topics:
            return Verdict("DeviceTokenNotForTopic")
        return Verdict(self.reason, self.timestamp_ms)


@dataclass(frozen=True, slots=True)
class Verdict:
    """APNs' reason for refusing, or None; with the timestamp of a 410."""

    reason: str | None
    timestamp_ms: int | None = None


class Registry:
    """Keys by key id and devices by token; hexadecimal tokens are the same in either case."""

    def __init__(self, *, accept_unknown_tokens: bool = True) -> None:
        self.accept_unknown_tokens = accept_unknown_tokens
        self._keys: dict[str, TeamKey] = {}
        self._devices: dict[str, Device] = {}

    def add_key(self, key: TeamKey) -> None:
        """Let a team sign with this key."""
        self._keys[key.key_id] = key

    def key(self, key_id: str) -> TeamKey | None:
        """Return the key with this id, if any team has it."""
        return self._keys.get(key_id)

    def register(self, token: str, device: Device) -> None:
        """Make a device known, or known anew: a re-registration replaces its fate."""
        self._devices[token.lower()] = device

    def set_token(self, token: str, state: str, timestamp_ms: int | None) -> None:
        """Decide a token's fate. The timestamp of a dead one defaults to now.

        Raises:
            ValueError: ``state`` is not in STATES.
        """
        if state not in STATES:
            raise ValueError(f"state must be one of {', '.join(STATES)}")
        reason = STATES[state]
        died = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
        self.register(token, Device(reason, died if reason in _TIMED else None))

    def verdict(self, token: str, topic: str, environment: str) -> Verdict:
        """Return the judgement of a push to this token."""
        device = self._devices.get(token.lower())
        if device is not None:
            return device.verdict(topic, environment)
        return Verdict(None if self.accept_unknown_tokens else "BadDeviceToken")
