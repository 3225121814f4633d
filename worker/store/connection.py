"""Two Redis clients: one whose reads may block, one for everything else. Neither retries by itself.

redis-py 8 retries ten times and gives up reading after five seconds unless told otherwise: a blocked read would
time out, and a script would run again. What is repeated, and when, is decided in ``worker.patience``.
"""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_TIMEOUT_S = 5.0
_HEALTH_CHECK_S = 15


@dataclass(frozen=True, slots=True)
class Connection:
    """The clients of one process. ``reader`` takes a connection for each blocked read."""

    reader: Redis
    writer: Redis

    async def renew(self) -> None:
        """Connect anew before the next call: what is idle is closed now, what is in use once it is free."""
        for client in (self.reader, self.writer):
            await client.connection_pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
            await client.connection_pool.disconnect(inuse_connections=False)

    async def aclose(self) -> None:
        """Close both."""
        await self.reader.aclose()
        await self.writer.aclose()


def connect(url: str, block_ms: int = 0) -> Connection:
    """Return clients for a server; nothing is opened before the first command."""
    return Connection(_client(url, _TIMEOUT_S + block_ms / 1000), _client(url, _TIMEOUT_S))


def _socket_options(url: str) -> dict[str, Any]:
    # redis-py refuses TCP's options for a unix socket.
    return {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_connect_timeout": _TIMEOUT_S}


def _client(url: str, timeout_s: float) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        **_socket_options(url),
        health_check_interval=_HEALTH_CHECK_S,
        retry=Retry(NoBackoff(), 0),
        legacy_responses=False,
    )
