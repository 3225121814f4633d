"""What redis-py is told, whatever the server: it repeats nothing by itself, and it waits no longer than we want.

redis-py 8 retries ten times and gives up reading after five seconds unless told otherwise: a blocked read would
time out, and a script would run again. What is repeated, and when, is decided in ``worker.patience``.
"""

from typing import Any

from redis.asyncio.connection import Connection, UnixDomainSocketConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from worker.store.packing import PACKING, PackingTlsConnection

TIMEOUT_S = 5.0
#: To connect to a server that has a substitute: the sooner it is given up, the sooner the other is asked.
QUICK_S = 2.0
_HEALTH_CHECK_S = 15
#: Each blocked read holds a connection; redis-py allows 100.
_MOST_CONNECTIONS = 10_000


def client_options(url: str, timeout_s: float = TIMEOUT_S, connect_s: float = TIMEOUT_S) -> dict[str, Any]:
    """Return the options of a connection pool for a URL; those behind its question mark win.

    Raises:
        ValueError: an option cannot have its value.
    """
    own = {
        "socket_timeout": timeout_s,
        "health_check_interval": _HEALTH_CHECK_S,
        "max_connections": _MOST_CONNECTIONS,
        "retry": Retry(NoBackoff(), 0),
        "legacy_responses": False,
        # A protocol of Redis's own cloud. While it is on, a connection that was closed in the pool is handed out.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    given: dict[str, Any] = dict(parse_url(url))
    kind = given.get("connection_class", Connection)
    given["connection_class"] = PACKING[kind]
    if kind is UnixDomainSocketConnection:
        return own | given
    return own | {"socket_keepalive": True, "socket_connect_timeout": connect_s} | given


def without_address(options: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the options for connections that look their address up, and whether they speak TLS."""
    kept = {name: value for name, value in options.items() if name not in {"host", "port", "connection_class"}}
    return kept, options.get("connection_class") is PackingTlsConnection
