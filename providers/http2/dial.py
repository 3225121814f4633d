"""A TCP connection to a name: all its addresses, the next one begun while the last one still tries (RFC 8305)."""

import asyncio
import os
import socket
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, Final

_Address = tuple[int, int, int, str, Any]

#: Seconds that an address has for itself. A host whose IPv6 leads nowhere would else cost every connection its limit.
HEAD_START_S: Final = 0.3


async def dial(host: str, port: int) -> socket.socket:
    """Connect to the first address that answers; the socket is non-blocking.

    Raises:
        OSError: no address, or none that answers: what the last one said.
        UnicodeError: no name that DNS could hold.
    """
    addresses = _alternating(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))
    if len(addresses) == 1:
        return await _connected(addresses[0])
    return await _race(addresses)


def inode_of(found: socket.socket) -> int:
    """Return what tells an open socket from every other file of the process."""
    return os.fstat(found.fileno()).st_ino


def let_go(found: socket.socket, inode: int) -> None:
    """Close a socket that an event loop was given and could not make a connection of.

    uvloop may have closed its descriptor without the socket's knowledge, when the peer reset it at once. To close that
    number again would close whatever has it by now.
    """
    try:
        is_ours = inode_of(found) == inode
    except OSError:
        is_ours = False
    if is_ours:
        found.close()
    else:
        found.detach()


def _alternating(addresses: Sequence[_Address]) -> list[_Address]:
    """Return the addresses with the families in turn, the resolver's first choice first."""
    families: dict[int, list[_Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [address for address in chain.from_iterable(zip_longest(*families.values())) if address]


async def _race(addresses: list[_Address]) -> socket.socket:
    left, running = list(addresses), set[asyncio.Task[socket.socket]]()
    try:
        while True:
            if left:
                running.add(asyncio.ensure_future(_connected(left.pop(0))))
            wait_s = HEAD_START_S if left else None
            done, running = await asyncio.wait(running, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if winners := [task for task in done if not task.exception()]:
                running.update(winners[1:])
                return winners[0].result()
            if not left and not running:
                return done.pop().result()
    finally:
        await _abandon(running)


async def _abandon(running: set[asyncio.Task[socket.socket]]) -> None:
    for task in running:
        task.cancel()
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, socket.socket):
            outcome.close()


async def _connected(address: _Address) -> socket.socket:
    family, kind, protocol, _, place = address
    found = socket.socket(family, kind, protocol)
    try:
        found.setblocking(False)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(found, place)
    except BaseException:
        found.close()
        raise
    return found
