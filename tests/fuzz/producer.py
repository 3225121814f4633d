"""Adds samples to the events stream, each behind the states that it brings along."""

from collections.abc import Sequence
from typing import Any

import redis

from tests.fuzz.sample import Sample, UserState
from tests.integration.configuration import APPKEY
from worker.store.keys import Keys


def add(client: redis.Redis, keys: Keys, samples: Sequence[Sample]) -> dict[bytes, Sample]:
    """Add samples in one go; return them by the ids of their entries, in order."""
    with client.pipeline(transaction=False) as pipe:
        places = []
        for sample in samples:
            for state in sample.states:
                _write(pipe, keys, state)
            # Not xadd: a dictionary cannot hold a name twice.
            flat = [part for pair in sample.fields for part in pair]
            pipe.execute_command("XADD", keys.events, "*", *flat)  # type: ignore[no-untyped-call]
            places.append(len(pipe) - 1)
        answers = pipe.execute()
    return {answers[place]: sample for place, sample in zip(places, samples, strict=True)}


def _write(pipe: Any, keys: Keys, state: UserState) -> None:
    key = keys.user(APPKEY, state.user)
    if state.command:
        name, *arguments = state.command
        pipe.execute_command(name, key, *arguments)
    else:
        pipe.hset(key, mapping=state.fields)
