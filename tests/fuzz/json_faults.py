"""Faults of JSON: one place of a good event is changed, by value, by name, or in the text itself."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz.junk import RAW_VALUES, junk, junk_name

#: Stands for a value until the event is text; its quotation marks are replaced with it.
_HOLE = "\u2603hole\u2603"

#: A container of the event and the key or index of a value in it.
Place = tuple[Any, Any]
Fault = Callable[[Random, Any, Place], str]


def faulty_json(chance: Random, event: dict[str, Any]) -> bytes:
    """Return the text of an event with one fault."""
    event = deepcopy(event)  # it shares parts with others
    fault, place = chance.choice(_FAULTS), chance.choice(list(_places(event)))
    return fault(chance, event, place).encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[Place]:
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    inner = [place for _, item in items if isinstance(item, dict | list) for place in _places(item)]
    return [(value, key) for key, _ in items] + inner


def _missing(_: Random, event: Any, place: Place) -> str:
    container, key = place
    del container[key]
    return json.dumps(event)


def _other_value(chance: Random, event: Any, place: Place) -> str:
    container, key = place
    container[key] = junk(chance)
    return json.dumps(event)


def _other_name(chance: Random, event: Any, place: Place) -> str:
    container, key = place
    if isinstance(container, dict):
        container[junk_name(chance)] = container.pop(key)
    return json.dumps(event)


def _raw_value(chance: Random, event: Any, place: Place) -> str:
    return _filled(event, place, chance.choice(RAW_VALUES))


def _wrapped(chance: Random, event: Any, place: Place) -> str:
    container, key = place
    value = json.dumps(container[key])
    return _filled(event, place, chance.choice([f"[{value}]", f'{{"x":{value}}}', f"[{value},{value}]"]))


def _twice(chance: Random, event: Any, place: Place) -> str:
    """Give a member twice, the good value first or last."""
    container, key = place
    good, other = json.dumps(container[key]), json.dumps(junk(chance))
    if isinstance(container, list):
        return _filled(event, place, f"{good},{other}")
    first, last = chance.choice([(good, other), (other, good)])
    return _filled(event, place, f"{first},{json.dumps(key)}:{last}")


def _filled(event: Any, place: Place, raw: str) -> str:
    container, key = place
    container[key] = _HOLE
    return json.dumps(event).replace(json.dumps(_HOLE), raw, 1)


_FAULTS: tuple[Fault, ...] = (_missing, _other_value, _other_name, _raw_value, _raw_value, _wrapped, _twice)
