"""Every Redis key, by partition. Those of one share a hash tag, so that a partition is one slot of a Redis Cluster."""

from dataclasses import dataclass, field
from zlib import crc32


def partition_of(appkey: str, identifier: str, partitions: int) -> int:
    """Return the partition of a conversation (events) or of a user (state): part of the producers' contract."""
    return crc32(f"{appkey}:{identifier}".encode()) % partitions


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of partition ``number``."""

    number: int = 0
    #: The common beginning: ``push:{pN}``.
    tag: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the beginning once: each message needs a handful of keys."""
        object.__setattr__(self, "tag", f"push:{{p{self.number}}}")

    @property
    def events(self) -> str:
        """Stream written by the IM server: one entry an event, the field's name is its kind."""
        return f"{self.tag}:events"

    @property
    def journal(self) -> str:
        """Stream of decision records, trimmed to ``worker.journal_max``."""
        return f"{self.tag}:journal"

    @property
    def dead(self) -> str:
        """Stream of entries that could not be processed, with the fault. Never trimmed."""
        return f"{self.tag}:dead"

    @property
    def ledger(self) -> str:
        """Stream of the messages in the ledger, oldest first: it bounds their number. Trimmed to the dedupe window."""
        return f"{self.tag}:ledger"

    @property
    def sidings(self) -> str:
        """Set of the apps that ever had a siding."""
        return f"{self.tag}:sidings"

    @property
    def apps(self) -> str:
        """Hash of the apps of which something is set over HTTP -> its version. Only in partition 0."""
        return f"{self.tag}:apps"

    def app(self, appkey: str) -> str:
        """Hash of what is set of an app over HTTP (``worker.store.console``). Only in partition 0."""
        return f"{self.tag}:app:{appkey}"

    def clearing(self, appkey: str) -> str:
        """Name of the worker that deletes an app's settings now. Expires. Only in partition 0."""
        return f"{self.tag}:clearing:{appkey}"

    @property
    def confirm(self) -> str:
        """String without a meaning, written behind what other partitions' events leave here, for WAIT to speak of."""
        return f"{self.tag}:confirm"

    def user(self, appkey: str, user: str) -> str:
        """Hash of one receiver: ``s`` settings, ``d`` devices, ``r`` retired, ``p`` presence, ``b`` badge, ``c:…``."""
        return f"{self.tag}:u:{appkey}:{user}"

    def message(self, appkey: str, msg_id: str) -> str:
        """Hash of one message's delivery: who was handed over, and what became of each push. Expires."""
        return f"{self.tag}:m:{appkey}:{msg_id}"

    def outbox(self, appkey: str, notifier: str) -> str:
        """Stream of pushes waiting for one channel."""
        return f"{self.tag}:out:{appkey}:{notifier}"

    def retry(self, appkey: str, notifier: str) -> str:
        """Sorted set of pushes to be sent again, scored by when (milliseconds since 1970)."""
        return f"{self.tag}:retry:{appkey}:{notifier}"

    def late_ready(self, appkey: str, notifier: str) -> str:
        """Sorted set of late pushes that go to the outbox next, scored by their message's time (ms since 1970)."""
        return f"{self.tag}:late-ready:{appkey}:{notifier}"

    def late_folding(self, appkey: str, notifier: str) -> str:
        """Sorted set of late pushes that are still folded together, scored as those that are ready."""
        return f"{self.tag}:late-folding:{appkey}:{notifier}"

    def late(self, appkey: str, notifier: str) -> str:
        """Hash of the late pushes on both shelves: member -> the push, and how many messages it stands for."""
        return f"{self.tag}:late:{appkey}:{notifier}"

    def siding(self, appkey: str) -> str:
        """Stream of one app's events that were put aside, so that other apps' need not wait behind them."""
        return f"{self.tag}:siding:{appkey}"

    def read_marks(self, appkey: str, user: str) -> str:
        """Hash of what one user has read: conversation, ``m:<message id>`` or ``*`` -> until when. Expires."""
        return f"{self.tag}:read:{appkey}:{user}"

    def latest(self, appkey: str, user: str) -> str:
        """Hash of the newest of one user's pushes that replace each other on a device: its message's time. Expires."""
        return f"{self.tag}:latest:{appkey}:{user}"

    def statistics(self, appkey: str, day: str) -> str:
        """Hash of counters of one app and UTC day: ``<provider>:<outcome>``."""
        return f"{self.tag}:stat:{appkey}:{day}"

    def rate(self, appkey: str, name: str) -> str:
        """Until when one of an app's rates is used up (microseconds since 1970). Expires."""
        return f"{self.tag}:rate:{appkey}:{name}"

    def revoked_token(self, appkey: str, identifier: str) -> str:
        """When one token was revoked (ms since 1970). Expires with the token."""
        return f"{self.tag}:revoked:{appkey}:token:{identifier}"

    def revoked_user(self, appkey: str, user: str) -> str:
        """Until when issued tokens of one user are revoked (ms since 1970). Expires."""
        return f"{self.tag}:revoked:{appkey}:user:{user}"

    def revoked_app(self, appkey: str) -> str:
        """Until when issued tokens of an app and of all its users are revoked (ms since 1970). Expires."""
        return f"{self.tag}:revoked:{appkey}:all"

    def attempts(self, appkey: str, address: str) -> str:
        """Hash of an address's attempts at an app's client secret: ``count``, ``until``. Expires."""
        return f"{self.tag}:attempts:{appkey}:{address}"


@dataclass(frozen=True, slots=True)
class Partitions:
    """All partitions: an event is in its conversation's, state, pushes and journal of a receiver in the receiver's."""

    count: int = 1
    all: tuple[Keys, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the keys once."""
        object.__setattr__(self, "all", tuple(Keys(number) for number in range(self.count)))

    def of(self, appkey: str, identifier: str) -> Keys:
        """Return the keys of a user or of a conversation."""
        return self.all[partition_of(appkey, identifier, self.count) if self.count > 1 else 0]


def conversation_field(conversation: str) -> str:
    """Return the field of a user's hash that holds the override of one conversation (``user:…``, ``group:…``)."""
    return f"c:{conversation}"
