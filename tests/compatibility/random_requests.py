"""Random HTTP requests: right ones with something wrong in them, and bytes that are no request."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.compatibility.request_words import KNOWN, MEMBERS, METHODS, NAMES, QUERIES, TYPES, VALUES


@dataclass(frozen=True, slots=True)
class Described:
    """Where the API takes requests: (method, path with names in braces)."""

    operations: Sequence[tuple[str, str]]
    #: Values of the Authorization header.
    tokens: Sequence[str]


def random_request(described: Described, random: Random) -> bytes:
    """Return a request's bytes; the same for the same state of ``random``."""
    method, template = random.choice(described.operations)
    if random.random() < 0.1:
        method = random.choice(METHODS)
    body = random.choice(_BODIES)(random)
    headers = {"host": "127.0.0.1", "content-type": random.choice(TYPES), "content-length": str(len(body))}
    if random.random() < 0.95:
        headers["authorization"] = random.choice(described.tokens)
    if random.random() < 0.3:
        headers["origin"] = random.choice(("null", "http://page.example", "\x7f"))
    head = f"{method} {_target(template, random)} HTTP/1.1"
    return _spoilt(_bytes(head, headers) + body, random)


def _target(template: str, random: Random) -> str:
    path = "/".join(_segment(segment, random) for segment in template.split("/"))
    if random.random() < 0.05:
        path += random.choice(("/", "//", "/..", "/%2e%2e/", ";x", "/x"))
    return path + random.choice(QUERIES)


def _segment(segment: str, random: Random) -> str:
    if not segment.startswith("{"):
        return segment
    return random.choice(KNOWN.get(segment[1:-1].partition(":")[0], NAMES))


def _bytes(head: str, headers: Mapping[str, str]) -> bytes:
    lines = [head, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n"


def _spoilt(request: bytes, random: Random) -> bytes:
    """Return the request, one in fifty with a byte of its head changed."""
    if random.random() > 0.02:
        return request
    at = random.randrange(request.index(b"\r\n\r\n"))
    return request[:at] + bytes([random.randrange(256)]) + request[at + 1 :]


def _members(random: Random) -> dict[str, Any]:
    return {random.choice(MEMBERS): _value(random) for _ in range(random.randrange(5))}


def _value(random: Random) -> Any:
    if random.random() < 0.15:
        return [_members(random) for _ in range(random.randrange(4))] if random.random() < 0.5 else _members(random)
    return random.choice(VALUES)


def _object(random: Random) -> bytes:
    return json.dumps(_members(random)).encode()


def _list(random: Random) -> bytes:
    return json.dumps([_members(random) for _ in range(random.choice((0, 1, 2, 60)))]).encode()


def _cut(random: Random) -> bytes:
    text = _object(random)
    return text[: random.randrange(len(text))]


def _raw(random: Random) -> bytes:
    return random.randbytes(random.randrange(200))


def _odd(random: Random) -> bytes:
    odd = (
        b"",
        b"null",
        b"NaN",
        b"[" * 5000,
        b'{"type":"ALL","type":"NONE"}',
        b"1" * 5000,
        b'"\xff"',
        b"\xef\xbb\xbf{}",
    )
    return random.choice(odd)


_BODIES: Sequence[Callable[[Random], bytes]] = (_object,) * 6 + (_list, _cut, _raw, _odd)
