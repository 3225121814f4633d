"""Keeps events from the worker until all of them are there, by the consumer group's place in the stream.

Behind the last id that can be nothing is new. So a turn begins in one moment, whatever it took to write it; and what is
left can be kept back again, however long the stream is.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import redis

from tests.integration.configuration import APPKEY
from tests.integration.eventually import eventually
from worker.store.keys import Keys
from worker.store.stream import GROUP

_EVENTS = Keys().events
_BEHIND_ALL = "18446744073709551615-18446744073709551615"
#: An event that lights no phone and changes nothing: somebody whom nobody writes to has gone.
_IDLE = f'{{"appkey":"{APPKEY}","user":"nobody","resource":"r","state":"offline","timestamp":1790000000000}}'
#: ARGV: kind, event, how many.
_FILL = "for _ = 1, tonumber(ARGV[3]) do redis.call('XADD', KEYS[1], '*', ARGV[1], ARGV[2]) end"
_FILL_AT_A_TIME = 20_000
_SYNC, _MARK = "appendfsync", "bench:synced"


@dataclass(slots=True)
class Gate:
    """The gate of one events stream."""

    client: redis.Redis
    _place: Any = field(default="0-0", init=False)

    def __post_init__(self) -> None:
        """Make the group, unless the worker was faster."""
        with suppress(redis.ResponseError):
            self.client.xgroup_create(_EVENTS, GROUP, id="0", mkstream=True)

    def close(self) -> None:
        """Keep back all that will be added. Everything that is there must have been read."""
        info: Any = self.client.xinfo_stream(_EVENTS)
        self._place = info["last-generated-id"]
        self.stop()

    def open(self) -> None:
        """Let through what was added since it was closed. Who waits is woken by one more event, an idle one."""
        self._move(self._place)
        self.fill(1)

    def stop(self) -> None:
        """Keep back what is not read yet."""
        self._move(_BEHIND_ALL)

    def fill(self, number: int) -> None:
        """Add idle events, quickly."""
        script = self.client.register_script(_FILL)
        for start in range(0, number, _FILL_AT_A_TIME):
            script(keys=[_EVENTS], args=["presence", _IDLE, min(_FILL_AT_A_TIME, number - start)])

    def sync(self) -> None:
        """Wait until what was added is on disk: writing it there is no part of a turn."""
        # WAITAOF, which would do it, came with Redis 7.2.
        (before,) = map(str, self.client.config_get(_SYNC).values())
        self.client.config_set(_SYNC, "always")
        # A write is answered when it, and with it all before it, is there.
        self.client.set(_MARK, 1)
        self.client.delete(_MARK)
        self.client.config_set(_SYNC, before)

    def waiting(self) -> int:
        """Return how many events are on the stream, those in work included."""
        return int(self.client.xlen(_EVENTS))

    def settle(self, deadline_s: float) -> None:
        """Wait until the worker holds no event.

        Raises:
            AssertionError: it still does.
        """
        eventually(self._is_idle, deadline_s=deadline_s)

    def drop_rest(self, deadline_s: float) -> None:
        """Remove what was kept back, once the worker holds no event."""
        self.settle(deadline_s)
        self.client.xtrim(_EVENTS, maxlen=0, approximate=False)

    def _is_idle(self) -> bool:
        pending: Any = self.client.xpending(_EVENTS, GROUP)
        return int(pending["pending"]) == 0

    def _move(self, place: Any) -> None:
        self.client.xgroup_setid(_EVENTS, GROUP, place)
