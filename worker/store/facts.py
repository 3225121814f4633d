"""What is known of the receivers of a batch: one round trip to each partition that knows some of it."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from policy.event import ChatType, MessageEvent
from policy.identifiers import bare_user
from policy.receiver import Receiver
from worker.codec import Fault
from worker.store.keys import Keys, Partitions, conversation_field
from worker.store.receivers import nickname_of, receiver_of
from worker.store.scripts import Scripts

#: The fields of a receiver or the settings of a sender, as they are stored.
Row = Any


class Group(NamedTuple):
    """An event and those of its receivers that are asked for."""

    event: MessageEvent
    users: list[str]


class Facts(NamedTuple):
    """The receivers of one group as they are now, and the sender's bare id and push nickname.

    ``faults`` are those of receivers whose state cannot be read, each with the receiver's place in the event.
    """

    receivers: list[Receiver]
    faults: list[Fault]
    sender: str
    sender_nickname: str | None


@dataclass(slots=True)
class _Question:
    """What one partition is asked: receivers, then senders; each with its place in the answer to all."""

    receivers: list[tuple[int, str, str]] = field(default_factory=list)
    senders: list[tuple[int, str]] = field(default_factory=list)


class FactStore:
    """Reads facts."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def gather(self, groups: Sequence[Group]) -> list[Facts]:
        """Return the facts of each group."""
        senders = [bare_user(event.sender, event.appkey) for event, _ in groups]
        questions = self._questions(groups, senders)
        answers = await asyncio.gather(*(self._ask(question) for question in questions.values()))
        rows = dict(pair for answer in answers for pair in answer)
        places = iter(range(len(rows)))
        receivers = [[receiver_of(user, rows[next(places)]) for user in users] for _, users in groups]
        nicknames = [nickname_of(rows[place]) for place in places]
        return [_facts(*parts) for parts in zip(groups, receivers, senders, nicknames, strict=True)]

    def _questions(self, groups: Sequence[Group], senders: Sequence[str]) -> dict[Keys, _Question]:
        """Return what to ask whom. Places count the receivers of all groups first, then the senders."""
        questions: defaultdict[Keys, _Question] = defaultdict(_Question)
        places = count()
        for (event, users), sender in zip(groups, senders, strict=True):
            conversation_id = sender if event.chat_type is ChatType.CHAT else event.conversation_id
            conversation = conversation_field(event.conversation_of(conversation_id))
            for user in users:
                keys = self._partitions.of(event.appkey, user)
                questions[keys].receivers.append((next(places), keys.user(event.appkey, user), conversation))
        for (event, _), sender in zip(groups, senders, strict=True):
            keys = self._partitions.of(event.appkey, sender)
            questions[keys].senders.append((next(places), keys.user(event.appkey, sender)))
        return questions

    async def _ask(self, question: _Question) -> list[tuple[int, Row]]:
        receivers, senders = question.receivers, question.senders
        keys = [key for _, key, _ in receivers] + [key for _, key in senders]
        fields = [conversation for _, _, conversation in receivers]
        rows = await self._scripts.run("facts", keys, [len(receivers), *fields])
        places = [place for place, _, _ in receivers] + [place for place, _ in senders]
        return list(zip(places, rows, strict=True))


def _facts(group: Group, found: Sequence[Receiver | Fault], sender: str, nickname: str | None) -> Facts:
    """Sort receivers from faults."""
    pairs = zip(group.users, found, strict=True)
    faults = [Fault(_place(group.event, user), each.reason) for user, each in pairs if isinstance(each, Fault)]
    return Facts([each for each in found if isinstance(each, Receiver)], faults, sender, nickname)


def _place(event: MessageEvent, user: str) -> str:
    """Return the path of a receiver in the event."""
    if isinstance(event.to, str):
        return "$.to"
    names = (bare_user(name, event.appkey) for name in event.to)
    return next(f"$.to[{index}]" for index, name in enumerate(names) if name == user)
