"""What Redis says it uses."""

import time
from typing import Any

import redis

from tests.integration.eventually import eventually

#: Tables that grow are moved to larger ones in steps of a tenth of a second.
_SETTLED_S = 0.2
#: What the connections' buffers come to and go from.
_NOISE_BYTES = 4_096


def used_memory(client: redis.Redis) -> int:
    """Return the bytes in use, as soon as they stay the same."""
    return eventually(lambda: _twice(client), lambda pair: abs(pair[0] - pair[1]) < _NOISE_BYTES)[1]


def version(client: redis.Redis) -> str:
    """Return name and version of a server: ``valkey 9.1.2``."""
    info: Any = client.info("server")
    return f"valkey {info['valkey_version']}" if "valkey_version" in info else f"redis {info['redis_version']}"


def _twice(client: redis.Redis) -> tuple[int, int]:
    first = _used(client)
    time.sleep(_SETTLED_S)
    return first, _used(client)


def _used(client: redis.Redis) -> int:
    info: Any = client.info("memory")
    return int(info["used_memory"])
