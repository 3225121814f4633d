"""A deployment to measure: an embedded Valkey, nginx as the vendors, and one worker as a user starts it."""

import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import redis

from tests.benchmarks.sinks.nginx import Sinks, running_sinks
from tests.benchmarks.turn import NICKNAME, SENDER, TEXT, VENDORS, Turn, token_of, user_of
from tests.integration.configuration import APPKEY, NOTIFIERS, channels_of, write_configuration
from tests.integration.eventually import eventually
from tests.integration.worker_process import WorkerProcess
from worker.embedded import Backend, EmbeddedServer, embedded_server
from worker.processes import Children
from worker.store.keys import Keys
from worker.store.stream import added_ms

#: Larger groups than the product's default, and no vendor's quota: it would be the quota that is measured.
_APP = {"group_limit": 100_000}
_NO_QUOTA = {"fcm": {"rate_per_s": 1_000_000}, "huawei": {"rate_per_s": 1_000_000}}
#: A server with the allocator that production's have, if there is one.
_BACKEND: Backend = "redis" if shutil.which("redis-server") else "valkey"
_AT_A_TIME, _LAST_WORDS = 1000, 2000
_KEYS = Keys()
#: What is settled as accepted, summed over the days and apps whose statistics are named: one look, however many.
_ACCEPTED = """
local accepted = 0
for _, key in ipairs(KEYS) do
  local counts = redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    if counts[i]:match(':accepted$') then accepted = accepted + counts[i + 1] end
  end
end
return accepted
"""
#: From children and configuration to a worker that is not started.
MakeWorker = Callable[[Children, Path], WorkerProcess]
#: Writes a configuration for a Redis URL and the sinks.
Configure = Callable[[Path, str, Sinks], None]


@dataclass
class Rig:
    """What runs, and how a producer and a measurer speak to it."""

    children: Children
    folder: Path
    sinks: Sinks
    server: EmbeddedServer
    client: redis.Redis
    worker: WorkerProcess
    #: Users of each vendor.
    bound: int = 0
    #: The apps whose pushes are counted.
    appkeys: tuple[str, ...] = (APPKEY,)

    def bind(self, users: int) -> None:
        """Give each vendor so many users with one device each and default settings, and the sender a nickname."""
        self.bound = users
        self.client.hset(_KEYS.user(APPKEY, SENDER), "s", json.dumps({"nickname": NICKNAME}))
        for start in range(0, users, _AT_A_TIME):
            pipe = self.client.pipeline(transaction=False)
            for number in range(start, min(start + _AT_A_TIME, users)):
                for vendor in VENDORS:
                    pipe.hset(_KEYS.user(APPKEY, user_of(vendor, number)), mapping=_bound(vendor, number))
            pipe.execute()

    def add(self, events: Iterable[bytes]) -> list[bytes]:
        """Add events to the stream, as fast as Redis takes them; return their ids."""
        pipe, ids = self.client.pipeline(transaction=False), list[bytes]()
        for event in events:
            pipe.xadd(_KEYS.events, {"message": event})
            if len(pipe) >= _AT_A_TIME:
                ids += pipe.execute()
        return ids + pipe.execute()

    def decided(self, since_s: float) -> dict[str, float]:
        """Return when each message was handed over, as the journal has it: seconds since 1970, cut to milliseconds."""
        times, start = dict[str, float](), f"{since_s * 1000:.0f}"
        while page := self._decisions(start):
            times |= {json.loads(fields[b"record"])["msg_id"]: added_ms(entry) / 1000 for entry, fields in page}
            start = f"({page[-1][0].decode()}"
        return times

    def _decisions(self, start: str) -> Any:
        return self.client.xrange(_KEYS.journal, min=start, count=_AT_A_TIME)

    def accepted(self) -> int:
        """Return how many pushes are settled as accepted, yesterday and today."""
        today = datetime.now(UTC).date()
        days = [str(today - timedelta(days=age)) for age in (0, 1)]
        keys = [_KEYS.statistics(appkey, day) for appkey in self.appkeys for day in days]
        return int(str(self.client.eval(_ACCEPTED, len(keys), *keys)))

    def has_accepted(self, number: int, deadline_s: float) -> None:
        """Wait until so many pushes are settled as accepted.

        Raises:
            AssertionError: they are not within ``deadline_s``, or the worker has ended.
        """
        eventually(lambda: not self.worker.is_alive or self.accepted() >= number, bool, deadline_s)
        assert self.worker.is_alive, self.worker.log()[-_LAST_WORDS:]


def configure(
    path: Path, redis_url: str, sinks: Sinks, *, channel: Mapping[str, Any] = MappingProxyType({}), **more: Any
) -> None:
    """Write the worker's configuration: one app, a channel for each vendor.

    ``channel`` is more of each channel, ``more`` as of ``write_configuration``.
    """
    write_configuration(path, redis_url, measured_channels(sinks, channel), app=_APP, **more)


def measured_channels(sinks: Sinks, channel: Mapping[str, Any] = MappingProxyType({})) -> dict[str, dict[str, Any]]:
    """Return a channel for each vendor, by notifier."""
    found = channels_of(sinks.vendors)
    return {notifier: {**each, **_NO_QUOTA.get(each["provider"], {}), **channel} for notifier, each in found.items()}


@contextmanager
def running_rig(
    children: Children,
    folder: Path,
    *,
    delay_ms: int = 0,
    make_worker: MakeWorker = WorkerProcess,
    configure: Configure = configure,
) -> Iterator[Rig]:
    """Run all of it for the length of the block; vendors answer after ``delay_ms``."""
    with (
        running_sinks(children, folder / "sinks", delay_ms=delay_ms) as sinks,
        embedded_server(children, data_dir=folder / "redis", backend=_BACKEND) as server,
        redis.Redis.from_url(server.url, socket_timeout=60) as client,
    ):
        path = folder / "worker.toml"
        configure(path, server.url, sinks)
        worker = make_worker(children, path).started()
        try:
            yield Rig(children, folder, sinks, server, client, worker)
        finally:
            worker.stop()


def events_of(turn: Turn) -> Iterator[bytes]:
    """Yield the events of a turn as the IM server writes them."""
    for msg_id, users in turn.messages():
        yield event_of(msg_id, users, is_group=bool(turn.group))


def event_of(
    msg_id: str, users: Sequence[str], *, is_group: bool, appkey: str = APPKEY, meta: Mapping[str, Any] | None = None
) -> bytes:
    """Return the event of one message, said now. ``meta`` is what the sender's SDK ships beside it: translations."""
    address = {"chat_type": "groupchat", "group_id": "77", "to": users} if is_group else {"to": users[0]}
    payload = {"bodies": [{"type": "txt", "msg": TEXT}], "ext": {}} | ({"meta": meta} if meta else {})
    body = {"payload": payload, "from": SENDER}
    head = {"appkey": appkey, "msg_id": msg_id, "timestamp": time.time_ns() // 1_000_000, "chat_type": "chat"}
    return json.dumps(head | body | address, ensure_ascii=False).encode()


def _bound(vendor: str, number: int) -> dict[Any, Any]:
    device = {
        "device_id": f"{vendor}_1",
        "notifier": NOTIFIERS[vendor],
        "token": token_of(vendor, number),
        "bound_at": 1,
    }
    return {"d": json.dumps([device]), "s": '{"style": 1}'}
