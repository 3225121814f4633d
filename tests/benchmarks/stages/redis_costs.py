"""What Redis does for a turn, by script and command: its slow log, with nothing too quick for it.

https://redis.io/docs/latest/commands/slowlog-get/: microseconds in which a command had the server for itself.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import redis
from redis.asyncio import Redis as AsyncRedis

from worker.store.scripts import Scripts

#: More than the commands of any turn.
_ENOUGH = 1_000_000
#: The benchmark's own.
_OURS = frozenset({"HGETALL", "SLOWLOG", "CONFIG"})
_SCRIPT = "EVALSHA"


class RedisCosts:
    """Reads the slow log of one server."""

    def __init__(self, client: redis.Redis) -> None:
        """Switch the log on; it costs the server a few percent."""
        self._client = client
        client.config_set("slowlog-log-slower-than", 0)
        client.config_set("slowlog-max-len", _ENOUGH)
        # Making the scripts asks nobody.
        self._names = {script.sha: name for name, script in Scripts(AsyncRedis())._scripts.items()}

    def reset(self) -> None:
        """Forget what was."""
        self._client.slowlog_reset()

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds since ``reset``, by the name of the script or command, the largest first."""
        rows: Any = self._client.slowlog_get(_ENOUGH)
        spent: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            spent[self._name(row["command"].decode("utf-8", "replace").split())] += row["duration"] / 1e6
        kept = ((name, seconds) for name, seconds in spent.items() if name not in _OURS)
        return dict(sorted(kept, key=lambda pair: -pair[1]))

    def _name(self, words: list[str]) -> str:
        command = words[0].upper()
        return f"{self._names.get(words[1], words[1])}.lua" if command == _SCRIPT else command
