"""A socket that nobody made a connection of is closed, and nothing else is."""

import os
import socket

from providers.http2.dial import inode_of, let_go


def test_an_open_socket_is_closed() -> None:
    """Its descriptor is free again."""
    found = socket.socket()
    number = found.fileno()
    let_go(found, inode_of(found))
    assert found.fileno() == -1
    taken = os.dup(0)
    os.close(taken)
    assert taken <= number


def test_what_has_its_number_by_now_stays_open() -> None:
    """Somebody closed the descriptor behind the socket's back, and another socket was given the same number."""
    found = socket.socket()
    number, inode = found.fileno(), inode_of(found)
    os.close(number)
    with socket.socket() as other:
        assert other.fileno() == number
        let_go(found, inode)
        assert found.fileno() == -1
        assert inode_of(other) != inode


def test_a_closed_number_is_forgotten() -> None:
    """Nobody has it: nothing is closed, and nothing complains."""
    found = socket.socket()
    inode = inode_of(found)
    os.close(found.fileno())
    let_go(found, inode)
    assert found.fileno() == -1
