"""Where the state lives: one server (its URL), a master that Sentinel names, or a Cluster."""

from dataclasses import dataclass, field
from typing import NamedTuple, Self
from urllib.parse import urlsplit


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address that ``host:port`` means; an IPv6 address stands in brackets.

        Raises:
            ValueError: it means none; the message does not repeat it.
        """
        try:
            parts = urlsplit(f"//{text}")
            if parts.hostname and parts.port and parts.netloc == text and "@" not in text:
                return cls(parts.hostname, parts.port)
        except ValueError:  # of the port; its text may be half a password
            pass
        raise ValueError("must be host:port")

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sentinels:
    """A master and its replicas, watched by Sentinel.

    ``url`` says how to speak to the servers: user, password, database, TLS, redis-py's options; its host is not used.
    The sentinels are spoken to with TLS when the servers are, by the same certificates, and with their own credentials.
    """

    url: str = field(repr=False)
    master: str
    addresses: tuple[Address, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Cluster: ``url`` names one node and says how to speak to all of them, ``nodes`` are more to ask at first."""

    url: str = field(repr=False)
    nodes: tuple[Address, ...] = ()


#: A text is the URL of one server.
Place = str | Sentinels | Cluster
