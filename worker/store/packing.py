"""Connections that pack commands in C: in Python a script of many keys takes longer to pack than to run."""

from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection


class _Packing:
    def pack_command(self, *args: Any) -> list[bytes]:
        """Return a command as it is sent."""
        name, *_ = args
        if isinstance(name, str) and " " in name:  # redis-py parts such names into words
            packed: list[bytes] = super().pack_command(*args)  # type: ignore[misc]  # of what this is mixed into
            return packed
        return [pack_command(args)]


class PackingConnection(_Packing, Connection):
    """A connection over TCP."""


class PackingTlsConnection(_Packing, SSLConnection):
    """A connection over TLS."""


class PackingSocketConnection(_Packing, UnixDomainSocketConnection):
    """A connection over a Unix socket."""


class PackingMasterConnection(_Packing, SentinelManagedConnection):
    """A connection over TCP to the master that Sentinel names."""


class PackingMasterTlsConnection(_Packing, SentinelManagedSSLConnection):
    """A connection over TLS to the master that Sentinel names."""


#: Instead of redis-py's own.
PACKING: dict[type, type] = {
    Connection: PackingConnection,
    SSLConnection: PackingTlsConnection,
    UnixDomainSocketConnection: PackingSocketConnection,
}
