"""Scripted faults: when they strike, how often they did, and the dice they are thrown with."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Annotated, Any, get_args

import msgspec

from providers.simulator.addresses import Address
from providers.simulator.exchange import Request
from providers.simulator.faults import Delay, Fault, OnConnect, OnRequest


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The conditions of a rule; all that are given must hold.

    ``nth``, ``every`` and ``share`` look at the occasions on which the other conditions hold.
    """

    token: str | None = None
    token_prefix: str | None = None
    #: The path without its query; ``*`` stands for anything.
    path: str | None = None
    #: Only this occasion, counted from 1.
    nth: Annotated[int, msgspec.Meta(ge=1)] | None = None
    #: Each occasion whose number this divides.
    every: Annotated[int, msgspec.Meta(ge=1)] | None = None
    #: Probability, thrown from the seed for each connection on its own.
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None

    def fits(self, request: Request, address: Address) -> bool:
        """Return whether token and path are as asked for."""
        path = request.path.partition("?")[0]
        return (
            (self.path is None or fnmatchcase(path, self.path))
            and (self.token is None or self.token in address.tokens)
            and (self.token_prefix is None or any(token.startswith(self.token_prefix) for token in address.tokens))
        )

    def strikes(self, number: int, random: Random) -> bool:
        """Return whether the occasion with this number is meant. It throws one die if there is a share."""
        chance = self.share is None or random.random() < self.share
        return chance and self.nth in {None, number} and (self.every is None or number % self.every == 0)


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One row of a script: do this, when that, at most so many times."""

    do: Fault
    when: When = When()
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Refuse to look for a request where there is none yet."""
        named = self.when.token, self.when.token_prefix, self.when.path
        if self.on_connect and any(condition is not None for condition in named):
            raise ValueError("a new connection has no token and no path yet")

    @property
    def on_connect(self) -> bool:
        """Whether it is about new connections."""
        return isinstance(self.do, get_args(OnConnect))


@dataclass(slots=True)
class _Row:
    rule: Rule
    #: Occasions on which token and path were as asked for, and those on which the fault struck.
    met: int = 0
    hits: int = 0

    def strikes(self, random: Random) -> bool:
        self.met += 1
        if self.rule.times is not None and self.hits >= self.rule.times:
            return False
        struck = self.rule.when.strikes(self.met, random)
        self.hits += struck
        return struck


class Script:
    """The rules of one vendor, in order. The same seed and the same requests on a connection meet the same faults."""

    def __init__(self, rules: tuple[Rule, ...] = (), seed: int = 0) -> None:
        self._seed = seed
        self._on_connect = [_Row(rule) for rule in rules if rule.on_connect]
        self._on_request = [_Row(rule) for rule in rules if not rule.on_connect]
        self._door = Random(f"{seed}/connect")  # noqa: S311 - dice, not secrets
        self._dice: dict[int, Random] = {}
        self._seen = 0

    def on_connect(self) -> OnConnect | None:
        """Return what becomes of a new connection."""
        struck = (row.rule.do for row in self._on_connect if row.strikes(self._door))
        return next((fault for fault in struck if isinstance(fault, OnConnect)), None)

    def on_request(self, request: Request, address: Address) -> Iterator[OnRequest]:
        """Yield the faults of the rules that strike, lazily: rules after a decisive fault are not asked."""
        if not self._on_request:
            return
        random = self._of(request.connection_id)
        for row in self._on_request:
            if row.rule.when.fits(request, address) and row.strikes(random):
                fault = row.rule.do
                assert isinstance(fault, OnRequest)  # noqa: S101 - sorted by the constructor
                yield fault.drawn(random) if isinstance(fault, Delay) else fault

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection's dice."""
        self._dice.pop(connection_id, None)

    def as_data(self) -> dict[str, Any]:
        """Return the seed and each rule with its hits, as plain data for JSON."""
        rows = [*self._on_connect, *self._on_request]
        return {"seed": self._seed, "rules": [{**msgspec.to_builtins(row.rule), "hits": row.hits} for row in rows]}

    def _of(self, connection_id: int) -> Random:
        if connection_id not in self._dice:
            # By order of appearance, not by id: a script that is put anew throws the same dice again.
            self._seen += 1
            self._dice[connection_id] = Random(f"{self._seed}/{self._seen}")  # noqa: S311
        return self._dice[connection_id]
