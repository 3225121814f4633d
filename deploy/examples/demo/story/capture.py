"""The whole sample as records: both apps' stories on one stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from story.app import CHAT, TEAMS, App
from story.chat_cast import CHAT_CAST
from story.chat_groups import CHAT_GROUPS
from story.chat_people import CHAT_PEOPLE
from story.chat_talks import CHAT_TALKS
from story.chat_words import CHAT_WORDS
from story.clock import BASE_MS, hours
from story.scene import Event, Message
from story.teams_cast import TEAMS_CAST
from story.teams_groups import TEAMS_GROUPS
from story.teams_people import TEAMS_PEOPLE
from story.teams_talks import TEAMS_TALKS
from story.teams_words import TEAMS_WORDS
from story.telling import Record, Telling
from story.user import User

_CASTS: tuple[tuple[App, tuple[User, ...]], ...] = ((CHAT, CHAT_CAST), (TEAMS, TEAMS_CAST))
_SCENES = (
    (*CHAT_TALKS, *CHAT_WORDS, *CHAT_GROUPS, *CHAT_PEOPLE),
    (*TEAMS_TALKS, *TEAMS_WORDS, *TEAMS_GROUPS, *TEAMS_PEOPLE),
)
_STEP_MS = 3_000
_LAST_MS = BASE_MS - 30_000
_FIRST_MSG_ID = 1_253_170_920_518_844_416
_TOKEN_STATES = {"apns": "unregistered", "fcm": "unregistered", "huawei": "invalid"}
#: Later than the devices were bound: the vendor knows better than the binding.
_DEAD_SINCE_MS = hours(-24)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the capture is made of, one list per file."""

    state: list[Record]
    events: list[Record]
    expected: list[Record]
    skipped: list[Record]
    tokens: list[Record]


def record() -> Sample:
    """Tell both stories and write everything down."""
    tellings = [Telling(app, {user.id: user for user in cast}) for app, cast in _CASTS]
    events = list(_stream(tellings))
    return Sample(
        state=[user.record(app) for app, cast in _CASTS for user in cast],
        events=events,
        expected=[entry for telling in tellings for entry in telling.expected],
        skipped=[entry for telling in tellings for entry in telling.skipped],
        tokens=[entry for app, cast in _CASTS for user in cast for entry in _dead_tokens(app, user)],
    )


def _stream(tellings: list[Telling]) -> Iterator[Record]:
    """Yield the stream entries in order; what is delivered again comes as many entries later as its author said."""
    script, repeats = _script(tellings), dict[int, list[Record]]()
    start_ms = _LAST_MS - len(script) * _STEP_MS
    for index, (telling, event) in enumerate(script):
        entry = telling.tell(event, str(_FIRST_MSG_ID + index * 4099), start_ms + index * _STEP_MS)
        yield entry
        if isinstance(event, Message) and event.again_after:
            repeats.setdefault(index + event.again_after, []).append(entry)
        yield from repeats.pop(index, ())


def _script(tellings: list[Telling]) -> list[tuple[Telling, Event]]:
    """Return both stories event by event in turns, as two busy apps would write them."""
    told = [[(telling, event) for event in chain(*scenes)] for telling, scenes in zip(tellings, _SCENES, strict=True)]
    return [turn for turns in zip_longest(*told) for turn in turns if turn]


def _dead_tokens(app: App, user: User) -> Iterator[dict[str, Any]]:
    for device in user.bindings(app):
        if device.fate.is_dead:
            state = _TOKEN_STATES[device.vendor]
            yield {"vendor": device.vendor, "token": device.token, "state": state, "timestamp": _DEAD_SINCE_MS}
