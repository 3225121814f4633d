"""What Redis does for a turn, by script: its slow log, with a low threshold.

https://redis.io/docs/latest/commands/slowlog-get/: microseconds in which a command had the server for itself.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import redis
from redis.asyncio import Redis as AsyncRedis

from worker.store.scripts import Scripts

#: Of any turn.
_ENOUGH = 1_000_000
#: Microseconds. A batch's script takes longer; what a script calls does not, and writing that down would slow it.
_THRESHOLD_US = 20
_SCRIPT, _READ = "EVALSHA", "XREADGROUP"


class RedisCosts:
    """Reads the slow log of one server."""

    def __init__(self, client: redis.Redis) -> None:
        """Switch the log on."""
        self._client = client
        client.config_set("slowlog-log-slower-than", _THRESHOLD_US)
        client.config_set("slowlog-max-len", _ENOUGH)
        # Making the scripts asks nobody.
        self._names = {script.sha: name for name, script in Scripts(AsyncRedis())._scripts.items()}

    def reset(self) -> None:
        """Forget what was."""
        self._client.slowlog_reset()

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds since ``reset`` in scripts and reads of streams, by name, the largest first."""
        rows: Any = self._client.slowlog_get(_ENOUGH)
        spent: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            if name := self._name(row["command"].decode("utf-8", "replace").split()):
                spent[name] += row["duration"] / 1e6
        return dict(sorted(spent.items(), key=lambda pair: -pair[1]))

    def _name(self, words: list[str]) -> str | None:
        match words:
            case [command, sha, *_] if command == _SCRIPT:
                return f"{self._names.get(sha, sha)}.lua"
            case [command, *_] if command == _READ:
                return _READ
        return None
