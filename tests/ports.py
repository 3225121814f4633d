"""Ports for servers that cannot be asked which one they took, or that must find theirs free again after a kill."""

import errno
import socket
from itertools import cycle
from pathlib import Path
from random import SystemRandom

HOST = "127.0.0.1"
#: Where Linux says from which ports it gives to whoever does not care: our own clients, above all.
_GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: Other systems give away ports from here on at the earliest.
_USUAL = 32768
_LOWEST = 10_000


class _Ports:
    """Ports of this process, below those that the system gives away: no client of anybody is ever at one of them.

    Other test processes keep off by a mark on each that ends with this process: the UDP port of the same number.
    """

    def __init__(self) -> None:
        """Begin anywhere, so that processes rarely meet."""
        highest = int(_GIVEN_AWAY.read_text().split()[0]) if _GIVEN_AWAY.exists() else _USUAL
        candidates = list(range(_LOWEST, highest))
        SystemRandom().shuffle(candidates)
        self._candidates, self._marks = cycle(candidates), list[socket.socket]()

    def take(self) -> int:
        """Return a port that is free, and nobody else's as long as this process lives."""
        return next(port for port in self._candidates if self._is_taken(port))

    def _is_taken(self, port: int) -> bool:
        mark = socket.socket(type=socket.SOCK_DGRAM)
        if _binds(mark, port) and _is_free(port):
            self._marks.append(mark)
            return True
        mark.close()
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return _binds(probe, port)


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


_OURS = _Ports()
#: Return a port that nobody else has; it stays this process's own.
own_port = _OURS.take
