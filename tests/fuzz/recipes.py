"""The recipes of the flood: each makes one kind of entry and knows what must become of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.fuzz.byte_faults import faulty_bytes
from tests.fuzz.entry_faults import faulty_entry
from tests.fuzz.hints import hostile_hints
from tests.fuzz.json_faults import faulty_json
from tests.fuzz.messages import message
from tests.fuzz.presences import odd_presence, presence, read_mark, strange_presence, strange_read_mark, wrong_presence
from tests.fuzz.sample import LIMIT, Fate, Fields, UserState
from tests.fuzz.states import OTHER_TYPES, hostile_state, legal_state
from tests.fuzz.words import BAD_NAMES, ODD_NAMES, long_text, nobody, regular
from tests.integration.configuration import APPKEY


@dataclass(frozen=True, slots=True)
class Draft:
    """What a recipe makes."""

    fields: Fields
    fate: Fate
    states: tuple[UserState, ...] = ()


Make = Callable[[Random, int, int], Draft]


def _entry(kind: str, event: Any, fate: Fate, *states: UserState) -> Draft:
    value = json.dumps(event, ensure_ascii=False).encode()
    return Draft(((kind.encode(), value),), fate if len(value) <= LIMIT else Fate.BURIED, states)


def _good(chance: Random, number: int, now_ms: int) -> tuple[bytes, dict[str, Any]]:
    """Return the kind and the event that a fault is made of."""
    kind = chance.choices(("message", "presence", "read"), (16, 3, 1))[0]
    if kind == "message":
        return b"message", message(chance, number, now_ms)
    return kind.encode(), presence(chance, now_ms) if kind == "presence" else read_mark(chance, number)


def legal(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to people of whom nothing is known."""
    return _entry("message", message(chance, number, now_ms), Fate.DECIDED)


def bound(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to somebody with devices and settings."""
    user = f"bound{number}"
    event = message(chance, number, now_ms) | {"to": chance.choice([user, [user, nobody(chance)]])}
    return _entry("message", event, Fate.DECIDED, UserState(user, legal_state(chance, number, now_ms)))


def changing(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to somebody whose settings, devices and presence change all the time."""
    user = regular(chance)
    event = message(chance, number, now_ms) | {"to": user}
    state = {name: value for name, value in legal_state(chance, number, now_ms).items() if name != "p"}
    return _entry("message", event, Fate.DECIDED, *[UserState(user, state)] * (chance.random() < 0.3))


def hinted(chance: Random, number: int, now_ms: int) -> Draft:
    """Write with hints that hold what they should not: no message is lost over a hint."""
    user = f"bound{number}"
    event = message(chance, number, now_ms) | {"to": user}
    event["payload"]["ext"] = hostile_hints(chance)
    return _entry("message", event, Fate.DECIDED, UserState(user, legal_state(chance, number, now_ms)))


def odd_names(chance: Random, number: int, now_ms: int) -> Draft:
    """Use names that look like keys, patterns, JIDs."""
    event = message(chance, number, now_ms) | {
        "from": chance.choice(ODD_NAMES),
        "to": chance.choice([chance.choice(ODD_NAMES), chance.sample(ODD_NAMES, 5)]),
        "msg_id": f"{chance.choice(ODD_NAMES)}{number}"[-512:],
        "group_id": chance.choice([*ODD_NAMES, *BAD_NAMES[1:]]),
    }
    return _entry("message", event, Fate.DECIDED)


def many_apps(chance: Random, number: int, now_ms: int) -> Draft:
    """Name an app that nobody knows, another one each time."""
    appkey = chance.choice([f"org{number}#app", f"org#app{number}", f"{{p0}}{number}#*", f"公司#{number}"])
    return _entry("message", message(chance, number, now_ms) | {"appkey": appkey}, Fate.DECIDED)


def bad_names(chance: Random, number: int, now_ms: int) -> Draft:
    """Use a name that cannot be one."""
    event = message(chance, number, now_ms) | {"appkey": APPKEY}
    name = chance.choice(BAD_NAMES)
    good = nobody(chance)
    wrong: dict[str, Any] = chance.choice(
        [{"from": name}, {"to": name}, {"to": [good, name]}, {"to": []}, {"msg_id": f"{number}\n"}, {"appkey": "a:b#c"}]
    )
    return _entry("message", event | wrong, Fate.BURIED)


def crowd(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to very many, some of them twice, a few of them bound."""
    members = [f"member{chance.randrange(20_000)}" for _ in range(chance.choice([100, 600, 3000, 6000]))]
    users = [f"bound{number}-{index}" for index in range(3)]
    states = [UserState(user, legal_state(chance, number, now_ms)) for user in users]
    event = message(chance, number, now_ms) | {"chat_type": "groupchat", "group_id": "9", "to": members + users}
    return _entry("message", event, Fate.DECIDED, *states)


def giant(chance: Random, number: int, now_ms: int) -> Draft:
    """Write hundreds of kilobytes to people who are bound: as text, as the app's data, or multiplied by a template."""
    users = [f"bound{number}-{index}" for index in range(chance.choice([1, 5, 500]))]
    state = legal_state(chance, number, now_ms) | {"s": b'{"style":1}'}
    event = message(chance, number, now_ms) | {"chat_type": "groupchat", "group_id": "9", "to": users}
    text = long_text(chance)
    ext = chance.choice(
        [{}, {"em_push_ext": {"custom": text}}, {"em_push_template": {"title_args": ["{$msg}" * 20_000]}}]
    )
    event["payload"] = {"bodies": [{"type": "txt", "msg": text[: LIMIT // 8]}], "ext": ext}
    return _entry("message", event, Fate.DECIDED, *(UserState(user, state) for user in users))


def garbage_state(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to somebody whose state is garbage, and to somebody whose state is not."""
    user, good = f"garbage{number}", f"bound{number}"
    event = message(chance, number, now_ms) | {"from": "alice", "to": [user, good]}
    states = UserState(user, hostile_state(chance, number)), UserState(good, legal_state(chance, number, now_ms))
    return _entry("message", event, Fate.EITHER, *states)


def garbage_presence(chance: Random, number: int, now_ms: int) -> Draft:
    """Come, go or be kicked while one's state is garbage."""
    user = f"garbage{number}"
    event = presence(chance, now_ms) | {"user": user, "resource": "web_1"}
    return _entry("presence", event, Fate.EITHER, UserState(user, hostile_state(chance, number)))


def garbage_sender(chance: Random, number: int, now_ms: int) -> Draft:
    """Write while one's own settings are garbage: the receiver has nothing to do with that."""
    user = f"garbage{number}"
    event = message(chance, number, now_ms) | {"from": user}
    return _entry("message", event, Fate.DECIDED, UserState(user, hostile_state(chance, number)))


def torn_state(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to somebody whose state turns to garbage and back while pushes are on their way."""
    user = f"torn{chance.randrange(50)}"
    event = message(chance, number, now_ms) | {"to": user}
    state = hostile_state(chance, number) if chance.random() < 0.3 else legal_state(chance, number, now_ms)
    return _entry("message", event, Fate.EITHER, UserState(user, state))


def other_type(chance: Random, number: int, now_ms: int) -> Draft:
    """Write to, or tell the presence of, somebody whose key holds no hash."""
    user = f"typed{number}"
    state = UserState(user, command=chance.choice(OTHER_TYPES))
    if chance.random() < 0.5:
        return _entry("presence", presence(chance, now_ms) | {"user": user}, Fate.EITHER, state)
    return _entry("message", message(chance, number, now_ms) | {"to": [nobody(chance), user]}, Fate.EITHER, state)


def present(chance: Random, _: int, now_ms: int) -> Draft:
    """Come, go, be kicked."""
    return _entry("presence", presence(chance, now_ms), Fate.DECIDED)


def oddly_present(chance: Random, _: int, now_ms: int) -> Draft:
    """Be told of by a confused gateway."""
    return _entry("presence", odd_presence(chance, now_ms), Fate.DECIDED)


def wrongly_present(chance: Random, _: int, now_ms: int) -> Draft:
    """Be told of in a way that no worker may accept."""
    return _entry("presence", wrong_presence(chance, now_ms), Fate.BURIED)


def strangely_present(chance: Random, _: int, now_ms: int) -> Draft:
    """Be told of with a member that holds anything."""
    return _entry("presence", strange_presence(chance, now_ms), Fate.EITHER)


def reading(chance: Random, number: int, _: int) -> Draft:
    """Read on another device."""
    return _entry("read", read_mark(chance, number), Fate.DECIDED)


def strangely_reading(chance: Random, number: int, _: int) -> Draft:
    """Read something that holds anything."""
    return _entry("read", strange_read_mark(chance, number), Fate.EITHER)


def broken_json(chance: Random, number: int, now_ms: int) -> Draft:
    """Change one place of a good event."""
    kind, event = _good(chance, number, now_ms)
    return Draft(((kind, faulty_json(chance, event)),), Fate.EITHER)


def broken_bytes(chance: Random, number: int, now_ms: int) -> Draft:
    """Change bytes of a good event."""
    kind, event = _good(chance, number, now_ms)
    text = json.dumps(event, ensure_ascii=chance.random() < 0.5).encode()
    return Draft(((kind, faulty_bytes(chance, text)),), Fate.EITHER)


def broken_entry(chance: Random, number: int, now_ms: int) -> Draft:
    """Change names, number and size of the fields around a good event."""
    kind, event = _good(chance, number, now_ms)
    return Draft(*faulty_entry(chance, kind, json.dumps(event).encode()))


def noise(chance: Random, _: int, __: int) -> Draft:
    """Add what no program would."""
    fields = [(chance.randbytes(chance.randrange(9)), chance.randbytes(chance.randrange(99))) for _ in range(3)]
    return Draft(tuple(fields), Fate.BURIED)


#: Name -> (weight, recipe). A good half is to be decided, so that no worker takes the flood for a broken deployment.
RECIPES: dict[str, tuple[float, Make]] = {
    "legal": (24, legal),
    "bound": (4, bound),
    "changing": (4, changing),
    "hinted": (5, hinted),
    "odd names": (4, odd_names),
    "many apps": (1, many_apps),
    "bad names": (3, bad_names),
    "crowd": (0.02, crowd),
    "giant": (0.01, giant),
    "garbage state": (2, garbage_state),
    "garbage presence": (2, garbage_presence),
    "garbage sender": (1, garbage_sender),
    "torn state": (1, torn_state),
    "state of another type": (0.5, other_type),
    "presence": (10, present),
    "odd presence": (4, oddly_present),
    "wrong presence": (3, wrongly_present),
    "strange presence": (3, strangely_present),
    "read mark": (1, reading),
    "strange read mark": (1, strangely_reading),
    "broken JSON": (12, broken_json),
    "broken bytes": (12, broken_bytes),
    "broken entry": (5, broken_entry),
    "noise": (1, noise),
}
