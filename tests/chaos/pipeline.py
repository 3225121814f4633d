"""What Redis says of the work: how much is done, how much is left, and what a dead worker had in flight."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from redis import Redis

from tests.chaos.keys import DEAD, EVENTS, OUTBOXES, RETRIES, STATISTICS, user_key
from tests.chaos.load import Push, name_of, token_of
from tests.integration.eventually import at_last

#: The fields of what a consumer read from a stream and did not settle: one script, so that nobody comes in between.
#: KEYS 1: stream; ARGV 1: part of the consumer's name.
_UNSETTLED = """
local found = {}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group[2])) do
    if consumer[2]:find(ARGV[1], 1, true) then
      for _, row in ipairs(redis.call('XPENDING', KEYS[1], group[2], '-', '+', 1000000, consumer[2])) do
        local entry = redis.call('XRANGE', KEYS[1], row[1], row[1])[1]
        if entry then found[#found + 1] = table.concat(entry[2], ' ') end
      end
    end
  end
end
return found
"""
#: The third repeat to a vendor that throttles may be four minutes away.
DRAINED_S = 600.0
_USER, _MESSAGE = re.compile(rb"user(\d{6})"), re.compile(rb"msg\d{8}")


class Pipeline:
    """The pipeline as an operator sees it. Calls wait out a server that is being restarted no longer than usual."""

    def __init__(self, client: Redis) -> None:
        """Ask through this client."""
        self._client = client

    def has_accepted(self, number: int) -> Callable[[], bool]:
        """Return a question for ``eventually``: are so many pushes settled as accepted?"""
        return lambda: self.accepted() >= number

    def accepted(self) -> int:
        """Return how many pushes are settled as accepted."""
        hashes: Any = [self._client.hgetall(key) for key in self._client.keys(STATISTICS)]
        return sum(int(count) for each in hashes for name, count in each.items() if name.endswith(b":accepted"))

    def backlog(self) -> int:
        """Return how much is not done: events, pushes waiting or in flight, retries; all at one moment."""
        pipe = self._client.pipeline(transaction=True)
        for stream in (EVENTS, *OUTBOXES.values()):
            pipe.xlen(stream)
        for schedule in RETRIES.values():
            pipe.zcard(schedule)
        return sum(pipe.execute())

    def unsettled(self) -> int:
        """Return how many entries some consumer has read and not settled."""
        streams = [name for name in (EVENTS, *OUTBOXES.values()) if self._client.exists(name)]
        groups: Any = [self._client.xinfo_groups(name) for name in streams]
        return sum(int(group["pending"]) for each in groups for group in each)

    def dead_letters(self) -> list[str]:
        """Return why each is one."""
        letters: Any = self._client.xrange(DEAD)
        return [fields[b"reason"].decode() for _, fields in letters]

    def badges(self, users: range) -> dict[int, int]:
        """Return each user's badge counter."""
        pipe = self._client.pipeline(transaction=False)
        for user in users:
            pipe.hget(user_key(name_of(user)), "b")
        return {user: int(badge or 0) for user, badge in zip(users, pipe.execute(), strict=True)}

    def drained(self, deadline_s: float) -> int:
        """Wait until nothing is left; return what is left all the same when the time is over."""
        return at_last(self.left, lambda left: left == 0, deadline_s)

    def left(self) -> int:
        """Return what is not done or not settled."""
        return self.backlog() + self.unsettled()

    def in_flight_of(self, pid: int) -> Iterator[Push]:
        """Yield the pushes that a worker process has read and not settled; its pid is part of its consumers' name.

        A push is known by the names of its user and its message, whatever else the entry holds.
        """
        for vendor, outbox in OUTBOXES.items():
            for entry in self._unsettled(outbox, pid):
                (user,), (message,) = set(_USER.findall(entry)), set(_MESSAGE.findall(entry))
                yield Push(token_of(int(user), vendor), message.decode())

    def _unsettled(self, stream: str, pid: int) -> list[bytes]:
        if not self._client.exists(stream):
            return []
        entries: Any = self._client.eval(_UNSETTLED, 1, stream, f"-{pid}-")
        return list(entries)
