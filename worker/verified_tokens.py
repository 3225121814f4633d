"""Tokens that were found genuine: a caller shows the same one with each request, and its signature stays right."""

from hashlib import sha256
from typing import Generic, TypeVar

#: A few megabytes.
MOST = 10_000
Claims = TypeVar("Claims")


class VerifiedTokens(Generic[Claims]):
    """What genuine tokens say: of those that were verified with one set of keys, for as long as that is in use.

    Tokens are known by their digest, which is of no use to whoever reads this process's memory. Only genuine ones come
    in, so that a stranger cannot fill it; when it is full the one that came first goes.
    """

    def __init__(self, most: int = MOST) -> None:
        """Begin empty."""
        self._most = most
        self._claims: dict[bytes, Claims] = {}

    def get(self, token: str) -> Claims | None:
        """Return what a token says that was added."""
        return self._claims.get(_digest(token))

    def add(self, token: str, claims: Claims) -> None:
        """Keep what a token says, which is genuine."""
        while len(self._claims) >= self._most:
            del self._claims[next(iter(self._claims))]
        self._claims[_digest(token)] = claims

    def forget(self, token: str) -> None:
        """Keep it no longer."""
        self._claims.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
